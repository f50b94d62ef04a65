//! Checkpointing over time: memory and time of the plans for a long sequence, beside the advances
//! that the plan states. LSTM, T = 10 000, B = 8, I = 32, H = 128, f32; the gradient of the squared
//! last hidden states. Peak memory counts all that is allocated: tape, adjoints, kept states.

use allocation_counter::measure;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_benches::{is_measuring, seconds};
use wengert_rnn::{Bptt, Cell, Leaves, Lengths, Lstm, Objective, Plan, state_bytes};
use wengert_tape::{Tape, Var};

const BATCH: usize = 8;
const INPUTS: usize = 32;
const HIDDEN: usize = 128;

struct Energy;

impl Objective<f32, Lstm> for Energy {
    fn last<'t>(
        &self,
        [h, _]: &[Var<'t, f32>; 2],
        _: &mut Leaves<'t, f32>,
    ) -> Option<Var<'t, f32>> {
        Some(h.square().sum())
    }
}

fn main() {
    let steps = if is_measuring() { 10_000 } else { 100 };
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let cell = Lstm::new(INPUTS, HIDDEN);
    let params = cell.init(&mut rng);
    let x: Vec<f32> = (0..steps * BATCH * INPUTS)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let lengths = Lengths::equal(steps, BATCH);
    let bptt = Bptt::new(&cell, &Energy, &x, &lengths);
    let full = bptt.full(&params, &mut Tape::new());

    let state = state_bytes::<f32, _>(&cell, BATCH) as f64;
    println!("a state has {:.1} kB", state / 1e3);
    let plans = [
        ("store all", Plan::store_all(steps)),
        ("sqrt", Plan::sqrt(steps)),
        ("revolve 50", Plan::revolve(steps, 50)),
        ("revolve 200", Plan::revolve(steps, 200)),
    ];
    let mut all = 0.0;
    for (name, plan) in plans {
        let mut tape = Tape::new();
        let mut run = || assert_eq!(bptt.checkpointed(&params, &mut tape, &plan), full, "{name}");
        let peak = measure(&mut run).bytes_max as f64 / 1e6;
        let kept = plan.peak_states() as f64 * state / 1e6;
        let time = seconds(if is_measuring() { 5 } else { 1 }, run);
        if plan.advances() == 0 {
            all = time;
        }
        println!(
            "{name:12} {plan}\n{:13}peak {peak:.1} MB, of which kept states {kept:.1} MB; \
             time {time:.2} s, {:.2} of storing all",
            "",
            time / all
        );
    }
}
