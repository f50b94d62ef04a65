//! The gradients of one network by each method.

use rand::RngExt;
use rayon::prelude::*;
use wengert_rnn::instruments::{Rollout, bptt, rtrl, snap1, truncated_bptt, uoro};
use wengert_rnn::{Activation, Cell, Elman, Gru, IndRnn, Lru, Lstm, MinGru, Params, init, norm};

use super::Config;
use super::task::Recall;
use crate::random::{Purpose, stream};

/// Estimates that a stream of random signs is for.
const BLOCK: usize = 64;

/// A kind of cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Elman,
    Gru,
    Lstm,
    IndRnn,
    MinGru,
    Lru,
}

/// What became of one network's gradient.
pub(super) struct Exactness {
    pub kind: Kind,
    /// The largest difference of real-time recurrent learning from back-propagation, over the largest
    /// element.
    pub rtrl: f64,
    /// That of SnAp-1.
    pub snap1: f64,
    /// Cosine of SnAp-1 to back-propagation.
    pub snap1_cosine: f64,
    /// Cosines of back-propagation truncated to each window.
    pub truncated: Vec<f64>,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::Elman,
        Self::Gru,
        Self::Lstm,
        Self::Lru,
        Self::IndRnn,
        Self::MinGru,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Elman => "Elman",
            Self::Gru => "GRU",
            Self::Lstm => "LSTM",
            Self::IndRnn => "IndRNN",
            Self::MinGru => "minGRU",
            Self::Lru => "LRU",
        }
    }

    /// Whether each feature of the state goes on by itself.
    pub fn is_elementwise(self) -> bool {
        matches!(self, Self::IndRnn | Self::MinGru)
    }

    pub fn exactness(self, config: &Config, seed: u64) -> Exactness {
        let hidden = config.hidden;
        match self {
            Self::Elman => {
                let cell = Elman::new(1, hidden, Activation::Tanh);
                self.measure(&cell, &elman(&cell, hidden, seed), config, seed)
            }
            Self::Gru => self.drawn(&Gru::new(1, hidden), config, seed),
            Self::Lstm => self.drawn(&Lstm::new(1, hidden), config, seed),
            Self::IndRnn => self.drawn(&IndRnn::new(1, hidden), config, seed),
            Self::MinGru => self.drawn(&MinGru::new(1, hidden), config, seed),
            Self::Lru => self.drawn(&Lru::new(1, hidden), config, seed),
        }
    }

    fn drawn<C: Cell<f64>>(self, cell: &C, config: &Config, seed: u64) -> Exactness {
        let params = cell.init(&mut stream(seed, Purpose::Weights));
        self.measure(cell, &params, config, seed)
    }

    fn measure<C: Cell<f64>>(
        self,
        cell: &C,
        params: &Params<f64>,
        config: &Config,
        seed: u64,
    ) -> Exactness {
        let (inputs, readout) = sequence(config.steps, config.hidden, seed);
        let rollout = Rollout::new(cell, params, &inputs, 1);
        let (inputs, readout) = (&inputs[..], &readout[..]);
        let loss = Recall { inputs, readout };
        let full = bptt(&rollout, &loss);
        let direct = snap1(&rollout, &loss);
        let truncated = config.windows.iter().map(|window| {
            let truncated = truncated_bptt(&rollout, &loss, *window);
            cosine(truncated.values(), full.values())
        });
        Exactness {
            kind: self,
            rtrl: difference(rtrl(&rollout, &loss).values(), full.values()),
            snap1: difference(direct.values(), full.values()),
            snap1_cosine: cosine(direct.values(), full.values()),
            truncated: truncated.collect(),
        }
    }
}

/// Estimates of one network's gradient by UORO.
pub(super) struct Estimates {
    gradient: Vec<f64>,
    pub all: Vec<Vec<f64>>,
}

/// Of an Elman network, on a sequence of so many steps.
pub(super) fn estimates(config: &Config, steps: usize, count: usize, seed: u64) -> Estimates {
    let cell = Elman::new(1, config.hidden, Activation::Tanh);
    let params = elman(&cell, config.hidden, seed);
    let (inputs, readout) = sequence(steps, config.hidden, seed);
    let block = |block: usize| -> Vec<Vec<f64>> {
        let rollout = Rollout::new(&cell, &params, &inputs, 1);
        let (inputs, readout) = (&inputs[..], &readout[..]);
        let loss = Recall { inputs, readout };
        // A part of the stream of its own, whatever thread this runs on; the first is the readout.
        let mut signs = stream(seed, Purpose::Direction);
        signs.set_word_pos((block as u128 + 1) << 32);
        let one = |_| uoro(&rollout, &loss, || signs.random()).values().to_vec();
        (0..BLOCK.min(count - block * BLOCK)).map(one).collect()
    };
    let blocks: Vec<_> = (0..count.div_ceil(BLOCK))
        .into_par_iter()
        .map(block)
        .collect();
    let rollout = Rollout::new(&cell, &params, &inputs, 1);
    let (inputs, readout) = (&inputs[..], &readout[..]);
    Estimates {
        gradient: bptt(&rollout, &Recall { inputs, readout })
            .values()
            .to_vec(),
        all: blocks.concat(),
    }
}

impl Estimates {
    /// The root mean square error of the means of n estimates each, over the norm of the gradient, and
    /// the mean cosine to it.
    pub fn of_means(&self, n: usize) -> (f64, f64) {
        let (mut squares, mut cosines, mut groups) = (0.0, 0.0, 0.0);
        for group in self.all.chunks_exact(n) {
            let mean = mean_of(group);
            squares += distance(&mean, &self.gradient).powi(2);
            cosines += cosine(&mean, &self.gradient);
            groups += 1.0;
        }
        let error = (squares / groups).sqrt() / norm(&self.gradient);
        (error, cosines / groups)
    }

    /// The mean square distance of an estimate from the gradient.
    pub fn variance(&self) -> f64 {
        self.of_means(1).0.powi(2) * self.gradient_squared()
    }

    /// The square of the norm of the gradient.
    pub fn gradient_squared(&self) -> f64 {
        norm(&self.gradient).powi(2)
    }

    /// The distance of the mean of all from the gradient in standard errors of the mean.
    pub fn bias(&self) -> f64 {
        let mean = mean_of(&self.all);
        let squares = self.all.iter().map(|one| distance(one, &mean).powi(2));
        let count = self.all.len() as f64;
        let error = (squares.sum::<f64>() / (count * (count - 1.0))).sqrt();
        distance(&mean, &self.gradient) / error
    }
}

/// The network whose recurrent matrix is Gaussian with a spectral radius of 1.
fn elman(cell: &Elman, hidden: usize, seed: u64) -> Params<f64> {
    let mut weights = stream(seed, Purpose::Weights);
    let mut params = cell.init(&mut weights);
    let w_hh = params.get_mut("weight_hh_l0");
    init::gaussian(w_hh, 1.0, hidden, &mut weights);
    init::scale_to_radius(w_hh, 1.0);
    params
}

/// Inputs, and a readout whose answers are of their size.
fn sequence(steps: usize, hidden: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let (mut inputs, mut readout) = (vec![0.0; steps], vec![0.0; hidden]);
    init::gaussian(&mut inputs, 1.0, 1, &mut stream(seed, Purpose::Inputs));
    init::gaussian(
        &mut readout,
        1.0,
        hidden,
        &mut stream(seed, Purpose::Direction),
    );
    (inputs, readout)
}

fn mean_of(vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut mean = vec![0.0; vectors[0].len()];
    for vector in vectors {
        mean.iter_mut().zip(vector).for_each(|(m, x)| *m += x);
    }
    mean.iter().map(|m| m / vectors.len() as f64).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    product / (norm(a) * norm(b))
}

/// The largest difference of an element, over the largest element expected.
fn difference(found: &[f64], expected: &[f64]) -> f64 {
    let largest = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let pairs = found.iter().zip(expected);
    let apart = pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
    apart / largest
}
