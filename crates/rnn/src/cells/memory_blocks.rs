//! Memory blocks, the long short-term memory of 1997 (Hochreiter & Schmidhuber 1997, section 4): the
//! cells of a block share an input and an output gate, and a cell's memory is kept as it is. With
//! forget gates it is the memory of Gers, Schmidhuber & Cummins (2000, equations 2.1 to 2.8).
//!
//! ```text
//! (i, o, z) = W_ih x + W_hh h + W_gh (i', o') + b     i, o: one of a block; z: one of a cell
//! i, o := sigmoid(i), sigmoid(o)                      i', o': those of the step before
//! c' = c + i g(z)                                     g(z) = 4 sigmoid(z) - 2 = 2 tanh(z/2)
//! h' = o s(c')                                        s(c) = 2 sigmoid(c) - 1 = tanh(c/2)
//! ```
//!
//! With forget gates `(i, f, o, z)` in place of `(i, o, z)`, and `c' = f c + i g(z)`. W_gh, from gates
//! to gates and cells, is there on request: the experiments of 1997 have it, those of 2000 do not.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var, concat};

use crate::cell::Cell;
use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// Initial weights are uniform between plus and minus this.
const SCALE: f64 = 0.1;

/// Memory blocks. The state is `[h, c, gates]`: outputs and memories of the cells, block by block, and
/// the gates' activations.
#[derive(Clone, Debug)]
pub struct MemoryBlocks {
    inputs: usize,
    blocks: usize,
    size: usize,
    forget: bool,
    gates_recur: bool,
    cells_biased: bool,
    scale: f64,
    /// Of the gates in the order of the rows; none is drawn.
    biases: Vec<Option<Vec<f64>>>,
}

/// The weights of [`MemoryBlocks`], as each step reads them.
#[derive(Clone, Copy, Debug)]
pub struct BlockWeights<'t, T: Real> {
    ih_t: Var<'t, T>,
    hh_t: Var<'t, T>,
    gh_t: Option<Var<'t, T>>,
    bias: Var<'t, T>,
}

/// `weight_ih_l0` [R, I], `weight_hh_l0` [R, B S], `bias_l0` \[R\], and between the last two, if gates
/// recur, `weight_gh_l0` [R, G B]: R = G B + B S rows for G gates of each of B blocks of S cells. If the
/// cells have no biases, these are the gates' alone.
impl<'t, T: Real> FromVars<'t, T> for BlockWeights<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let (ih, hh, gh, bias) = match *vars {
            [ih, hh, bias] => (ih, hh, None, bias),
            [ih, hh, gh, bias] => (ih, hh, Some(gh.t()), bias),
            _ => return None,
        };
        let (rows, biased) = (ih.shape().dims()[0], bias.len());
        let bias = match rows.checked_sub(biased)? {
            0 => bias,
            cells => concat(&[bias, bias.tape().zeros([cells])], 0),
        };
        Some(Self {
            ih_t: ih.t(),
            hh_t: hh.t(),
            gh_t: gh,
            bias,
        })
    }
}

impl MemoryBlocks {
    /// So many `blocks` of `size` cells over `inputs` features.
    ///
    /// # Panics
    /// If one of the numbers is 0.
    #[track_caller]
    pub fn new(inputs: usize, blocks: usize, size: usize) -> Self {
        assert!(
            inputs > 0 && blocks > 0 && size > 0,
            "memory blocks: {inputs} inputs, {blocks} blocks of {size} cells: none may be 0"
        );
        Self {
            inputs,
            blocks,
            size,
            forget: false,
            gates_recur: false,
            cells_biased: true,
            scale: SCALE,
            biases: vec![None; 3],
        }
    }

    /// With a forget gate for each block.
    pub fn with_forget_gates(self) -> Self {
        let forget = true;
        Self { forget, ..self }
    }

    /// With weights from the gates of the step before to gates and cells.
    pub fn with_recurrent_gates(self) -> Self {
        let gates_recur = true;
        Self {
            gates_recur,
            ..self
        }
    }

    /// With biases of the gates only.
    #[must_use]
    pub fn without_cell_biases(self) -> Self {
        let cells_biased = false;
        Self {
            cells_biased,
            ..self
        }
    }

    /// With initial weights uniform between plus and minus `scale`, 0.1 otherwise.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_scale(self, scale: f64) -> Self {
        assert!(
            scale >= 0.0 && scale.is_finite(),
            "memory blocks: scale {scale}, but it must be finite and not negative"
        );
        Self { scale, ..self }
    }

    /// With these initial biases of the input gates, one for each block.
    ///
    /// # Panics
    /// If there is not one for each block, or one is not finite.
    #[track_caller]
    pub fn with_input_biases(self, biases: &[f64]) -> Self {
        self.with_biases(0, "input", biases)
    }

    /// With these initial biases of the forget gates, one for each block; without forget gates they
    /// have no effect.
    ///
    /// # Panics
    /// If there is not one for each block, or one is not finite.
    #[track_caller]
    pub fn with_forget_biases(self, biases: &[f64]) -> Self {
        self.with_biases(1, "forget", biases)
    }

    /// With these initial biases of the output gates, one for each block.
    ///
    /// # Panics
    /// If there is not one for each block, or one is not finite.
    #[track_caller]
    pub fn with_output_biases(self, biases: &[f64]) -> Self {
        self.with_biases(2, "output", biases)
    }

    #[track_caller]
    fn with_biases(mut self, gate: usize, name: &str, biases: &[f64]) -> Self {
        assert!(
            biases.len() == self.blocks && biases.iter().all(|b| b.is_finite()),
            "memory blocks: {name} biases {biases:?}, but {} finite ones are needed",
            self.blocks
        );
        self.biases[gate] = Some(biases.to_vec());
        self
    }

    /// Number of cells: features of the hidden state.
    pub fn cells(&self) -> usize {
        self.blocks * self.size
    }

    /// Gates of a block.
    fn kinds(&self) -> usize {
        2 + usize::from(self.forget)
    }

    /// Gates of all blocks.
    fn gates(&self) -> usize {
        self.kinds() * self.blocks
    }

    /// Features of cells, [N, B S], by block: [N, B, S].
    fn by_block<'t, T: Real>(&self, x: Var<'t, T>) -> Var<'t, T> {
        x.reshape([x.shape().dims()[0], self.blocks, self.size])
    }
}

impl<T: Real> Cell<T> for MemoryBlocks {
    type Weights<'t> = BlockWeights<'t, T>;
    type State<'t> = [Var<'t, T>; 3];

    fn inputs(&self) -> usize {
        self.inputs
    }

    /// All uniform between plus and minus the scale, but for the biases that were set.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let rows = self.gates() + self.cells();
        let mut uniform = |w: &mut [T]| init::uniform(w, self.scale, rng);
        let mut params = Params::new()
            .with("weight_ih_l0", [rows, self.inputs], &mut uniform)
            .with("weight_hh_l0", [rows, self.cells()], &mut uniform);
        if self.gates_recur {
            params = params.with("weight_gh_l0", [rows, self.gates()], &mut uniform);
        }
        let biased = if self.cells_biased {
            rows
        } else {
            self.gates()
        };
        params = params.with("bias_l0", [biased], &mut uniform);
        let there = |kind: &usize| *kind != 1 || self.forget;
        let kinds = (0..3).filter(there).map(|kind| &self.biases[kind]);
        let rows = params.get_mut("bias_l0").chunks_mut(self.blocks);
        for (rows, biases) in rows.zip(kinds) {
            for (row, bias) in rows.iter_mut().zip(biases.iter().flatten()) {
                *row = T::from_f64(*bias);
            }
        }
        params
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 3] {
        let zeros = |width| tape.zeros([batch, width]);
        [
            zeros(self.cells()),
            zeros(self.cells()),
            zeros(self.gates()),
        ]
    }

    fn project<'t>(&self, w: &BlockWeights<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        x.linear(w.ih_t, w.bias)
    }

    fn step<'t>(
        &self,
        w: &BlockWeights<'t, T>,
        x: Var<'t, T>,
        &[h, c, gates]: &[Var<'t, T>; 3],
    ) -> [Var<'t, T>; 3] {
        let a = match w.gh_t {
            Some(gh_t) => h.linear2(w.hh_t, gates, gh_t, x),
            None => h.linear(w.hh_t, x),
        };
        let (kinds, rows) = (self.gates(), self.gates() + self.cells());
        let gates = a.slice(1, 0..kinds).sigmoid();
        let gate = |kind: usize| {
            let columns = kind * self.blocks..(kind + 1) * self.blocks;
            gates.slice(1, columns).unsqueeze(2)
        };
        let g = (self.by_block(a.slice(1, kinds..rows)) * 0.5).tanh() * 2.0;
        let c = self.by_block(c);
        let kept = if self.forget { gate(1) * c } else { c };
        let c = kept + gate(0) * g;
        let h = gate(self.kinds() - 1) * (c * 0.5).tanh();
        let flat = |x: Var<'t, T>| x.reshape([x.shape().dims()[0], self.cells()]);
        [flat(h), flat(c), gates]
    }
}
