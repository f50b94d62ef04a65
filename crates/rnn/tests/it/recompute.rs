//! Checkpointing over time: the bits of one sweep over everything, at the cost that the plan states.

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{
    Action, Activation, Bptt, Cell, Elman, ExpRnn, Gradient, Gru, LayerNormLstm, Leaves, Lengths,
    Linear, Lru, Lstm, MinGru, Objective, Params, Plan, Stack, Vars, init, state_bytes, unroll,
};
use wengert_tape::{Real, Tape, Var};

use crate::setup::{assert_close, random};

/// Losses of some steps and of the last states, with or without a readout of the hidden state; each
/// uses a state more than once.
#[derive(Clone, Copy, Debug)]
pub struct Loss {
    /// Every so many steps; 0 is never.
    pub every: usize,
    pub last: bool,
    pub readout: Option<Linear>,
}

impl Loss {
    fn of<'t, T: Real>(&self, state: &[Var<'t, T>], leaves: &mut Leaves<'t, T>) -> Var<'t, T> {
        if let Some(readout) = self.readout {
            return readout.apply(&leaves.take(), state[0]).square().mean();
        }
        let terms = state.iter().map(|&s| (s * s).sum() + s.sin().mean());
        terms.reduce(|a, b| a + b).expect("a state has variables")
    }
}

impl<T: Real, C: Cell<T>> Objective<T, C> for Loss {
    fn at<'t>(
        &self,
        t: usize,
        state: &C::State<'t>,
        leaves: &mut Leaves<'t, T>,
    ) -> Option<Var<'t, T>> {
        let has = self.every > 0 && t.is_multiple_of(self.every);
        has.then(|| self.of(state.as_slice(), leaves))
    }

    fn last<'t>(&self, last: &C::State<'t>, leaves: &mut Leaves<'t, T>) -> Option<Var<'t, T>> {
        self.last.then(|| self.of(last.as_slice(), leaves))
    }
}

/// A cell without a projected part that uses its only weight twice, the second time in the product
/// with a state that it has used before: its adjoint shows in what order contributions are added.
struct Bare(usize);

impl<T: Real> Cell<T> for Bare {
    type Weights<'t> = Var<'t, T>;
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.0
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        Params::new().with("w", [self.0, self.0], |w| init::uniform(w, 0.5, rng))
    }
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [tape.zeros([batch, self.0]), tape.zeros([batch, self.0])]
    }
    fn step<'t>(
        &self,
        w: &Var<'t, T>,
        x: Var<'t, T>,
        &[a, b]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let wave = b.sin();
        let next = (x.matmul(*w) + b.matmul(w.t())).tanh();
        [next, (a * next + wave).tanh()]
    }
}

/// A batch and a loss, at random.
#[derive(Clone, Debug)]
pub struct Setting {
    pub lengths: Lengths,
    pub inputs: usize,
    pub hidden: usize,
    pub loss: Loss,
    pub initial: bool,
    pub input_gradient: bool,
    pub seed: u64,
}

pub fn settings() -> impl Strategy<Value = Setting> {
    let size = |most: usize| prop_oneof![1 => Just(1), 3 => 1..=most];
    let sizes = (
        prop_oneof![3 => size(6), 1 => 30..40_usize],
        size(70),
        size(5),
        size(40),
    );
    let options = (0..4_usize, any::<[bool; 7]>(), any::<u64>());
    (sizes, options).prop_map(|((batch, steps, inputs, hidden), (every, flags, seed))| {
        let [
            last,
            readout,
            initial,
            input_gradient,
            ragged,
            packed,
            backwards,
        ] = flags;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut lengths = Lengths::equal(steps, batch);
        if ragged {
            let each: Vec<_> = (0..batch).map(|_| rng.random_range(1..=steps)).collect();
            lengths = Lengths::ragged(steps, batch, &each);
        }
        if packed {
            lengths = lengths.packed();
        }
        if backwards {
            lengths = lengths.backwards();
        }
        Setting {
            lengths,
            inputs,
            hidden,
            loss: Loss {
                every,
                last: last || every == 0,
                readout: readout.then(|| Linear::new(hidden, 3)),
            },
            initial,
            input_gradient,
            seed,
        }
    })
}

/// Plans for these steps, chosen by a number.
fn plans(steps: usize, choice: usize) -> [Plan; 4] {
    [
        Plan::store_all(steps),
        Plan::sqrt(steps),
        Plan::segments(steps, 1 + choice % 50),
        Plan::revolve(steps, 1 + choice % 7),
    ]
}

fn bits<T: Real>(gradient: &Gradient<T>) -> Vec<u64> {
    let Gradient {
        loss,
        params,
        x,
        initial,
    } = gradient;
    let all = [*loss]
        .into_iter()
        .chain(params.iter().copied())
        .chain(x.iter().copied());
    let all = all.chain(initial.iter().flatten().copied());
    all.map(|value| value.to_f64().to_bits()).collect()
}

fn check<T: Real, C: Cell<T>>(cell: &C, setting: &Setting, choice: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(setting.seed);
    let mut params = cell.init(&mut rng);
    if let Some(readout) = setting.loss.readout {
        params = params.with_part("readout.", readout.init(&mut rng));
    }
    let lengths = &setting.lengths;
    let mut numbers = |count| -> Vec<T> {
        random(count, &mut rng)
            .into_iter()
            .map(T::from_f64)
            .collect()
    };
    let x = numbers(lengths.height() * cell.inputs());
    let tape = Tape::new();
    let zeros = cell.zero_state(&tape, lengths.batch());
    let initial: Vec<_> = zeros.as_slice().iter().map(|s| numbers(s.len())).collect();

    let mut bptt = Bptt::new(cell, &setting.loss, &x, lengths);
    if setting.initial {
        bptt = bptt.from_state(&initial);
    }
    if setting.input_gradient {
        bptt = bptt.with_input_gradient();
    }
    let mut tape = Tape::new();
    let full = bptt.full(&params, &mut tape);
    assert!(full.params.iter().any(|g| g.to_f64() != 0.0));
    for plan in plans(lengths.running().len(), choice) {
        let found = bptt.checkpointed(&params, &mut tape, &plan);
        assert_eq!(bits(&found), bits(&full), "{plan}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_bits_are_those_of_one_sweep(setting in settings(), choice in 0..1000_usize) {
        let Setting { inputs, hidden, .. } = setting;
        match choice % 9 {
            0 => check::<f64, _>(&Elman::new(inputs, hidden, Activation::Tanh), &setting, choice),
            1 => check::<f32, _>(&Gru::new(inputs, hidden), &setting, choice),
            2 => check::<f32, _>(&Lstm::new(inputs, hidden), &setting, choice),
            3 if hidden > 1 => {
                let cell = Lstm::new(inputs, hidden).with_projection(hidden / 2).without_bias();
                let readout = setting.loss.readout.map(|_| Linear::new(hidden / 2, 3));
                let loss = Loss { readout, ..setting.loss };
                check::<f64, _>(&cell, &Setting { loss, ..setting.clone() }, choice);
            }
            // Their weights are computed from the parameters, once for all steps.
            4 => check::<f64, _>(&ExpRnn::new(inputs, hidden), &setting, choice),
            5 => check::<f32, _>(&Lru::new(inputs, hidden), &setting, choice),
            6 => check::<f64, _>(&MinGru::new(inputs, hidden), &setting, choice),
            7 => check::<f32, _>(&LayerNormLstm::new(inputs, hidden), &setting, choice),
            _ => check::<f64, _>(&Bare(hidden), &setting, choice),
        }
    }
}

/// A stack's output is in its state twice: as separate numbers between pieces, whose adjoints are
/// added in another order than that of one variable.
#[test]
fn a_stack_agrees_to_rounding() {
    let stack = Stack::new(2, 2, |inputs| Lstm::new(inputs, 5));
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let params = stack.init(&mut rng);
    let lengths = Lengths::ragged(40, 3, &[40, 7, 33]);
    let x = random(120 * 2, &mut rng);
    let loss = Loss {
        every: 2,
        last: true,
        readout: None,
    };
    let (bptt, mut tape) = (Bptt::new(&stack, &loss, &x, &lengths), Tape::new());
    let full = bptt.full(&params, &mut tape);
    for plan in plans(40, 3) {
        let found = bptt.checkpointed(&params, &mut tape, &plan);
        assert_close("gradient", &found.params, &full.params);
        assert_close("loss", &[found.loss], &[full.loss]);
    }
}

/// What the bits are compared with is an unrolling like any other.
#[test]
fn the_full_gradient_is_that_of_an_unrolling() {
    let (cell, readout) = (Gru::new(2, 3), Linear::new(3, 2));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let params = cell
        .init(&mut rng)
        .with_part("readout.", readout.init(&mut rng));
    let lengths = Lengths::ragged(20, 3, &[4, 20, 17]);
    let (x, h0) = (random(60 * 2, &mut rng), [random(9, &mut rng)]);
    let loss = Loss {
        every: 1,
        last: true,
        readout: Some(readout),
    };
    let bptt = Bptt::new(&cell, &loss, &x, &lengths)
        .from_state(&h0)
        .with_input_gradient();
    let found = bptt.full(&params, &mut Tape::new());

    let tape = Tape::<f64>::new();
    let mut leaves = params.bind(&tape);
    let (x, h0) = (tape.leaf([60, 2], &x), tape.leaf([3, 3], &h0[0]));
    let (w, v) = (leaves.take(), leaves.take());
    let run = unroll(&cell, &w, x, &lengths, Some(&h0));
    let mut total = tape.scalar(0.0);
    for h in run.hidden().into_iter().chain([run.last]) {
        total = total + readout.apply(&v, h).square().mean();
    }
    total.backward();
    let expected = Gradient {
        loss: total.item(),
        params: leaves.gradient(),
        x: x.grad().unwrap(),
        initial: vec![h0.grad().unwrap()],
    };
    assert_eq!(found, expected);
}

/// t(l, s): the fewest advances of all ways to keep a state first, with s to keep.
fn fewest_advances(most_steps: usize, most_states: usize) -> Vec<Vec<usize>> {
    let mut t = vec![vec![0; most_states + 1]; most_steps + 1];
    for l in 2..=most_steps {
        t[l][1] = l * (l - 1) / 2;
        for s in 2..=most_states {
            t[l][s] = (1..l).map(|m| m + t[m][s] + t[l - m][s - 1]).min().unwrap();
        }
    }
    t
}

#[test]
fn revolve_needs_the_fewest_advances() {
    let fewest = fewest_advances(130, 12);
    for (l, of_steps) in fewest.iter().enumerate().skip(1) {
        for (s, &advances) in of_steps.iter().enumerate().skip(1) {
            let plan = Plan::revolve(l, s);
            assert_eq!(plan.advances(), advances, "{l} steps, {s} states");
            assert!(plan.peak_states() <= s && plan.longest_piece() == 1);
        }
    }
}

/// n! / (k! (n - k)!)
fn binomial(n: u128, k: u128) -> u128 {
    (1..=k).fold(1, |c, i| c * (n - k + i) / i)
}

proptest! {
    /// t(l, s) = r l - beta(s + 1, r - 1), the closed form of Griewank & Walther (2000).
    #[test]
    fn advances_of_revolve_are_those_of_the_formula(l in 1..20_000_usize, s in 4..200_usize) {
        let beta = |s: u128, r: u128| binomial(s + r, s);
        let (steps, states) = (l as u128, s as u128);
        let r = (0..steps).find(|&r| steps <= beta(states, r)).unwrap();
        let formula = if r == 0 { 0 } else { r * steps - beta(states + 1, r - 1) };
        let plan = Plan::revolve(l, s);
        prop_assert_eq!(plan.advances() as u128, formula);
        prop_assert!(plan.peak_states() <= s);
    }

    #[test]
    fn segments_run_each_step_at_most_twice(l in 1..20_000_usize, length in 1..300_usize) {
        let plan = Plan::segments(l, length);
        let length = length.next_multiple_of(16);
        prop_assert_eq!(plan.advances(), (l - 1) / length * length);
        prop_assert_eq!(plan.peak_states(), (l - 1) / length);
        prop_assert_eq!(plan.longest_piece(), l.min(length));
    }
}

#[test]
fn plans_print_their_costs() {
    let print = |plan: Plan| plan.to_string();
    assert_eq!(
        print(Plan::revolve(10_000, 50)),
        "10000 steps: at most 50 states kept and 1 step on the tape, 28622 advances (2.86 for each step)"
    );
    assert_eq!(
        print(Plan::sqrt(10_000)),
        "10000 steps: at most 89 states kept and 112 steps on the tape, 9968 advances (1.00 for each step)"
    );
    assert_eq!(
        print(Plan::store_all(1)),
        "1 step: at most 0 states kept and 1 step on the tape, 0 advances (0.00 for each step)"
    );
    assert_eq!(state_bytes::<f32, _>(&Lstm::new(3, 16), 4), 2 * 4 * 16 * 4);
}

#[test]
fn the_actions_of_a_plan() {
    use Action::{Advance, Keep, Restore, Reverse};
    let expected = [
        Keep { state: 0 },
        Advance { from: 0, to: 2 },
        Reverse { from: 2, to: 3 },
        Restore { state: 0 },
        Advance { from: 0, to: 1 },
        Reverse { from: 1, to: 2 },
        Restore { state: 0 },
        Reverse { from: 0, to: 1 },
    ];
    assert_eq!(Plan::revolve(3, 1).actions(), expected);
    assert_eq!(Plan::new(3, expected.to_vec()), Plan::revolve(3, 1));
}

#[test]
#[should_panic(expected = "plan: 0 states to keep, but at least 1 is needed")]
fn no_states() {
    Plan::revolve(3, 0);
}

#[test]
#[should_panic(expected = "plan: 0 steps, but at least 1 is needed")]
fn a_plan_without_steps() {
    Plan::sqrt(0);
}

#[test]
#[should_panic(expected = "plan: segments of 0 steps, but at least 1 is needed")]
fn segments_without_steps() {
    Plan::segments(3, 0);
}

#[test]
#[should_panic(
    expected = "plan: Restore { state: 1 } is not possible with states [] kept and 3 of 3 steps left"
)]
fn a_state_that_is_not_kept() {
    Plan::new(3, vec![Action::Restore { state: 1 }]);
}

#[test]
#[should_panic(expected = "plan: Reverse { from: 0, to: 20 } is not possible")]
fn a_piece_across_chunks() {
    let actions = [
        Action::Keep { state: 0 },
        Action::Advance { from: 0, to: 20 },
        Action::Reverse { from: 20, to: 30 },
        Action::Restore { state: 0 },
        Action::Reverse { from: 0, to: 20 },
    ];
    Plan::new(30, actions.to_vec());
}

#[test]
#[should_panic(expected = "plan: 3 of 3 steps are not reversed")]
fn a_plan_that_ends_early() {
    Plan::new(3, Vec::new());
}

/// Runs a plan for `steps` steps on a batch of 3 steps of 2 samples of one unit.
fn run(steps: usize, loss: Loss, inputs: usize, initial: &[Vec<f64>]) {
    let cell = Elman::new(1, 1, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let (x, lengths) = (vec![0.5; inputs], Lengths::equal(3, 2));
    let bptt = Bptt::new(&cell, &loss, &x, &lengths).from_state(initial);
    bptt.checkpointed(&params, &mut Tape::new(), &Plan::store_all(steps));
}

const LAST: Loss = Loss {
    every: 0,
    last: true,
    readout: None,
};

#[test]
fn what_fits_is_taken() {
    run(3, LAST, 6, &[vec![0.1, 0.2]]);
}

#[test]
#[should_panic(expected = "checkpointed: a plan for 4 steps, but the longest sample has 3")]
fn a_plan_for_other_steps() {
    run(4, LAST, 6, &[]);
}

#[test]
#[should_panic(expected = "objective: no loss at any step, nor of the last states")]
fn no_loss() {
    run(
        3,
        Loss {
            last: false,
            ..LAST
        },
        6,
        &[],
    );
}

#[test]
#[should_panic(expected = "bptt: 5 input elements, but 6 rows of 1 features have 6")]
fn too_few_inputs() {
    run(3, LAST, 5, &[]);
}

#[test]
#[should_panic(expected = "bptt: an initial state of 2 variables, but the cell's has 1")]
fn an_initial_state_of_another_cell() {
    run(3, LAST, 6, &[vec![0.1, 0.2], vec![0.1, 0.2]]);
}
