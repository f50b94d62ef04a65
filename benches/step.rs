//! The training steps that every framework is timed on: forward over T steps, a scalar loss,
//! gradients of all parameters, an update.
//!
//! Of the configurations in `peers/settings.txt` the first letter is the cell. The loss is the mean of the
//! squares of the last hidden state, in which a long sequence's gradient vanishes; those with `a`
//! take the hidden states of all steps, where it does not. `E3` reads characters and predicts the
//! next one at each step: a readout and softmax cross entropy.

use std::fmt;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::optim::{Optimizer, Sgd};
use wengert_rnn::train::{Loss, Model, Shards};
use wengert_rnn::{Activation, Cell, Elman, Gru, Leaves, Lengths, Linear, Lstm, Params, unroll};
use wengert_tape::{Tape, Var};

use crate::own_lstm::OwnLstm;
use crate::protocol::{self, RATE};

/// The cell of a configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The simple recurrent network with tanh.
    Elman,
    /// Long short-term memory.
    Lstm,
    /// Long short-term memory as a user writes it, of plain operations.
    OwnLstm,
    /// The gated recurrent unit.
    Gru,
}

/// What the loss is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// Mean of the squares of the last hidden state.
    Last,
    /// Mean of the squares of all hidden states.
    All,
    /// Cross entropy at each step, in nats, of as many classes as there are inputs.
    Classes,
}

/// One configuration.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in tables.
    pub name: &'static str,
    /// The cell.
    pub kind: Kind,
    /// Samples B.
    pub batch: usize,
    /// Steps T.
    pub steps: usize,
    /// Features of an input I.
    pub inputs: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// What the loss is of.
    pub over: Over,
}

impl From<protocol::Setting> for Setting {
    fn from(setting: protocol::Setting) -> Self {
        let protocol::Setting {
            name,
            cell,
            batch,
            steps,
            inputs,
            hidden,
            over,
        } = setting;
        let kind = match cell {
            "elman" => Kind::Elman,
            "gru" => Kind::Gru,
            _ if name.ends_with("own") => Kind::OwnLstm,
            _ => Kind::Lstm,
        };
        let over = match over {
            "last" => Over::Last,
            "all" => Over::All,
            _ => Over::Classes,
        };
        Self {
            name,
            kind,
            batch,
            steps,
            inputs,
            hidden,
            over,
        }
    }
}

impl Setting {
    /// All configurations.
    pub fn all() -> impl Iterator<Item = Self> {
        protocol::Setting::all().map(Self::from)
    }

    /// The configuration of this name.
    pub fn find(name: &str) -> Option<Self> {
        protocol::Setting::find(name).map(Self::from)
    }

    /// Rows of `weight_ih` for each hidden unit.
    pub fn gates(&self) -> usize {
        match self.kind {
            Kind::Elman => 1,
            Kind::Gru => 3,
            Kind::Lstm | Kind::OwnLstm => 4,
        }
    }

    /// Floating-point operations of the products of one step, forward and backward: the input's and
    /// the hidden state's, and the gradients by hidden state and weights. Inputs have no gradient.
    pub fn flops(&self) -> f64 {
        let Self {
            batch,
            steps,
            inputs,
            hidden,
            ..
        } = *self;
        let rows = (batch * steps) as f64;
        let mut products = 2 * inputs * self.gates() * hidden + 3 * hidden * self.gates() * hidden;
        if self.over == Over::Classes {
            products += 3 * hidden * inputs;
        }
        2.0 * rows * products as f64
    }

    /// Parameters in the order of PyTorch: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, then
    /// those of the readout if there is one.
    pub fn parameters(&self) -> usize {
        let rows = self.gates() * self.hidden;
        let cell = rows * (self.inputs + self.hidden + 2);
        let readout = if self.over == Over::Classes {
            self.inputs * (self.hidden + 1)
        } else {
            0
        };
        cell + readout
    }

    /// Random parameters and inputs [T, B, I], between plus and minus 1/sqrt(H) and between -1 and
    /// 1; or if classes are read, one-hot inputs and the class of the next step as target, [T, B].
    pub fn draw(&self, seed: u64) -> Data {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bound = 1.0 / (self.hidden as f32).sqrt();
        let params = (0..self.parameters()).map(|_| rng.random_range(-bound..bound));
        let params = params.collect();
        let rows = self.steps * self.batch;
        if self.over != Over::Classes {
            let x = (0..rows * self.inputs).map(|_| rng.random_range(-1.0..1.0));
            let (x, targets) = (x.collect(), Vec::new());
            return Data { params, x, targets };
        }
        let classes = (0..rows + self.batch).map(|_| rng.random_range(0..self.inputs));
        let classes: Vec<usize> = classes.collect();
        let mut x = vec![0.0; rows * self.inputs];
        for (row, class) in classes[..rows].iter().enumerate() {
            x[row * self.inputs + class] = 1.0;
        }
        let targets = classes[self.batch..].to_vec();
        Data { params, x, targets }
    }

    /// A network with these parameters and inputs, in `shards` equal shards of the batch.
    ///
    /// # Panics
    /// If the batch does not divide.
    pub fn training(&self, data: &Data, shards: usize) -> Box<dyn Training> {
        let (inputs, hidden) = (self.inputs, self.hidden);
        match self.kind {
            Kind::Elman => {
                self.with_cell(Elman::new(inputs, hidden, Activation::Tanh), data, shards)
            }
            Kind::Lstm => self.with_cell(Lstm::new(inputs, hidden), data, shards),
            Kind::OwnLstm => self.with_cell(OwnLstm { inputs, hidden }, data, shards),
            Kind::Gru => self.with_cell(Gru::new(inputs, hidden), data, shards),
        }
    }

    fn with_cell<C>(&self, cell: C, data: &Data, shards: usize) -> Box<dyn Training>
    where
        C: Cell<f32> + Send + Sync + 'static,
    {
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        let readout = Linear::new(self.hidden, self.inputs);
        let mut params = cell.init(rng);
        if self.over == Over::Classes {
            params = params.with_part("readout.", readout.init(rng));
        }
        params.values_mut().copy_from_slice(&data.params);
        let batch = self.batch / shards;
        assert_eq!(batch * shards, self.batch, "{self}: equal shards");
        let samples = |x: &[f32], width: usize, shard: usize| -> Vec<f32> {
            let steps = x.chunks(self.batch * width);
            let rows = shard * batch * width..(shard + 1) * batch * width;
            steps.flat_map(|step| step[rows.clone()].to_vec()).collect()
        };
        let part = |shard| Part {
            x: samples(&data.x, self.inputs, shard),
            targets: data
                .targets
                .chunks(self.batch)
                .flat_map(|step| step[shard * batch..(shard + 1) * batch].to_vec())
                .collect(),
        };
        Box::new(Run {
            optimizer: Sgd::new(RATE, params.len()),
            params,
            parts: (0..shards).map(part).collect(),
            shards: Shards::new(1),
            network: Network {
                cell,
                readout,
                over: self.over,
                lengths: Lengths::equal(self.steps, batch),
            },
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            batch,
            steps,
            inputs,
            hidden,
            ..
        } = self;
        write!(f, "{name} (B {batch}, T {steps}, I {inputs}, H {hidden})")
    }
}

/// Parameters and a batch.
#[derive(Clone, Debug)]
pub struct Data {
    /// All parameters, one behind the other.
    pub params: Vec<f32>,
    /// Inputs, [T, B, I].
    pub x: Vec<f32>,
    /// The classes to predict, [T, B], if there are any.
    pub targets: Vec<usize>,
}

/// A network in training.
pub trait Training: Send {
    /// Takes one step; returns the loss before it.
    fn step(&mut self) -> f64;
}

struct Run<C> {
    network: Network<C>,
    params: Params<f32>,
    optimizer: Sgd<f32>,
    shards: Shards<f32>,
    parts: Vec<Part>,
}

/// A shard of the batch.
struct Part {
    x: Vec<f32>,
    targets: Vec<usize>,
}

struct Network<C> {
    cell: C,
    readout: Linear,
    over: Over,
    lengths: Lengths,
}

impl<C: Cell<f32> + Send + Sync> Training for Run<C> {
    fn step(&mut self) -> f64 {
        let batch: Vec<&Part> = self.parts.iter().collect();
        let mean = self
            .shards
            .mean(&self.network, &self.params, &batch, [0, 0])
            .expect("finite losses");
        self.optimizer
            .step(self.params.values_mut(), &mean.gradient);
        mean.loss
    }
}

impl<C: Cell<f32> + Sync> Model<f32> for Network<C> {
    type Example = Part;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Part],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let [Part { x, targets }] = shard else {
            unreachable!("shards of one part")
        };
        let (lengths, inputs) = (&self.lengths, self.cell.inputs());
        let rows = lengths.height();
        let x = tape.constant([rows, inputs], x);
        let run = unroll(&self.cell, &leaves.take(), x, lengths, None);
        let squares = |h: Var<'t, f32>| h.square().sum() / h.shape().dims()[1] as f64;
        match self.over {
            Over::Last => {
                let h = run.hidden()[lengths.steps() - 1];
                Loss::of_sum(squares(h), lengths.batch())
            }
            Over::All => {
                let sums = run.hidden().into_iter().map(squares);
                let sum = sums.reduce(|a, b| a + b).expect("at least one step");
                Loss::of_sum(sum, rows)
            }
            Over::Classes => {
                let logits = self.readout.apply(&leaves.take(), run.output());
                let losses = CrossEntropy::new().of(logits, targets);
                Loss::of_sum(losses.sum(), rows)
            }
        }
    }
}
