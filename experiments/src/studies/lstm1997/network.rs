//! A network that learns sequence by sequence: any cell, sigmoid outputs, half the squared error, plain
//! gradient descent along the full gradient through time.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Cell, FromVars, Leaves, Lengths, Optimizer, Params, Sgd, Vars, init, unroll_with,
};
use wengert_tape::{Tape, Var, concat};

use super::examples::Example;

/// What a network is, around its cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// Features of the hidden state.
    pub hidden: usize,
    pub outputs: usize,
    /// Whether inputs have connections to the outputs of their own.
    pub direct: bool,
    /// Whether outputs have biases.
    pub biased: bool,
    /// Initial weights of the readout are uniform between plus and minus this.
    pub scale: f64,
    /// Whether weights change after every step with a target, or once after a sequence.
    pub online: bool,
    /// The variable of the state that alone carries errors back from step to step; none: all do.
    pub carrier: Option<usize>,
}

pub(super) struct Network<C> {
    cell: C,
    form: Form,
    params: Params<f32>,
    sgd: Sgd<f32>,
    tape: Tape<f32>,
}

impl<C: Cell<f32>> Network<C> {
    pub fn new(cell: C, form: Form, rate: f64, rng: &mut ChaCha8Rng) -> Self {
        let uniform = |w: &mut [f32], rng: &mut ChaCha8Rng| init::uniform(w, form.scale, rng);
        let of_cell = cell.init(rng);
        let mut readout =
            Params::new().with("weight", [form.outputs, form.hidden], |w| uniform(w, rng));
        if form.biased {
            readout = readout.with("bias", [form.outputs], |w| uniform(w, rng));
        }
        if form.direct {
            let shape = [form.outputs, cell.inputs()];
            readout = readout.with("direct", shape, |w| uniform(w, rng));
        }
        let params = Params::new()
            .with_part("cell.", of_cell)
            .with_part("readout.", readout);
        Self {
            cell,
            form,
            sgd: Sgd::new(rate, params.len()),
            params,
            tape: Tape::new(),
        }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.params.len()
    }

    /// Learns from one sequence; returns whether all outputs were right before the weights changed.
    pub fn learn(&mut self, example: &Example) -> bool {
        let rows = example.rows(self.form.outputs);
        let each = if self.form.online { 1 } else { rows };
        let starts = (0..rows).step_by(each);
        // No short circuit: all rows are learnt from.
        starts.fold(true, |right, row| {
            self.descend(example, row..row + each) & right
        })
    }

    /// Takes a step down the error of some rows of targets.
    fn descend(&mut self, example: &Example, rows: Range<usize>) -> bool {
        self.tape.reset();
        let mut leaves = self.params.bind(&self.tape);
        let y = self.outputs(&mut leaves, example, rows.clone());
        let targets = example.targets_of(rows.clone(), self.form.outputs);
        let targets = self.tape.constant(y.shape(), targets);
        ((y - targets).square().sum() * 0.5).backward();
        let gradient = leaves.gradient();
        let right = y.with(|y| example.is_right(y, rows));
        self.sgd.step(self.params.values_mut(), &gradient);
        right
    }

    /// Whether all outputs for a sequence are right.
    pub fn is_right(&mut self, example: &Example) -> bool {
        self.tape.reset();
        let mut leaves = self.params.bind(&self.tape);
        let rows = 0..example.rows(self.form.outputs);
        let y = self.outputs(&mut leaves, example, rows.clone());
        y.with(|y| example.is_right(y, rows))
    }

    /// The outputs for some rows of targets, which belong to the last steps.
    fn outputs<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
        example: &Example,
        rows: Range<usize>,
    ) -> Var<'t, f32> {
        let (form, inputs) = (self.form, self.cell.inputs());
        let before = example.steps - example.rows(form.outputs);
        let (first, steps) = (before + rows.start, before + rows.end);
        let w = leaves.take();
        let x = leaves.vars()[0].tape();
        let x = x.constant([steps, inputs], &example.x[..steps * inputs]);
        let mut hidden = Vec::with_capacity(steps);
        unroll_with(&self.cell, &w, x, &Lengths::equal(steps, 1), None, |step| {
            hidden.push(step.after.as_slice()[0]);
            let mut part = 0..;
            step.after.map(|s| match form.carrier {
                Some(carrier) if part.next() != Some(carrier) => s.detach(),
                _ => s,
            })
        });
        let hidden = match hidden[first..] {
            [only] => only,
            ref several => concat(several, 0),
        };
        let readout: Readout<'t> = leaves.take();
        let zero = hidden.tape().scalar(0.0);
        let bias = readout.bias.unwrap_or(zero);
        let net = match readout.direct {
            Some(u) => hidden.linear2(readout.weight.t(), x.rows(first..steps), u.t(), bias),
            None => hidden.linear(readout.weight.t(), bias),
        };
        net.sigmoid()
    }
}

/// The weights of the outputs.
struct Readout<'t> {
    weight: Var<'t, f32>,
    bias: Option<Var<'t, f32>>,
    direct: Option<Var<'t, f32>>,
}

impl<'t> FromVars<'t, f32> for Readout<'t> {
    fn from_vars(vars: &[Var<'t, f32>]) -> Option<Self> {
        let (&weight, rest) = vars.split_first()?;
        let of_rank = |rank: usize| rest.iter().copied().find(|var| var.shape().rank() == rank);
        Some(Self {
            weight,
            bias: of_rank(1),
            direct: of_rank(2),
        })
    }
}
