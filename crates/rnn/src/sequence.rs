//! Lengths of the sequences of a batch, and the order in which a batch of unequal ones runs.

use std::cmp::Reverse;
use std::ops::Range;

use wengert_tape::{Real, Var};

/// How many steps each sample of a batch has, and how the rows of the batch lie.
///
/// A batch is a matrix of one row for each step of each sample, time-major, in one of two layouts:
///
/// * *padded*, [T B, I]: row `t B + b` is step t of sample b. Samples shorter than T are padded,
///   with anything: rows beyond a sample's length are never read.
/// * *packed* ([`Lengths::packed`]), [N, I] with N the sum of the lengths: only real steps, in the
///   order in which they run. Step by step, the samples that have such a step, by falling length.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lengths {
    steps: usize,
    /// Steps of each sample.
    own: Vec<usize>,
    /// Samples by falling length; those of equal length in their own order.
    order: Vec<usize>,
    /// Samples with more than t steps, for each t up to the longest sample's last.
    running: Vec<usize>,
    packed: bool,
    backwards: bool,
}

impl Lengths {
    /// All `batch` samples have `steps` steps.
    ///
    /// # Panics
    /// If either is 0, or their product overflows.
    #[track_caller]
    pub fn equal(steps: usize, batch: usize) -> Self {
        check_sizes(steps, batch);
        Self::of(steps, vec![steps; batch])
    }

    /// Sample b, of `batch`, has `lengths[b]` steps of `steps`. Any order will do.
    ///
    /// # Panics
    /// If there are no steps or samples, their product overflows, there is not one length for each
    /// sample, or a length is 0 or larger than `steps`.
    #[track_caller]
    pub fn ragged(steps: usize, batch: usize, lengths: &[usize]) -> Self {
        check_sizes(steps, batch);
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
        Self::of(steps, lengths.to_vec())
    }

    fn of(steps: usize, own: Vec<usize>) -> Self {
        let mut order: Vec<usize> = (0..own.len()).collect();
        order.sort_by_key(|&b| Reverse(own[b]));
        let running = (0..own[order[0]])
            .map(|t| order.partition_point(|&b| own[b] > t))
            .collect();
        Self {
            steps,
            own,
            order,
            running,
            packed: false,
            backwards: false,
        }
    }

    /// The same sequences in a packed batch: see [`Lengths::pack`].
    pub fn packed(&self) -> Self {
        Self {
            packed: true,
            ..self.clone()
        }
    }

    /// The same batch run backwards, each sample from its last step to its first. Rows lie as
    /// before, of inputs and of outputs; only the order in which they run is another.
    pub fn backwards(&self) -> Self {
        Self {
            backwards: !self.backwards,
            ..self.clone()
        }
    }

    /// The same batch run forwards.
    pub(crate) fn forwards(&self) -> Self {
        Self {
            backwards: false,
            ..self.clone()
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

    /// The number of steps of each sample.
    pub fn lengths(&self) -> &[usize] {
        &self.own
    }

    /// Number of real steps of all samples: the sum of their lengths.
    pub fn total(&self) -> usize {
        self.running.iter().sum()
    }

    /// Number of rows of a batch: T B if padded, [`Lengths::total`] if packed.
    pub fn height(&self) -> usize {
        if self.packed {
            self.total()
        } else {
            self.steps * self.batch()
        }
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
        let starts = self.starts();
        let mut rows = Vec::with_capacity(self.total());
        for (t, &running) in self.running.iter().enumerate() {
            for (place, &b) in self.order[..running].iter().enumerate() {
                let t = if self.backwards {
                    self.own[b] - 1 - t
                } else {
                    t
                };
                rows.push(if self.packed {
                    starts[t] + place
                } else {
                    t * self.batch() + b
                });
            }
        }
        rows
    }

    /// The first row of each step in a packed batch, and the end of the last.
    pub(crate) fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for (t, running) in self.running.iter().enumerate() {
            starts.push(starts[t] + running);
        }
        starts
    }

    /// Whether rows run in the order in which they lie: forwards, without padding.
    pub fn is_in_order(&self) -> bool {
        !self.backwards && self.height() == self.total()
    }

    /// The rows of a padded batch that hold steps, packed: `width` elements a row, row-major. For
    /// inputs, and with a width of 1 for targets.
    ///
    /// ```
    /// use wengert_rnn::Lengths;
    ///
    /// // Two steps of two samples, of which the first has only one step.
    /// let lengths = Lengths::ragged(2, 2, &[1, 2]);
    /// assert_eq!(lengths.pack(&[10, 20, -1, 21], 1), [20, 10, 21]);
    /// ```
    ///
    /// # Panics
    /// If `padded` has not T B `width` elements.
    #[track_caller]
    pub fn pack<V: Copy>(&self, padded: &[V], width: usize) -> Vec<V> {
        let (steps, batch) = (self.steps, self.batch());
        assert!(
            padded.len() == steps * batch * width,
            "pack: {} elements came, but {steps} steps of {batch} samples of {width} are {}",
            padded.len(),
            steps * batch * width,
        );
        let forwards = Self {
            packed: false,
            ..self.forwards()
        };
        let rows = forwards.rows();
        let elements = rows
            .iter()
            .flat_map(|&row| &padded[row * width..(row + 1) * width]);
        elements.copied().collect()
    }

    /// Rows of steps, from where they lie to the order in which they run.
    pub(crate) fn gather<'t, T: Real>(&self, steps: Var<'t, T>) -> Var<'t, T> {
        if self.is_in_order() {
            return steps;
        }
        steps.embedding(&self.rows())
    }

    /// Rows of steps, from the order in which they run to where they lie; 0 in padding.
    #[track_caller]
    pub(crate) fn scatter<'t, T: Real>(&self, steps: Var<'t, T>) -> Var<'t, T> {
        if self.is_in_order() {
            return steps;
        }
        let width = steps.shape().dims()[1];
        let padded = steps.tape().zeros([self.height(), width]);
        padded.index_add(&self.rows(), steps)
    }

    /// A range of steps as they run, of the samples that run at the first of them, as a packed batch
    /// whose samples are in the order in which they run.
    pub(crate) fn between(&self, steps: Range<usize>) -> Self {
        let running = &self.running[steps];
        let own = (0..running[0]).map(|b| running.partition_point(|&n| n > b));
        Self::ragged(running.len(), running[0], &own.collect::<Vec<_>>()).packed()
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

#[track_caller]
fn check_sizes(steps: usize, batch: usize) {
    assert!(
        steps > 0 && batch > 0,
        "lengths: {steps} steps of {batch} samples: neither may be 0"
    );
    let rows = steps.checked_mul(batch).map(isize::try_from);
    assert!(
        matches!(rows, Some(Ok(_))),
        "lengths: {steps} steps of {batch} samples: more rows than a matrix can have"
    );
}
