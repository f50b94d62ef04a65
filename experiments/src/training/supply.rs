//! Where batches come from: a fixed set in random order, or a task that draws them.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::checkpoint::{Reader, Snapshot, Writer};
use wengert_rnn::disk::FileError;
use wengert_rnn::train::Batches;

use crate::random::{Purpose, stream};

/// Batches of examples, without end.
pub trait Supply<E>: Snapshot {
    /// Passes the batch of the next step, `step` having been taken, to `then`.
    fn batch<R>(&mut self, step: u64, then: impl FnOnce(&[&E]) -> R) -> R;
}

/// Examples of a fixed set, in a new random order in each epoch.
#[derive(Clone, Debug)]
pub struct Fixed<'a, E> {
    examples: &'a [E],
    batches: Batches,
}

impl<'a, E> Fixed<'a, E> {
    /// Batches of `size` of `examples`.
    ///
    /// # Panics
    /// If there are no examples, or `size` is 0.
    #[track_caller]
    pub fn new(examples: &'a [E], size: usize, seed: u64) -> Self {
        Self {
            batches: Batches::new(examples.len(), size, seed),
            examples,
        }
    }

    /// With examples of about equal length in a batch, see [`Batches::by_length`].
    ///
    /// # Panics
    /// If `window` is 0.
    #[track_caller]
    pub fn by_length(mut self, length: impl Fn(&E) -> usize, window: usize) -> Self {
        let lengths: Vec<usize> = self.examples.iter().map(length).collect();
        self.batches = self.batches.by_length(&lengths, window);
        self
    }

    /// Batches in an epoch.
    pub fn per_epoch(&self) -> u64 {
        self.batches.per_epoch() as u64
    }
}

impl<E> Supply<E> for Fixed<'_, E> {
    fn batch<R>(&mut self, _: u64, then: impl FnOnce(&[&E]) -> R) -> R {
        let batch: Vec<&E> = self
            .batches
            .next_batch()
            .iter()
            .map(|&i| &self.examples[i])
            .collect();
        then(&batch)
    }
}

impl<E> Snapshot for Fixed<'_, E> {
    fn save(&self, to: &mut Writer) {
        self.batches.save(to);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        self.batches.restore(from)
    }
}

/// New examples in each step, drawn by a task: none is seen twice.
#[derive(Clone, Debug)]
pub struct Drawn<F> {
    draw: F,
    size: usize,
    seed: u64,
}

impl<F> Drawn<F> {
    /// Batches of `size` examples, each drawn by `draw`.
    pub fn new(size: usize, seed: u64, draw: F) -> Self {
        Self { draw, size, seed }
    }
}

impl<E, F: FnMut(&mut ChaCha8Rng) -> E> Supply<E> for Drawn<F> {
    fn batch<R>(&mut self, step: u64, then: impl FnOnce(&[&E]) -> R) -> R {
        // The place of each step in the stream depends on its number alone, so there is no state
        // to keep: 2^40 words for each, more than any batch takes.
        let mut rng = stream(self.seed, Purpose::Examples);
        rng.set_word_pos(u128::from(step) << 40);
        let examples: Vec<E> = (0..self.size).map(|_| (self.draw)(&mut rng)).collect();
        then(&examples.iter().collect::<Vec<_>>())
    }
}

impl<F> Snapshot for Drawn<F> {
    fn save(&self, _: &mut Writer) {}

    fn restore(&mut self, _: &mut Reader) -> Result<(), FileError> {
        Ok(())
    }
}
