//! One network from one seed: trained on a stream, then tested on others.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::cells::MemoryBlocks;
use wengert_rnn::init;

use super::network::Network;
use super::{Config, Kind};
use crate::fit::mean;
use crate::random::{Purpose, stream};
use crate::tasks::continual_reber::{ContinualReber, Legal, SYMBOLS};
use crate::trials::{Outcome, Watch};

/// Blocks, and cells of each.
const BLOCKS: usize = 4;
const SIZE: usize = 2;
/// Initial biases of input and output gates, and published ones of forget gates.
const CLOSED: [f64; BLOCKS] = [-0.5, -1.0, -1.5, -2.0];
const OPEN: [f64; BLOCKS] = [0.5, 1.0, 1.5, 2.0];
/// The symbols T and P, of which one must come again.
const ARMS: [usize; 2] = [1, 2];

/// What a network came to.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The part of strings whose second symbol is remembered to the end.
    pub remembered: f64,
    /// Symbols read before the first wrong prediction, in the mean over streams.
    pub symbols: f64,
    pub weights: f64,
    /// Norms of the memories at symbols 1, 2, 4 ... of a stream, means since the point before.
    pub norms: Vec<f64>,
}

impl Measured {
    fn into_outcome(self) -> Outcome {
        let head = [self.remembered, self.symbols, self.weights];
        [&head[..], &self.norms].concat()
    }

    pub fn of(outcome: &[f64]) -> Self {
        Self {
            remembered: outcome[0],
            symbols: outcome[1],
            weights: outcome[2],
            norms: outcome[3..].to_vec(),
        }
    }

    /// The norm at the end of the stream over that of its first strings.
    pub fn drift(&self) -> f64 {
        // From symbol 17 to 64: strings have 12.
        let early = mean(&self.norms[5..7.min(self.norms.len())]);
        self.late() / early
    }

    /// The norm at the end of the stream.
    pub fn late(&self) -> f64 {
        self.norms.last().copied().unwrap_or(f64::NAN)
    }
}

fn cell(config: &Config, kind: Kind, seed: u64) -> MemoryBlocks {
    let cell = MemoryBlocks::new(SYMBOLS, BLOCKS, SIZE)
        .with_input_biases(&CLOSED)
        .with_output_biases(&CLOSED);
    let forgetting = |biases: &[f64]| cell.clone().with_forget_gates().with_forget_biases(biases);
    match kind {
        Kind::None => cell,
        Kind::Published => forgetting(&OPEN),
        Kind::Zero => forgetting(&[0.0; BLOCKS]),
        Kind::One => forgetting(&[1.0; BLOCKS]),
        Kind::Five => forgetting(&[5.0; BLOCKS]),
        Kind::Chrono => {
            let mut keep = [0.0; BLOCKS];
            init::chrono(
                &mut keep,
                config.chrono,
                &mut stream(seed, Purpose::Direction),
            );
            forgetting(&keep).with_input_biases(&keep.map(|bias| -bias))
        }
    }
}

/// Trains and tests one network.
pub(super) fn measure(config: &Config, kind: Kind, seed: u64, watch: Watch) -> Result<Outcome> {
    let cell = cell(config, kind, seed);
    let mut network = Network::new(cell, config.rate, &mut stream(seed, Purpose::Weights));
    let mut examples = stream(seed, Purpose::Examples);
    let mut left = config.symbols;
    while left > config.stride {
        let mut training = strings(&mut examples, left);
        let mut last = training.next().expect("more is left");
        network.reset();
        loop {
            watch.check()?;
            let more: Vec<(usize, Legal)> = training.by_ref().take(config.stride).collect();
            left -= more.len();
            if more.len() < config.stride {
                left = 0;
                break;
            }
            let next: Vec<usize> = more.iter().map(|(symbol, _)| *symbol).collect();
            let (symbols, legal): (Vec<usize>, Vec<Legal>) = [&[last], &more[..config.stride - 1]]
                .concat()
                .into_iter()
                .unzip();
            last = more[config.stride - 1];
            let right = network.learn(&symbols, &legal, &next, config.window);
            if config.restart && !right {
                break;
            }
        }
    }
    let mut test = stream(seed, Purpose::Test);
    let mut symbols = Vec::new();
    for _ in 0..config.streams {
        watch.check()?;
        let mut read = 0;
        network.read(strings(&mut test, config.longest), |answer, legal| {
            read += 1;
            answer.is_right(legal)
        });
        symbols.push(f64::from(read));
    }
    let (mut norms, mut since) = (Vec::new(), Vec::new());
    let (mut arms, mut right, mut read) = (0.0, 0.0, 0usize);
    network.read(
        strings(&mut test, 1 << config.doublings),
        |answer, legal| {
            read += 1;
            since.push(answer.norm);
            if read.is_power_of_two() {
                norms.push(mean(&since));
                since.clear();
            }
            if let Some(arm) = only_arm(legal) {
                let [t, p] = ARMS.map(|symbol| answer.y[symbol]);
                arms += 1.0;
                right += f64::from(u8::from((t > p) == (arm == ARMS[0])));
            }
            true
        },
    );
    let measured = Measured {
        remembered: right / arms,
        symbols: mean(&symbols),
        weights: network.weights() as f64,
        norms,
    };
    Ok(measured.into_outcome())
}

/// A test stream of so many symbols.
fn strings(rng: &mut ChaCha8Rng, symbols: usize) -> impl Iterator<Item = (usize, Legal)> {
    let own = ChaCha8Rng::seed_from_u64(rng.random());
    ContinualReber::new(own).take(symbols)
}

/// The one symbol that may come, if it is T or P: the second of the string, again.
fn only_arm(legal: Legal) -> Option<usize> {
    let count = legal.iter().filter(|may| **may).count();
    ARMS.into_iter().find(|&arm| count == 1 && legal[arm])
}
