//! One LSTM, differentiated with everything stored and by every plan: bits, steps run, bytes.

use std::cell::Cell as Counter;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Action, Bptt, Cell, Gradient, Leaves, Lengths, Linear, Lstm, Objective, Params, Plan, init,
    state_bytes,
};
use wengert_tape::inspect::statistics;
use wengert_tape::{Real, Tape, Var};

use super::Config;
use crate::random::{Purpose, stream};

/// Features of an input.
const INPUTS: usize = 2;

/// An LSTM that counts its steps.
struct Counted {
    cell: Lstm,
    steps: Counter<usize>,
}

impl<T: Real> Cell<T> for Counted {
    type Weights<'t> = <Lstm as Cell<T>>::Weights<'t>;
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        Cell::<T>::inputs(&self.cell)
    }

    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.cell.init(rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        self.cell.zero_state(tape, batch)
    }

    fn step<'t>(
        &self,
        w: &Self::Weights<'t>,
        x: Var<'t, T>,
        state: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        self.steps.set(self.steps.get() + 1);
        self.cell.step(w, x, state)
    }
}

/// A loss at every step, which looks at the tape where a piece of the recurrence is complete.
struct Metered {
    readout: Linear,
    /// Whether a loss at this step is the last of its piece.
    last_of_piece: Vec<bool>,
    most_bytes: Counter<usize>,
}

impl<T: Real> Objective<T, Counted> for Metered {
    fn at<'t>(
        &self,
        t: usize,
        &[h, _]: &[Var<'t, T>; 2],
        leaves: &mut Leaves<'t, T>,
    ) -> Option<Var<'t, T>> {
        let loss = self.readout.apply(&leaves.take(), h).square().mean();
        if self.last_of_piece[t] {
            let tape = statistics(h.tape());
            let bytes = tape.value_bytes + tape.bookkeeping_bytes;
            self.most_bytes.set(self.most_bytes.get().max(bytes));
        }
        Some(loss)
    }
}

impl Metered {
    /// For the pieces of `plan`. A loss is recorded with the step behind it, if there is one.
    fn new(readout: Linear, plan: &Plan) -> Self {
        let mut last_of_piece = vec![false; plan.steps()];
        for action in plan.actions() {
            if let Action::Reverse { to, .. } = action {
                let steps_before = if *to == plan.steps() { 1 } else { 2 };
                if let Some(last) = to.checked_sub(steps_before) {
                    last_of_piece[last] = true;
                }
            }
        }
        Self {
            readout,
            last_of_piece,
            most_bytes: Counter::new(0),
        }
    }
}

/// A network and its inputs.
pub(super) struct Network {
    cell: Counted,
    readout: Linear,
    params: Params<f64>,
    x: Vec<f64>,
    lengths: Lengths,
}

/// What a plan took.
pub(super) struct Taken {
    /// Steps that the cell ran, those of the reversal included.
    pub steps: usize,
    /// Bytes of the tape at its largest, and of the states kept.
    pub bytes: usize,
    pub gradient: Gradient<f64>,
}

impl Network {
    pub fn draw(config: &Config, seed: u64) -> Self {
        let cell = Lstm::new(INPUTS, config.hidden);
        let readout = Linear::new(config.hidden, 1);
        let mut weights = stream(seed, Purpose::Weights);
        let params = Cell::<f64>::init(&cell, &mut weights)
            .with_part("readout.", readout.init(&mut weights));
        let lengths = Lengths::equal(config.steps, config.batch);
        let mut x = vec![0.0; lengths.height() * INPUTS];
        init::gaussian(&mut x, 1.0, 1, &mut stream(seed, Purpose::Inputs));
        let steps = Counter::new(0);
        Self {
            cell: Counted { cell, steps },
            readout,
            params,
            x,
            lengths,
        }
    }

    /// With all steps on the tape, and one sweep.
    pub fn store_all(&self) -> Taken {
        let plan = Plan::store_all(self.lengths.steps());
        self.take(&plan, |bptt, params, tape| bptt.full(params, tape))
    }

    /// As the plan says.
    pub fn follow(&self, plan: &Plan) -> Taken {
        self.take(plan, |bptt, params, tape| {
            bptt.checkpointed(params, tape, plan)
        })
    }

    fn take(
        &self,
        plan: &Plan,
        gradient: impl FnOnce(
            &Bptt<'_, f64, Counted, Metered>,
            &Params<f64>,
            &mut Tape<f64>,
        ) -> Gradient<f64>,
    ) -> Taken {
        let meter = Metered::new(self.readout, plan);
        let bptt = Bptt::new(&self.cell, &meter, &self.x, &self.lengths);
        self.cell.steps.set(0);
        let gradient = gradient(&bptt, &self.params, &mut Tape::new());
        let state = state_bytes::<f64, _>(&self.cell, self.lengths.batch());
        Taken {
            steps: self.cell.steps.get(),
            bytes: meter.most_bytes.get() + plan.peak_states() * state,
            gradient,
        }
    }
}

/// Bits in which two gradients, and their losses, differ.
pub(super) fn differing_bits(a: &Gradient<f64>, b: &Gradient<f64>) -> u32 {
    let pairs = a.params.iter().zip(&b.params).chain([(&a.loss, &b.loss)]);
    pairs
        .map(|(a, b)| (a.to_bits() ^ b.to_bits()).count_ones())
        .sum()
}
