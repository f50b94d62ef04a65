//! A stack in one direction as a cell: all layers at one step, then at the next.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::weights::per_cell;
use super::{Stack, Weights};
use crate::cell::Cell;
use crate::dropout::{Mode, zoneout};
use crate::params::Params;
use crate::unroll::Step;
use crate::vars::Vars;

/// In evaluation: without dropout, and with zoneout's expected value. The state is the output of the
/// last layer, which a step does not read, and then the states of the cells, bottom up.
///
/// # Panics
/// In both directions: the backward half of the first output needs the last input.
impl<T: Real, C: Cell<T>> Cell<T> for Stack<C> {
    type Weights<'t> = Weights<'t, T, C>;
    type State<'t> = Vec<Var<'t, T>>;

    fn inputs(&self) -> usize {
        self.cells[0].inputs()
    }

    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        Stack::init(self, rng)
    }

    #[track_caller]
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Vec<Var<'t, T>> {
        assert!(
            self.directions == 1,
            "stack: one of both directions is not a cell, for its first output needs the last input; use Stack::run"
        );
        let mut state = Vec::new();
        for cell in &self.cells {
            state.extend_from_slice(cell.zero_state(tape, batch).as_slice());
        }
        let last = state.len() - state.len() / self.cells.len();
        state.insert(0, state[last]);
        state
    }

    fn project<'t>(&self, w: &Weights<'t, T, C>, x: Var<'t, T>) -> Var<'t, T> {
        self.cells[0].project(&w.cells(self.cells.len())[0], x)
    }

    fn step<'t>(
        &self,
        w: &Weights<'t, T, C>,
        x: Var<'t, T>,
        state: &Vec<Var<'t, T>>,
    ) -> Vec<Var<'t, T>> {
        let weights = w.cells(self.cells.len());
        let states: Vec<C::State<'t>> = per_cell("states", &state[1..], self.cells.len());
        let mut next = vec![x];
        for (layer, cell) in self.cells.iter().enumerate() {
            let input = next[0];
            let projected = match layer {
                0 => input,
                _ => cell.project(&weights[layer], input),
            };
            let step = Step {
                t: 0,
                before: &states[layer],
                after: &cell.step(&weights[layer], projected, &states[layer]),
            };
            let after = zoneout(step, self.zoneout, &mut Mode::Evaluate);
            let hidden = after.as_slice()[0];
            next[0] = if self.residual && layer > 0 {
                input + hidden
            } else {
                hidden
            };
            next.extend_from_slice(after.as_slice());
        }
        next
    }
}
