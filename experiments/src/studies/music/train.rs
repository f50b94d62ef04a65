//! Training on transposed windows, and what it is measured by.

use anyhow::Result;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Adam, Cell};

use super::Config;
use super::keyboard::Chord;
use super::model::Network;
use super::pieces::{Pieces, whole, window};
use super::score::Score;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Best, Drawn, Trained, Training};

/// Measurements in a training.
const POINTS: u64 = 20;

/// Trains the network on windows drawn from the pieces, transposed, and keeps the parameters at which
/// the validation pieces took the fewest bits.
pub(super) fn learn<C: Cell<f32> + Sync>(
    config: &Config,
    run: &mut Run,
    pieces: &Pieces,
    network: Network<C>,
) -> Result<Trained<f32>> {
    let params = network.init(&mut stream(config.seed, Purpose::Weights));
    let adam = Adam::new(config.rate, params.len());
    let mut trainer = Trainer::new(network, params, adam, config.seed)
        .with_shard(8)
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(config.steps, 0.01));
    let shifts = |piece: &Vec<Chord>| pieces.keyboard.transpositions(piece, config.transpose);
    let shifts: Vec<Vec<i32>> = pieces.train.iter().map(shifts).collect();
    let lengths = pieces.train.iter().map(Vec::len);
    let ends: Vec<usize> = lengths
        .scan(0, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect();
    let total = ends.last().copied().unwrap_or_default();
    // Pieces by their lengths, and in a piece every window alike.
    let draw = |rng: &mut ChaCha8Rng| {
        let at = rng.random_range(0..total);
        let piece = ends.partition_point(|end| *end <= at);
        let shift = shifts[piece][rng.random_range(0..shifts[piece].len())];
        let piece = &pieces.train[piece];
        let start = rng.random_range(0..=piece.len().saturating_sub(config.window));
        window(piece, start, config.window, shift)
    };
    let mut supply = Drawn::new(config.batch, config.seed, draw);
    let every = config.steps.div_ceil(POINTS);
    let validation = whole(&pieces.validation);
    Training::new("network", config.steps, every)
        .keep("validation_bits", Best::Lowest)
        .run(run, &mut trainer, &mut supply, |network, params| {
            let losses = network.losses(params, &validation);
            let bits = Score::new(&pieces.validation, &losses).bits();
            Ok(vec![("validation_bits", bits)])
        })
}
