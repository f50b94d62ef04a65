//! The networks: an Elman cell that reads an image row by row, and the regression beside it.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Activation, Cell, Elman, Leaves, Lengths, Linear, Params, unroll};
use wengert_tape::{Tape, Var};

use crate::data::digits::{CLASSES, Digit, INK, PIXELS, SIDE};

/// The rows of an image that are shown, from the top.
#[derive(Clone, Copy)]
pub(super) struct Crop {
    pub first: usize,
    pub rows: usize,
}

impl Crop {
    pub const WHOLE: Self = Self {
        first: 0,
        rows: SIDE,
    };
}

/// A classifier of images on the tape.
pub(super) trait Model {
    /// Fresh parameters.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32>;

    /// Puts the parameters on the tape: their leaves, and the logits [B, classes] of B images.
    fn logits<'t>(
        &self,
        params: &Params<f32>,
        tape: &'t Tape<f32>,
        images: &[(&Digit, Crop)],
    ) -> (Leaves<'t, f32>, Var<'t, f32>);
}

/// An Elman cell over rows, and an affine readout of its last state.
pub(super) struct Rows {
    cell: Elman,
    readout: Linear,
}

impl Rows {
    pub fn new(hidden: usize) -> Self {
        Self {
            cell: Elman::new(SIDE, hidden, Activation::Tanh),
            readout: Linear::new(hidden, CLASSES),
        }
    }
}

impl Model for Rows {
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let cell: Params<f32> = self.cell.init(rng);
        cell.with_part("readout.", self.readout.init(rng))
    }

    fn logits<'t>(
        &self,
        params: &Params<f32>,
        tape: &'t Tape<f32>,
        images: &[(&Digit, Crop)],
    ) -> (Leaves<'t, f32>, Var<'t, f32>) {
        let mut leaves = params.bind(tape);
        let (cell, readout) = (leaves.take(), leaves.take());
        let lengths: Vec<usize> = images.iter().map(|(_, crop)| crop.rows).collect();
        let mut rows = vec![0.0; SIDE * images.len() * SIDE];
        for (t, step) in rows.chunks_mut(images.len() * SIDE).enumerate() {
            for ((image, crop), row) in images.iter().zip(step.chunks_mut(SIDE)) {
                if t < crop.rows {
                    let start = (crop.first + t) * SIDE;
                    ink(&image.pixels[start..start + SIDE], row);
                }
            }
        }
        let x = tape.constant([SIDE * images.len(), SIDE], &rows);
        let lengths = Lengths::ragged(SIDE, images.len(), &lengths);
        let last = unroll(&self.cell, &cell, x, &lengths, None).last;
        (leaves, self.readout.apply(&readout, last))
    }
}

/// Softmax regression on all pixels: what can be had without a network.
pub(super) struct Regression(Linear);

impl Regression {
    pub fn new() -> Self {
        Self(Linear::new(PIXELS, CLASSES))
    }
}

impl Model for Regression {
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        self.0.init(rng)
    }

    fn logits<'t>(
        &self,
        params: &Params<f32>,
        tape: &'t Tape<f32>,
        images: &[(&Digit, Crop)],
    ) -> (Leaves<'t, f32>, Var<'t, f32>) {
        let mut leaves = params.bind(tape);
        let mut pixels = vec![0.0; images.len() * PIXELS];
        for ((image, _), row) in images.iter().zip(pixels.chunks_mut(PIXELS)) {
            ink(&image.pixels, row);
        }
        let x = tape.constant([images.len(), PIXELS], &pixels);
        let weights = leaves.take();
        (leaves, self.0.apply(&weights, x))
    }
}

/// Pixels as numbers from 0 (paper) to 1 (ink).
fn ink(pixels: &[u8], x: &mut [f32]) {
    for (x, &pixel) in x.iter_mut().zip(pixels) {
        *x = f32::from(pixel) / f32::from(INK);
    }
}
