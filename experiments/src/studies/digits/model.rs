//! The networks: an Elman cell that reads an image row by row, with a readout of its last state; and
//! layers that see all pixels at once.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::Mode;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Activation, Cell, Elman, Leaves, Lengths, Linear, Params, unroll};
use wengert_tape::{Tape, Var};

use crate::baselines::regression::Features;
use crate::classify::{self, Classifier};
use crate::data::digits::{CLASSES, Digit, INK, PIXELS, SIDE};
use crate::dense::Dense;

/// Rate of dropout between the layers that see all pixels.
const DROPOUT: f64 = 0.3;

/// An Elman cell over rows, and an affine readout of its last state.
#[derive(Clone)]
pub(super) struct Rows {
    cell: Elman,
    readout: Linear,
    /// Rows of the smallest crop that training shows.
    shortest: usize,
}

impl Rows {
    pub fn new(hidden: usize, shortest: usize) -> Self {
        Self {
            cell: Elman::new(SIDE, hidden, Activation::Tanh),
            readout: Linear::new(hidden, CLASSES),
            shortest,
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let cell: Params<f32> = self.cell.init(rng);
        cell.with_part("readout.", self.readout.init(rng))
    }
}

/// The rows of an image that are shown, from the top.
struct Crop {
    first: usize,
    rows: usize,
}

impl Crop {
    /// The whole image, or in training a part with at least `shortest` rows.
    fn draw(shortest: usize, mode: &mut Mode<'_>) -> Self {
        let Mode::Train(rng) = mode else {
            return Self {
                first: 0,
                rows: SIDE,
            };
        };
        let rows = rng.random_range(shortest..=SIDE);
        let first = rng.random_range(0..=SIDE - rows);
        Self { first, rows }
    }
}

impl Classifier for Rows {
    type Example = Digit;

    fn classes(&self) -> usize {
        CLASSES
    }

    fn class(image: &Digit) -> usize {
        image.class()
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Digit],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let crops = images.iter().map(|_| Crop::draw(self.shortest, mode));
        let crops: Vec<Crop> = crops.collect();
        let lengths: Vec<usize> = crops.iter().map(|crop| crop.rows).collect();
        let mut rows = vec![0.0; SIDE * images.len() * SIDE];
        for (t, step) in rows.chunks_mut(images.len() * SIDE).enumerate() {
            for ((image, crop), row) in images.iter().zip(&crops).zip(step.chunks_mut(SIDE)) {
                if t < crop.rows {
                    let start = (crop.first + t) * SIDE;
                    ink(&image.pixels[start..start + SIDE], row);
                }
            }
        }
        let x = tape.constant([SIDE * images.len(), SIDE], &rows);
        let lengths = Lengths::ragged(SIDE, images.len(), &lengths);
        let last = unroll(&self.cell, &leaves.take(), x, &lengths, None).last;
        self.readout.apply(&leaves.take(), last)
    }
}

impl Model<f32> for Rows {
    type Example = Digit;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Digit],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        classify::loss(self, tape, leaves, shard, rng)
    }
}

/// Two affine layers with a rectifier between them, over all pixels at once.
#[derive(Clone)]
pub(super) struct Layers {
    dense: Dense,
}

impl Layers {
    pub fn new(hidden: usize) -> Self {
        let dense = Dense::new(&[PIXELS, hidden, CLASSES]);
        Self {
            dense: dense.with_dropout(DROPOUT),
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        self.dense.init(rng)
    }
}

impl Classifier for Layers {
    type Example = Features;

    fn classes(&self) -> usize {
        CLASSES
    }

    fn class(image: &Features) -> usize {
        image.class
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Features],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let x: Vec<f32> = images.iter().flat_map(|image| &image.x).copied().collect();
        let x = tape.constant([images.len(), PIXELS], &x);
        self.dense.apply(leaves, x, mode)
    }
}

impl Model<f32> for Layers {
    type Example = Features;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Features],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        classify::loss(self, tape, leaves, shard, rng)
    }
}

/// All pixels of an image at once, for those that see it whole.
pub(super) fn features(images: &[Digit]) -> Vec<Features> {
    let features = |image: &Digit| {
        let mut x = vec![0.0; image.pixels.len()];
        ink(&image.pixels, &mut x);
        Features {
            x,
            class: image.class(),
        }
    };
    images.iter().map(features).collect()
}

/// Pixels as numbers from 0 (paper) to 1 (ink).
fn ink(pixels: &[u8], x: &mut [f32]) {
    for (x, &pixel) in x.iter_mut().zip(pixels) {
        *x = f32::from(pixel) / f32::from(INK);
    }
}
