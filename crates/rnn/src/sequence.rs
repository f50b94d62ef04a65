//! Lengths of the sequences of a batch, and the order in which a batch of unequal ones runs.

use wengert_tape::{Real, Var};

/// How many steps each sample of a batch has.
///
/// A batch is a matrix [T B, I], time-major: row `t B + b` is step t of sample b. Samples shorter
/// than T are padded, with anything: rows beyond a sample's length are never read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lengths {
    steps: usize,
    /// Samples by falling length; those of equal length in their own order.
    order: Vec<usize>,
    /// Samples with more than t steps, for each t up to the longest sample's last.
    running: Vec<usize>,
}

impl Lengths {
    /// All `batch` samples have `steps` steps.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub fn equal(steps: usize, batch: usize) -> Self {
        assert!(
            steps > 0 && batch > 0,
            "lengths: {steps} steps of {batch} samples: neither may be 0"
        );
        Self {
            steps,
            order: (0..batch).collect(),
            running: vec![batch; steps],
        }
    }

    /// Sample b, of `batch`, has `lengths[b]` steps of `steps`. Any order will do.
    ///
    /// # Panics
    /// If there are no steps or samples, not one length for each sample, or a length is 0 or larger
    /// than `steps`.
    #[track_caller]
    pub fn ragged(steps: usize, batch: usize, lengths: &[usize]) -> Self {
        let Self { mut order, .. } = Self::equal(steps, batch);
        assert!(
            lengths.len() == batch,
            "lengths: {} lengths came for {batch} samples",
            lengths.len()
        );
        for (b, &length) in lengths.iter().enumerate() {
            assert!(
                (1..=steps).contains(&length),
                "lengths: sample {b} has length {length}, but 1 to {steps} steps are possible"
            );
        }
        order.sort_by_key(|&b| std::cmp::Reverse(lengths[b]));
        let longest = lengths[order[0]];
        let running = (0..longest)
            .map(|t| order.partition_point(|&b| lengths[b] > t))
            .collect();
        Self {
            steps,
            order,
            running,
        }
    }

    /// Number of steps T that the batch is padded to.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Number of samples.
    pub fn batch(&self) -> usize {
        self.order.len()
    }

    /// The samples in the order in which they run: by falling length, so that those that still run
    /// at a step are the first rows.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// How many samples run at each step, up to the longest sample's last.
    pub fn running(&self) -> &[usize] {
        &self.running
    }

    /// The rows of the batch that hold steps, in the order in which they run.
    pub fn rows(&self) -> Vec<usize> {
        let step = |(t, &running): (usize, &usize)| {
            let row = move |&b: &usize| t * self.batch() + b;
            self.order[..running].iter().map(row)
        };
        self.running.iter().enumerate().flat_map(step).collect()
    }

    /// Whether there is no padding: rows run in the order in which they lie.
    pub fn is_equal(&self) -> bool {
        self.running.len() == self.steps && self.running.iter().all(|&n| n == self.batch())
    }

    /// Rows of samples, from their own order to the order in which they run.
    pub(crate) fn sort<'t, T: Real>(&self, samples: Var<'t, T>) -> Var<'t, T> {
        if self.order.is_sorted() {
            return samples;
        }
        samples.embedding(&self.order)
    }

    /// Rows of samples, from the order in which they run to their own.
    pub(crate) fn unsort<'t, T: Real>(&self, samples: Var<'t, T>) -> Var<'t, T> {
        if self.order.is_sorted() {
            return samples;
        }
        let mut places = vec![0; self.batch()];
        for (place, &b) in self.order.iter().enumerate() {
            places[b] = place;
        }
        samples.embedding(&places)
    }
}
