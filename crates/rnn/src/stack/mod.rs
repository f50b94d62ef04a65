//! Stacks: layers of cells, the output of each the input of the next, in one direction or both.
//!
//! ```text
//! y_0 = x,   y_{l+1} = [h_l forwards, h_l backwards] (+ y_l from layer 1 on, if residual)
//! ```
//!
//! Cells, states and parameters of layer l and direction d come in row l D + d of D directions, as
//! in PyTorch.

mod cell;
mod run;
mod weights;

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

pub use self::run::Layers;
pub use self::weights::Weights;
use self::weights::per_cell;
use crate::cell::Cell;
use crate::dropout::{Variational, Zoneout, check_rate};
use crate::initial::{repeat, widths};
use crate::params::Params;
use crate::vars::Vars;

/// Layers of cells of one kind.
///
/// [`Stack::run`] runs them layer by layer over a batch. A stack in one direction is also a
/// [`Cell`], to be run step by step: for text to be generated, for example.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::dropout::Mode;
/// use wengert_rnn::{Gru, Lengths, Stack};
/// use wengert_tape::Tape;
///
/// // Two layers of 8 units in both directions, over 3 features, with dropout between them.
/// let stack = Stack::bidirectional(3, 2, |inputs| Gru::new(inputs, 8)).with_dropout(0.2);
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let params = stack.init(&mut rng);
/// assert_eq!(params.get("weight_ih_l1_reverse").len(), 3 * 8 * 16);
///
/// let tape = Tape::<f64>::new();
/// let mut leaves = params.bind(&tape);
/// let x = tape.constant([5 * 2, 3], &[0.1; 30]); // five steps of two samples
/// let lengths = Lengths::ragged(5, 2, &[3, 5]);
/// let run = stack.run(&leaves.take(), x, &lengths, None, Mode::Train(&mut rng));
/// assert_eq!(run.output().shape().dims(), [10, 16]);
/// assert_eq!(run.last().shape().dims(), [2, 16]);
/// ```
#[derive(Clone, Debug)]
pub struct Stack<C> {
    cells: Vec<C>,
    directions: usize,
    residual: bool,
    dropout: f64,
    variational: Variational,
    zoneout: Zoneout,
}

impl<C: Cell<f64>> Stack<C> {
    /// `layers` cells in one direction over `inputs` features. `cell` makes each, bottom up, from
    /// the number of its inputs.
    ///
    /// # Panics
    /// If there are no layers, or a cell does not take the features that come.
    #[track_caller]
    pub fn new(inputs: usize, layers: usize, cell: impl FnMut(usize) -> C) -> Self {
        Self::with_directions(inputs, layers, 1, cell)
    }

    /// `layers` pairs of cells over `inputs` features, the first of each run forwards and the other
    /// backwards.
    ///
    /// # Panics
    /// As [`Stack::new`].
    #[track_caller]
    pub fn bidirectional(inputs: usize, layers: usize, cell: impl FnMut(usize) -> C) -> Self {
        Self::with_directions(inputs, layers, 2, cell)
    }

    #[track_caller]
    fn with_directions(
        mut inputs: usize,
        layers: usize,
        directions: usize,
        mut cell: impl FnMut(usize) -> C,
    ) -> Self {
        assert!(layers > 0, "stack: 0 layers, but it needs at least one");
        let mut cells = Vec::with_capacity(layers * directions);
        for layer in 0..layers {
            let mut outputs = 0;
            for _ in 0..directions {
                let made = cell(inputs);
                assert!(
                    made.inputs() == inputs,
                    "stack: the cell of layer {layer} takes {} features, but {inputs} come",
                    made.inputs()
                );
                outputs += hidden(&made);
                cells.push(made);
            }
            inputs = outputs;
        }
        Self {
            cells,
            directions,
            residual: false,
            dropout: 0.0,
            variational: Variational::default(),
            zoneout: Zoneout::default(),
        }
    }

    /// From the second layer on, the input of a layer, before any dropout, is added to its output
    /// (He et al. 2016).
    ///
    /// # Panics
    /// If a layer from the second on has another number of outputs than of inputs.
    #[track_caller]
    pub fn with_residual(mut self) -> Self {
        for (layer, cells) in self.cells.chunks(self.directions).enumerate().skip(1) {
            let (inputs, outputs) = (cells[0].inputs(), cells.iter().map(hidden).sum::<usize>());
            assert!(
                inputs == outputs,
                "stack: layer {layer} makes {outputs} features of {inputs}: a residual connection needs as many"
            );
        }
        self.residual = true;
        self
    }
}

impl<C> Stack<C> {
    /// With dropout between layers in training, never before the first nor after the last: PyTorch's
    /// `dropout`. Every step has a mask of its own.
    ///
    /// # Panics
    /// If `rate` is not in [0, 1].
    #[track_caller]
    pub fn with_dropout(mut self, rate: f64) -> Self {
        check_rate("dropout", rate);
        self.dropout = rate;
        self
    }

    /// With dropout in training that has one mask for each sequence.
    ///
    /// # Panics
    /// If a rate is not in [0, 1].
    #[track_caller]
    pub fn with_variational_dropout(mut self, rates: Variational) -> Self {
        rates.check();
        self.variational = rates;
        self
    }

    /// With zoneout of the states of all layers.
    ///
    /// # Panics
    /// If a rate is not in [0, 1].
    #[track_caller]
    pub fn with_zoneout(mut self, rates: Zoneout) -> Self {
        rates.check();
        self.zoneout = rates;
        self
    }

    /// Number of layers L.
    pub fn layers(&self) -> usize {
        self.cells.len() / self.directions
    }

    /// Number of directions D, 1 or 2.
    pub fn directions(&self) -> usize {
        self.directions
    }

    /// The cells, row l D + d.
    pub fn cells(&self) -> &[C] {
        &self.cells
    }

    /// Fresh parameters, as one part: those of the cells, row after row, `_l0` at the end of their
    /// names replaced by `_l{l}`, and `_l{l}_reverse` backwards.
    ///
    /// # Panics
    /// If one cell has more tensors than another.
    #[track_caller]
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T>
    where
        C: Cell<T>,
    {
        let mut params = Params::new();
        let mut counts = Vec::with_capacity(self.cells.len());
        for (row, cell) in self.cells.iter().enumerate() {
            let own = cell.init(rng);
            for p in own.iter() {
                let name = self.name(p.name, row);
                params = params.with(&name, p.shape, |w| w.copy_from_slice(p.values));
            }
            counts.push(own.iter().count());
        }
        assert!(
            counts.iter().all(|&count| count == counts[0]),
            "stack: the cells have {counts:?} tensors: all must have as many"
        );
        params
    }

    /// An initial state to be learned, as one part: for each variable of each state a row of zeros,
    /// called `state_{i}_l{l}`.
    pub fn init_state<T: Real>(&self) -> Params<T>
    where
        C: Cell<T>,
    {
        let scratch = Tape::new();
        let mut params = Params::new();
        for (row, cell) in self.cells.iter().enumerate() {
            let state = cell.zero_state(&scratch, 1);
            for (i, s) in state.as_slice().iter().enumerate() {
                params = params.with(&self.name(&format!("state_{i}"), row), s.shape(), |_| {});
            }
        }
        params
    }

    /// The states of a batch that all start from the rows of [`Stack::init_state`].
    ///
    /// # Panics
    /// If there are not as many rows as the states have variables, or one has more rows.
    #[track_caller]
    pub fn repeat_state<'t, T: Real>(&self, rows: &[Var<'t, T>], batch: usize) -> Vec<C::State<'t>>
    where
        C: Cell<T>,
    {
        let states: Vec<C::State<'t>> = per_cell("states", rows, self.cells.len());
        states.iter().map(|state| repeat(state, batch)).collect()
    }

    /// A cell's name of a tensor, in this stack.
    fn name(&self, name: &str, row: usize) -> String {
        let (layer, direction) = (row / self.directions, row % self.directions);
        let reverse = ["", "_reverse"][direction];
        format!(
            "{}_l{layer}{reverse}",
            name.strip_suffix("_l0").unwrap_or(name)
        )
    }
}

/// Number of features of a cell's hidden state.
fn hidden<C: Cell<f64>>(cell: &C) -> usize {
    widths(cell)[0]
}
