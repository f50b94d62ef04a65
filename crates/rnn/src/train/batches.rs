//! The order in which samples are seen: a new one in each epoch, from a seed, to be gone on with.

use rand::seq::SliceRandom;

use super::{Purpose, generator};
use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;

/// Batches of samples, without end: each epoch is a new random order of all samples, the last batch
/// of it is what is left. As a [`Snapshot`] it goes on with the next batch.
///
/// ```
/// use wengert_rnn::train::Batches;
///
/// let mut batches = Batches::new(5, 2, 0);
/// let mut seen: Vec<usize> = (0..3).flat_map(|_| batches.next_batch().to_vec()).collect();
/// seen.sort();
/// assert_eq!(seen, [0, 1, 2, 3, 4]);
/// assert_eq!(batches.epoch(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    size: usize,
    seed: u64,
    window: Option<Window>,
    epoch: u64,
    /// Batches of this epoch that were handed out.
    position: usize,
    /// The samples in the order of this epoch.
    order: Vec<usize>,
    /// Which part of `order` each batch is.
    parts: Vec<usize>,
}

/// How batches become equal in length.
#[derive(Clone, Debug)]
struct Window {
    lengths: Vec<usize>,
    samples: usize,
}

impl Batches {
    /// Batches of `size` of so many samples.
    ///
    /// # Panics
    /// If `samples` or `size` is 0.
    #[track_caller]
    pub fn new(samples: usize, size: usize, seed: u64) -> Self {
        assert!(
            samples > 0 && size > 0,
            "batches: {size} of {samples} samples: neither may be 0"
        );
        let mut batches = Self {
            size,
            seed,
            window: None,
            epoch: 0,
            position: 0,
            order: vec![0; samples],
            parts: vec![0; samples.div_ceil(size)],
        };
        batches.shuffle();
        batches
    }

    /// With samples of about equal length in a batch, so that ragged batches hold little padding:
    /// the random order is sorted within windows of so many batches, whose order is random again.
    ///
    /// # Panics
    /// If there is not one length for each sample, or `window` is 0.
    #[track_caller]
    pub fn by_length(mut self, lengths: &[usize], window: usize) -> Self {
        assert!(
            lengths.len() == self.order.len() && window > 0,
            "batches: {} lengths for {} samples in windows of {window} batches: one for each, and at least one",
            lengths.len(),
            self.order.len()
        );
        self.window = Some(Window {
            lengths: lengths.to_vec(),
            samples: window.saturating_mul(self.size),
        });
        self.shuffle();
        self
    }

    /// The samples of the next batch.
    pub fn next_batch(&mut self) -> &[usize] {
        if self.position == self.parts.len() {
            self.epoch += 1;
            self.position = 0;
            self.shuffle();
        }
        let start = self.parts[self.position] * self.size;
        self.position += 1;
        let end = self.order.len().min(start + self.size);
        &self.order[start..end]
    }

    /// Epochs completed.
    pub fn epoch(&self) -> u64 {
        self.epoch + u64::from(self.position == self.parts.len())
    }

    /// Batches in an epoch.
    pub fn per_epoch(&self) -> usize {
        self.parts.len()
    }

    /// Makes the order of this epoch.
    fn shuffle(&mut self) {
        let mut rng = generator(self.seed, Purpose::Order, [self.epoch, 0]);
        self.order
            .iter_mut()
            .enumerate()
            .for_each(|(i, sample)| *sample = i);
        self.parts
            .iter_mut()
            .enumerate()
            .for_each(|(i, part)| *part = i);
        self.order.shuffle(&mut rng);
        if let Some(Window { lengths, samples }) = &self.window {
            for window in self.order.chunks_mut(*samples) {
                window.sort_by_key(|&sample| lengths[sample]);
            }
            self.parts.shuffle(&mut rng);
        }
    }
}

impl Snapshot for Batches {
    fn save(&self, to: &mut Writer) {
        let sizes = [self.order.len() as u64, self.size as u64];
        to.words("sizes", &sizes);
        to.words("position", &[self.seed, self.epoch, self.position as u64]);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let sizes = [self.order.len() as u64, self.size as u64];
        from.expect("sizes", &sizes)?;
        let [seed, epoch, position] = from.words("position")?;
        if position > self.parts.len() as u64 {
            return Err(from.error(format_args!(
                "position {position} of an epoch of {} batches",
                self.parts.len()
            )));
        }
        (self.seed, self.epoch, self.position) = (seed, epoch, position as usize);
        self.shuffle();
        Ok(())
    }
}
