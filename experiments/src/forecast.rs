//! Forecasting on the tape: a recurrent network that reads a series and says at each step what comes.
//!
//! ```text
//! h_t = gru(u_t, h_{t-1}),    y_t = W h_t + A u_t + b
//! ```
//!
//! u_t is what is known at step t. The direct path A makes every linear regression on u_t a network
//! too (Lai et al. 2018). W and A start from 0, so that training starts from the forecast y = 0.

use std::ops::Range;

use anyhow::{Result, ensure};
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::{gaussian_nll, huber};
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::{Loss, Model, Trainer};
use wengert_rnn::{Adam, Cell, Gru, Leaves, Lengths, Linear, Params, unroll};
use wengert_tape::{Tape, Var};

use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Best, Drawn, Trained, Training};

/// Windows evaluated at once.
const BLOCK: usize = 64;
/// Times that a training is measured.
const MEASUREMENTS: u64 = 40;
/// Networks have seeds so far apart that no two runs share one.
const APART: u64 = 1 << 32;

/// A stretch of a series: so many steps to read, the last of which are steps to forecast from.
#[derive(Clone, PartialEq, Debug)]
pub struct Window {
    /// What is known at each step, step after step.
    pub inputs: Vec<f32>,
    /// What should be forecast at each of the last steps, step after step.
    pub targets: Vec<f32>,
}

/// What the forecasts of a network are, and what they are trained by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Objective {
    /// Numbers; the loss is Huber's with delta 1.
    Numbers(usize),
    /// One number under a normal distribution: its mean and the logarithm of its variance; the loss
    /// is the negative log density.
    Normal,
}

impl Objective {
    /// Targets of a step.
    pub fn targets(self) -> usize {
        match self {
            Self::Numbers(count) => count,
            Self::Normal => 1,
        }
    }

    /// Outputs of a step.
    pub fn outputs(self) -> usize {
        match self {
            Self::Numbers(count) => count,
            Self::Normal => 2,
        }
    }
}

/// How a network is trained: Adam, at a rate that falls along a cosine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Recipe {
    /// Steps of the optimiser.
    pub steps: u64,
    /// Windows of a step.
    pub batch: usize,
    /// Learning rate at the start.
    pub rate: f64,
    /// Decay of the weights, decoupled from the gradient (Loshchilov & Hutter 2019).
    pub decay: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Seed of weights, windows and noise.
    pub seed: u64,
}

impl Recipe {
    /// The recipe of one of several networks, with a seed of its own.
    pub fn of_member(self, member: usize) -> Self {
        let seed = self.seed.wrapping_add((member as u64).wrapping_mul(APART));
        Self { seed, ..self }
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Forecaster {
    cell: Gru,
    readout: Linear,
    direct: Linear,
    inputs: usize,
    objective: Objective,
    dropout: f64,
}

impl Forecaster {
    /// Of `hidden` units over `inputs` numbers a step; `dropout` of the state before the readout.
    pub fn new(inputs: usize, hidden: usize, objective: Objective, dropout: f64) -> Self {
        Self {
            cell: Gru::new(inputs, hidden),
            readout: Linear::new(hidden, objective.outputs()),
            direct: Linear::new(inputs, objective.outputs()),
            inputs,
            objective,
            dropout,
        }
    }

    /// Learns windows that `draw` draws, as the training `name` of the run. What `validate` makes of
    /// parameters comes with its names; the parameters are kept at which the first of them is lowest.
    ///
    /// # Errors
    /// As [`Training::run`].
    pub fn learn<const MEASURES: usize>(
        &self,
        run: &mut Run,
        name: &str,
        recipe: Recipe,
        draw: impl FnMut(&mut ChaCha8Rng) -> Window,
        names: [&'static str; MEASURES],
        validate: impl Fn(&Params<f32>) -> Result<[f64; MEASURES]>,
    ) -> Result<Trained<f32>> {
        let params = self.init(&mut stream(recipe.seed, Purpose::Weights));
        let adam = Adam::new(recipe.rate, params.len()).with_decoupled_decay(recipe.decay);
        let average = Average::corrected(0.95, params.len());
        let mut trainer = Trainer::new(self.clone(), params, adam, recipe.seed)
            .with_clip(Clip::by_norm(recipe.clip))
            .with_average(average)
            .with_schedule(schedule::cosine(recipe.steps, 0.05));
        let mut supply = Drawn::new(recipe.batch, recipe.seed, draw);
        let every = recipe.steps.div_ceil(MEASUREMENTS);
        Training::new(name, recipe.steps, every)
            .keep(names[0], Best::Lowest)
            .run(run, &mut trainer, &mut supply, |_, params| {
                Ok(names.into_iter().zip(validate(params)?).collect())
            })
    }

    /// Fresh parameters.
    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let cell: Params<f32> = self.cell.init(rng);
        let mut params = cell
            .with_part("readout.", self.readout.init(rng))
            .with_part("direct.", self.direct.init(rng));
        for name in [
            "readout.weight",
            "readout.bias",
            "direct.weight",
            "direct.bias",
        ] {
            params.get_mut(name).fill(0.0);
        }
        params
    }

    /// The forecasts of each window at its last steps, step after step: as many steps as `scored`.
    ///
    /// # Errors
    /// When one is not finite.
    pub fn forecasts(
        &self,
        params: &Params<f32>,
        windows: &[Window],
        scored: usize,
    ) -> Result<Vec<Vec<f32>>> {
        let blocks: Vec<Vec<Vec<f32>>> = windows
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let block: Vec<&Window> = block.iter().collect();
                let mut leaves = params.bind(&tape);
                let y = self.outputs(&tape, &mut leaves, &block, scored, &mut Mode::Evaluate);
                let y = y.to_vec();
                let finite = y.iter().all(|y| y.is_finite());
                ensure!(finite, "a forecast is not finite; lower the learning rate");
                Ok(by_window(&y, block.len(), self.objective.outputs()))
            })
            .collect::<Result<_>>()?;
        Ok(blocks.concat())
    }

    /// The forecasts from each of the `origins`, by windows that are read up to an end and scored at
    /// their last steps. The last window ends with the last origin, and forecasts some again.
    ///
    /// # Errors
    /// As [`Forecaster::forecasts`].
    pub fn from_origins(
        &self,
        params: &Params<f32>,
        origins: &Range<usize>,
        scored: usize,
        window_before: impl Fn(usize) -> Window,
    ) -> Result<Vec<Vec<f64>>> {
        let firsts = origins.clone().step_by(scored);
        let ends: Vec<usize> = firsts
            .map(|first| (first + scored).min(origins.end))
            .collect();
        let windows: Vec<Window> = ends.iter().map(|&end| window_before(end)).collect();
        let mut rows = vec![Vec::new(); origins.len()];
        for (&end, window) in ends.iter().zip(self.forecasts(params, &windows, scored)?) {
            let steps = end - scored..end;
            for (origin, row) in steps.zip(window.chunks(self.objective.outputs())) {
                if origins.contains(&origin) {
                    rows[origin - origins.start] = row.iter().map(|&y| f64::from(y)).collect();
                }
            }
        }
        Ok(rows)
    }

    /// The outputs at the last `scored` steps of windows of one length: row t B + b is that of step t
    /// of window b.
    fn outputs<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        windows: &[&Window],
        scored: usize,
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let batch = windows.len();
        let steps = windows[0].inputs.len() / self.inputs;
        let inputs: Vec<&[f32]> = windows.iter().map(|window| &window.inputs[..]).collect();
        let x = tape.constant([steps * batch, self.inputs], &by_step(&inputs, self.inputs));
        let (cell, readout, direct) = (leaves.take(), leaves.take(), leaves.take());
        let states = unroll(&self.cell, &cell, x, &Lengths::equal(steps, batch), None).output();
        let last = (steps - scored) * batch..steps * batch;
        let states = states.rows(last.clone());
        let states = dropout(states, &Lengths::equal(scored, batch), self.dropout, mode);
        self.readout.apply(&readout, states) + self.direct.apply(&direct, x.rows(last))
    }
}

impl Model<f32> for Forecaster {
    type Example = Window;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Window],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let width = self.objective.targets();
        let scored = shard[0].targets.len() / width;
        let y = self.outputs(tape, leaves, shard, scored, &mut Mode::Train(rng));
        let targets: Vec<&[f32]> = shard.iter().map(|window| &window.targets[..]).collect();
        let rows = scored * shard.len();
        let targets = tape.constant([rows, width], &by_step(&targets, width));
        let losses = match self.objective {
            Objective::Numbers(_) => huber(y, targets, 1.0),
            Objective::Normal => {
                let [mean, log_variance] = y.split_cols();
                gaussian_nll(mean, log_variance, targets)
            }
        };
        Loss::of_sum(losses.sum(), rows * width)
    }
}

/// Sequences of equal length of `width` numbers a step, as the rows of a batch: time-major.
fn by_step(sequences: &[&[f32]], width: usize) -> Vec<f32> {
    let steps = sequences[0].len() / width;
    let row = |t: usize| {
        sequences
            .iter()
            .flat_map(move |s| &s[t * width..(t + 1) * width])
    };
    (0..steps).flat_map(row).copied().collect()
}

/// The rows of a batch, as sequences.
fn by_window(rows: &[f32], batch: usize, width: usize) -> Vec<Vec<f32>> {
    let own = |b: usize| rows.chunks(width).skip(b).step_by(batch).flatten().copied();
    (0..batch).map(|b| own(b).collect()).collect()
}
