//! A module: parameters, runs over tensors in PyTorch's layouts, and gradients by name.

use std::fmt;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Tensor, Var, stack};

use super::{Architecture, Kind, Mismatch, load_state_dict, save_state_dict};
use crate::cell::Cell;
use crate::disk::FileError;
use crate::dropout::Mode;
use crate::params::{Leaves, Params};
use crate::sequence::Lengths;
use crate::stack::Stack;
use crate::tensors::{Element, TensorFile, TensorWriter};
use crate::vars::{FromVars, Vars};

/// `nn.RNN`, `nn.LSTM` or `nn.GRU` (see the [module's documentation](crate::torch)).
#[derive(Clone, Debug)]
pub struct Module<T> {
    architecture: Architecture,
    batch_first: bool,
    params: Params<T>,
}

/// What a module is run on.
#[derive(Clone, PartialEq, Debug)]
pub struct Inputs<T> {
    /// The sequences, [T, B, I], or [B, T, I] if `batch_first`.
    pub x: Tensor<T>,
    /// The number of steps of each sample, in any order; T of all if there are none.
    pub lengths: Option<Vec<usize>>,
    /// The initial hidden states, [L D, B, H]; zeros if there are none.
    pub h_0: Option<Tensor<T>>,
    /// The initial memory of an LSTM, [L D, B, H], which comes with `h_0`.
    pub c_0: Option<Tensor<T>>,
}

/// Cotangents: of each result the derivative of a loss by it; 0 where there is none.
#[derive(Clone, PartialEq, Debug)]
pub struct Cotangents<T> {
    /// Of the output. What falls on padding does not matter.
    pub output: Option<Tensor<T>>,
    /// Of the final hidden states.
    pub h_n: Option<Tensor<T>>,
    /// Of the final memory of an LSTM.
    pub c_n: Option<Tensor<T>>,
}

/// A run of a [`Module`] on a tape. Losses can be computed from its results with the operations of
/// [`Var`], or its gradients from cotangents with [`Run::backward`].
#[derive(Debug)]
pub struct Run<'t, T: Real> {
    leaves: Leaves<'t, T>,
    /// The inputs, as a leaf.
    pub x: Var<'t, T>,
    /// The initial states that were given, h_0 and c_0, as leaves.
    pub initial: Vec<Var<'t, T>>,
    /// The hidden states of the last layer, [T, B, D H], the forward half first, or [B, T, D H] if
    /// `batch_first`; 0 where a sample has no such step.
    pub output: Var<'t, T>,
    /// The final hidden states, [L D, B, H]: forwards after each sample's last step, backwards
    /// after its first.
    pub h_n: Var<'t, T>,
    /// The final memory of an LSTM, [L D, B, H].
    pub c_n: Option<Var<'t, T>>,
}

impl<T> Default for Cotangents<T> {
    fn default() -> Self {
        Self {
            output: None,
            h_n: None,
            c_n: None,
        }
    }
}

impl<T> Inputs<T> {
    /// Sequences of equal lengths that start from zeros.
    pub fn new(x: Tensor<T>) -> Self {
        Self {
            x,
            lengths: None,
            h_0: None,
            c_0: None,
        }
    }
}

impl<T: Real + Element> Module<T> {
    /// A fresh module, its parameters uniform between plus and minus 1/sqrt(H), as PyTorch's.
    ///
    /// # Errors
    /// When a size is 0, or there is a projection that is not an LSTM's to less than its units.
    pub fn new(architecture: Architecture, rng: &mut ChaCha8Rng) -> Result<Self, Mismatch> {
        architecture.check()?;
        let params = match architecture.kind {
            Kind::RnnTanh | Kind::RnnRelu => architecture.elman().init(rng),
            Kind::Lstm => architecture.lstm().init(rng),
            Kind::Gru => architecture.gru().init(rng),
        };
        Ok(Self {
            architecture,
            batch_first: false,
            params,
        })
    }

    /// The module whose state dict is the tensors of the file that start with `prefix`; others are
    /// left alone. Its sizes and options are inferred from names and shapes.
    ///
    /// # Errors
    /// When the tensors are not exactly those of such a module, of type `T`, and finite.
    pub fn load(kind: Kind, file: &TensorFile, prefix: &str) -> Result<Self, FileError> {
        let architecture = Architecture::infer(kind, file, prefix)?;
        let mut module = Self::new(architecture, &mut ChaCha8Rng::seed_from_u64(0))
            .map_err(|fault| file.error(fault))?;
        load_state_dict(&mut module.params, file, prefix)?;
        Ok(module)
    }

    /// The state dict as tensors to write, for
    /// `net.load_state_dict(safetensors.torch.load_file(path))`.
    pub fn save(&self) -> TensorWriter {
        let mut writer = TensorWriter::new();
        save_state_dict(&self.params, &mut writer, "");
        writer
    }

    /// With x and output [B, T, features] instead of [T, B, features].
    pub fn batch_first(self) -> Self {
        Self {
            batch_first: true,
            ..self
        }
    }

    /// Sizes and options.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The parameters, in the order of PyTorch's state dict.
    pub fn params(&self) -> &Params<T> {
        &self.params
    }

    /// The parameters, to change.
    pub fn params_mut(&mut self) -> &mut Params<T> {
        &mut self.params
    }

    /// Records a run on `tape`.
    ///
    /// # Errors
    /// When the shapes of the inputs do not fit the module or each other, or a length is 0 or larger
    /// than T.
    pub fn run<'t>(&self, tape: &'t Tape<T>, inputs: &Inputs<T>) -> Result<Run<'t, T>, Mismatch> {
        let lengths = self.lengths(inputs)?;
        let states = self.initial_states(inputs, lengths.batch())?;
        let mut leaves = self.params.bind(tape);
        let x = tape.leaf(inputs.x.shape, &inputs.x.values);
        let initial: Vec<_> = states.map(|s| tape.leaf(s.shape, &s.values)).collect();

        let inputs = self.architecture.inputs;
        let rows = self.batch_axes(x).reshape([lengths.height(), inputs]);
        let (output, finals) = match self.architecture.kind {
            Kind::RnnTanh | Kind::RnnRelu => record(
                &self.architecture.elman(),
                &mut leaves,
                rows,
                &lengths,
                &initial,
            ),
            Kind::Lstm => record(
                &self.architecture.lstm(),
                &mut leaves,
                rows,
                &lengths,
                &initial,
            ),
            Kind::Gru => record(
                &self.architecture.gru(),
                &mut leaves,
                rows,
                &lengths,
                &initial,
            ),
        };
        let width = output.shape().dims()[1];
        let output = output.reshape([lengths.steps(), lengths.batch(), width]);
        Ok(Run {
            leaves,
            x,
            initial,
            output: self.batch_axes(output).contiguous(),
            h_n: finals[0],
            c_n: finals.get(1).copied(),
        })
    }

    /// From [T, B, ..] to the layout of x and output, and back.
    fn batch_axes<'t>(&self, y: Var<'t, T>) -> Var<'t, T> {
        if self.batch_first {
            y.transpose(0, 1)
        } else {
            y
        }
    }

    fn lengths(&self, inputs: &Inputs<T>) -> Result<Lengths, Mismatch> {
        let (shape, features) = (inputs.x.shape, self.architecture.inputs);
        let (steps, batch) = match (shape.dims(), self.batch_first) {
            (&[steps, batch, width], false) | (&[batch, steps, width], true)
                if steps > 0 && batch > 0 && width == features =>
            {
                (steps, batch)
            }
            _ => {
                let axes = if self.batch_first { "B,T" } else { "T,B" };
                return Err(Mismatch(format!(
                    "x is {shape}, but must be [{axes},{features}] with T and B at least 1"
                )));
            }
        };
        let Some(lengths) = &inputs.lengths else {
            return Ok(Lengths::equal(steps, batch));
        };
        if lengths.len() != batch {
            return Err(Mismatch(format!(
                "lengths has {} elements, but there are {batch} samples",
                lengths.len()
            )));
        }
        match lengths.iter().position(|n| !(1..=steps).contains(n)) {
            Some(b) => Err(Mismatch(format!(
                "lengths is {} at sample {b}, but must be 1 to {steps}",
                lengths[b]
            ))),
            None => Ok(Lengths::ragged(steps, batch, lengths)),
        }
    }

    /// The initial states, of the shapes that they must have.
    fn initial_states<'a>(
        &self,
        inputs: &'a Inputs<T>,
        batch: usize,
    ) -> Result<impl Iterator<Item = &'a Tensor<T>>, Mismatch> {
        let (h_0, c_0, kind) = (&inputs.h_0, &inputs.c_0, self.architecture.kind);
        let memory = kind == Kind::Lstm;
        if c_0.is_some() != (memory && h_0.is_some()) {
            let needs = if memory { "both or neither" } else { "no c_0" };
            let came = if c_0.is_some() { "c_0" } else { "h_0" };
            return Err(Mismatch(format!(
                "{came} came alone, but {kind} takes {needs}"
            )));
        }
        let Architecture { layers, hidden, .. } = self.architecture;
        let directions = self.architecture.directions();
        let features = self.architecture.features();
        for (name, state, width) in [("h_0", h_0, features), ("c_0", c_0, hidden)] {
            let rows = layers * directions;
            let fits = |s: &&Tensor<T>| s.shape.dims() == [rows, batch, width];
            if let Some(state) = state.as_ref().filter(|s| !fits(s)) {
                return Err(Mismatch(format!(
                    "{name} is {}, but {layers} layers, {directions} directions, {batch} samples and {width} features need [{rows},{batch},{width}]",
                    state.shape
                )));
            }
        }
        Ok(h_0.iter().chain(c_0))
    }
}

impl<T: Real> Run<'_, T> {
    /// Sweeps back from the results with these cotangents.
    ///
    /// # Errors
    /// When a cotangent has another shape than its result, has none, or there is no cotangent.
    ///
    /// # Panics
    /// If the tape was swept before.
    #[track_caller]
    pub fn backward(&self, cotangents: &Cotangents<T>) -> Result<(), Mismatch> {
        let results = [
            ("output", Some(self.output), &cotangents.output),
            ("h_n", Some(self.h_n), &cotangents.h_n),
            ("c_n", self.c_n, &cotangents.c_n),
        ];
        let mut seeds = Vec::new();
        for (name, result, cotangent) in results {
            let Some(g) = cotangent else { continue };
            let shape = result.map(Var::shape);
            if shape != Some(g.shape) {
                let shape: &dyn fmt::Display = match &shape {
                    Some(shape) => shape,
                    None => &"missing",
                };
                return Err(Mismatch(format!(
                    "the cotangent of {name} is {}, but {name} is {shape}",
                    g.shape
                )));
            }
            seeds.extend(result.map(|y| (y, &g.values[..])));
        }
        if seeds.is_empty() {
            return Err(Mismatch(
                "no cotangents came: of output, h_n or c_n there must be one".to_owned(),
            ));
        }
        self.output.tape().backward(&seeds);
        Ok(())
    }

    /// After a sweep, the gradients by name: of all parameters in the order of the state dict, `x`,
    /// and `h_0` and `c_0` if they were given; 0 where the sweep did not reach.
    pub fn gradients(&self) -> Vec<(String, Tensor<T>)> {
        let own = self.leaves.gradients();
        let mut named: Vec<_> = own
            .iter()
            .map(|p| (p.name.to_owned(), Tensor::new(p.shape, p.values)))
            .collect();
        let rest = std::iter::once(&self.x).chain(&self.initial);
        for (name, leaf) in ["x", "h_0", "c_0"].into_iter().zip(rest) {
            let gradient = leaf.grad().unwrap_or_else(|| vec![T::ZERO; leaf.len()]);
            named.push((name.to_owned(), Tensor::new(leaf.shape(), gradient)));
        }
        named
    }
}

/// The output of a stack, and each variable of its final states, [L D, B, features], from the
/// leaves of its parameters, inputs, and each variable of its initial states, if any.
fn record<'t, T: Real, C: Cell<T>>(
    layers: &Stack<C>,
    leaves: &mut Leaves<'t, T>,
    x: Var<'t, T>,
    lengths: &Lengths,
    initial: &[Var<'t, T>],
) -> (Var<'t, T>, Vec<Var<'t, T>>) {
    let rows = layers.cells().len();
    // `None` from no variables: then the stack starts from zeros.
    let state = |row: usize| {
        let vars: Vec<_> = initial
            .iter()
            .map(|s| s.slice(0, row..row + 1).squeeze(0))
            .collect();
        C::State::from_vars(&vars)
    };
    let initial: Option<Vec<_>> = (0..rows).map(state).collect();
    let run = layers.run(
        &leaves.take(),
        x,
        lengths,
        initial.as_deref(),
        Mode::Evaluate,
    );
    let finals = run.finals();
    let variables = 0..finals[0].as_slice().len();
    let finals = variables.map(|i| {
        let parts: Vec<_> = finals.iter().map(|s| s.as_slice()[i]).collect();
        stack(&parts, 0)
    });
    (run.output(), finals.collect())
}
