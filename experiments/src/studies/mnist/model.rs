//! The networks: cells that read an image row by row, and layers that see all pixels at once.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::Mode;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Leaves, Lengths, Linear, Params};
use wengert_tape::{Tape, Var};

use crate::baselines::regression::Features;
use crate::classify::{self, Classifier};
use crate::data::mnist::CLASSES;
use crate::dense::Dense;
use crate::encoder::{Encoder, Kind};

/// An image, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Image {
    /// Row-major, from 0 (paper) to 255 (ink).
    pub pixels: Vec<u8>,
    pub class: usize,
}

/// The size of all images, and how far training moves them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub rows: usize,
    pub columns: usize,
    /// Pixels, at most, in each direction.
    pub shift: usize,
}

impl Frame {
    /// The pixels of `image` from 0 to 1; in training moved by some pixels, with paper where it was.
    fn ink(self, image: &Image, mode: &mut Mode<'_>) -> Vec<f32> {
        let [down, right] = match mode {
            Mode::Evaluate => [self.shift; 2],
            Mode::Train(rng) => [(); 2].map(|()| rng.random_range(0..=2 * self.shift)),
        };
        let mut ink = vec![0.0; image.pixels.len()];
        for (row, to) in ink.chunks_mut(self.columns).enumerate() {
            let Some(from) = (row + self.shift).checked_sub(down) else {
                continue;
            };
            let Some(from) = image.pixels.chunks(self.columns).nth(from) else {
                continue;
            };
            for (column, to) in to.iter_mut().enumerate() {
                let from = (column + self.shift)
                    .checked_sub(right)
                    .and_then(|c| from.get(c));
                *to = from.map_or(0.0, |&pixel| f32::from(pixel) / 255.0);
            }
        }
        ink
    }
}

/// Cells that read rows of pixels from the top, and an affine readout of their state.
#[derive(Clone)]
pub(super) struct Rows {
    frame: Frame,
    cells: Encoder,
    readout: Linear,
}

impl Rows {
    pub fn new(frame: Frame, kind: Kind, layers: usize, hidden: usize) -> Self {
        Self {
            frame,
            cells: Encoder::forwards(kind, frame.columns, layers, hidden),
            readout: Linear::new(hidden, CLASSES),
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let cells: Params<f32> = self.cells.init(rng);
        cells.with_part("readout.", self.readout.init(rng))
    }

    /// The logits after each row, [rows B, classes]: row `t B + b` is of image b after t + 1 rows.
    pub fn each<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Image],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let states = self.states(tape, leaves, images, mode);
        self.readout.apply(&leaves.take(), states)
    }

    /// The state after each row, [rows B, H].
    fn states<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Image],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let Frame { rows, columns, .. } = self.frame;
        let ink: Vec<Vec<f32>> = images.iter().map(|i| self.frame.ink(i, mode)).collect();
        let mut x = Vec::with_capacity(rows * images.len() * columns);
        for row in 0..rows {
            for ink in &ink {
                x.extend_from_slice(&ink[row * columns..(row + 1) * columns]);
            }
        }
        let x = tape.constant([rows * images.len(), columns], &x);
        let lengths = Lengths::equal(rows, images.len());
        self.cells.read(leaves, x, &lengths, mode)
    }
}

impl Classifier for Rows {
    type Example = Image;

    fn classes(&self) -> usize {
        CLASSES
    }

    fn class(image: &Image) -> usize {
        image.class
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Image],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let states = self.states(tape, leaves, images, mode);
        let end = self.frame.rows * images.len();
        let last = states.rows(end - images.len()..end);
        self.readout.apply(&leaves.take(), last)
    }
}

impl Model<f32> for Rows {
    type Example = Image;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Image],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        classify::loss(self, tape, leaves, shard, rng)
    }
}

/// Three affine layers with rectifiers between them, over all pixels at once.
#[derive(Clone)]
pub(super) struct Whole {
    frame: Frame,
    dense: Dense,
}

impl Whole {
    pub fn new(frame: Frame, width: usize, dropout: f64) -> Self {
        let pixels = frame.rows * frame.columns;
        let dense = Dense::new(&[pixels, width, width, CLASSES]);
        Self {
            frame,
            dense: dense.with_dropout(dropout),
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        self.dense.init(rng)
    }
}

impl Classifier for Whole {
    type Example = Image;

    fn classes(&self) -> usize {
        CLASSES
    }

    fn class(image: &Image) -> usize {
        image.class
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        images: &[&Image],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let x: Vec<f32> = images
            .iter()
            .flat_map(|image| self.frame.ink(image, mode))
            .collect();
        let x = tape.constant([images.len(), x.len() / images.len()], &x);
        self.dense.apply(leaves, x, mode)
    }
}

impl Model<f32> for Whole {
    type Example = Image;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Image],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        classify::loss(self, tape, leaves, shard, rng)
    }
}

/// All pixels of each image at once, for the regression beside the networks.
pub(super) fn features(images: &[Image]) -> Vec<Features> {
    let features = |image: &Image| Features {
        x: image.pixels.iter().map(|p| f32::from(*p) / 255.0).collect(),
        class: image.class,
    };
    images.iter().map(features).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const FRAME: Frame = Frame {
        rows: 3,
        columns: 2,
        shift: 1,
    };

    fn image(pixels: [u8; 6]) -> Image {
        Image {
            pixels: pixels.into(),
            class: 0,
        }
    }

    #[test]
    fn images_move_in_training_only() {
        let image = image([0, 0, 0, 255, 0, 0]);
        let still = FRAME.ink(&image, &mut Mode::Evaluate);
        assert_eq!(still, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut seen = [false; 7];
        for _ in 0..200 {
            let moved = FRAME.ink(&image, &mut Mode::Train(&mut rng));
            let at = moved.iter().position(|x| *x == 1.0).unwrap_or(6);
            assert!(moved.iter().enumerate().all(|(i, x)| *x == 0.0 || i == at));
            seen[at] = true;
        }
        // To all rows, to both columns, and out of the frame on the right.
        assert_eq!(seen, [true; 7]);
    }

    #[test]
    fn the_answer_after_the_last_row_is_the_answer() {
        let network = Rows::new(FRAME, Kind::Lstm, 2, 4);
        let params = network.init(&mut ChaCha8Rng::seed_from_u64(0));
        let images = [image([9, 80, 0, 255, 7, 1]), image([200, 0, 3, 4, 5, 99])];
        let images = images.each_ref();
        let (tape, mut mode) = (Tape::new(), Mode::Evaluate);
        let each = network.each(&tape, &mut params.bind(&tape), &images, &mut mode);
        let last = network.logits(&tape, &mut params.bind(&tape), &images, &mut mode);
        assert_eq!(each.shape().dims(), [6, CLASSES]);
        // Products of other heights are rounded in another order.
        for (each, last) in each.to_vec()[4 * CLASSES..].iter().zip(last.to_vec()) {
            assert!((each - last).abs() < 1e-6, "{each} {last}");
        }
    }
}
