//! Connectionist temporal classification: the loss of a labelling whose alignment is not known.
//!
//! The labels a_1 .. a_L with a blank around each are the S = 2 L + 1 states e_0 .. e_2L of a
//! lattice, and a path through it emits one of them at each step: it stays, goes on by one, or
//! skips a blank between unequal labels. With y_t the log-softmax of the logits of step t, the
//! log-probability of all paths that end at state s is (Graves et al. 2006, equations 6 and 7, in
//! logarithms)
//!
//! ```text
//! alpha_t(s) = y_t(e_s) + log(exp alpha_{t-1}(s) + exp alpha_{t-1}(s-1) + [skip_s] exp alpha_{t-1}(s-2))
//! loss       = -log(exp alpha_T(2L) + exp alpha_T(2L-1))
//! ```
//!
//! All samples and states make one step together, and the gradient, the paper's backward variables,
//! is the tape's sweep over these steps.

use wengert_tape::{Real, Tape, Var, concat};

use super::steps::real_steps;
use super::{Losses, constants};
use crate::sequence::Lengths;

/// Stands for the logarithm of 0, below every path's: finite, so that neither differences nor
/// tangents of it are NaN, and the first infinite value on a tape is still the user's.
const LOG_ZERO: f64 = -1e30;

/// The connectionist temporal classification loss (Graves et al. 2006), in nats for each sequence.
///
/// ```
/// use wengert_rnn::Lengths;
/// use wengert_rnn::loss::Ctc;
/// use wengert_tape::Tape;
///
/// // Two steps that know nothing of 3 classes: 3 of the 9 paths (11, 01, 10) spell the label 1.
/// let tape = Tape::<f64>::new();
/// let logits = tape.leaf([2, 3], &[0.0; 6]);
/// let loss = Ctc::new().of(logits, &Lengths::equal(2, 1), &[[1]]).mean();
/// assert!((loss.item() - 3f64.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Ctc {
    blank: usize,
    per_label: bool,
    zero_infinity: bool,
}

impl Ctc {
    /// With class 0 as the blank.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another class as the blank.
    pub fn blank(self, blank: usize) -> Self {
        Self { blank, ..self }
    }

    /// With each loss divided by the number of its labels, or 1 if there are none: the mean over
    /// the batch is then that of PyTorch.
    pub fn per_label(self) -> Self {
        Self {
            per_label: true,
            ..self
        }
    }

    /// With a loss of 0 for a sample that no path spells: its target is too long for its steps
    /// (which is refused otherwise), or its logits are -inf where they must not be (which is
    /// infinite otherwise). It has no gradient, and counts in the mean.
    pub fn zero_infinity(self) -> Self {
        Self {
            zero_infinity: true,
            ..self
        }
    }

    /// The loss of each sample of `logits`, [T B, K] or packed (see [`Lengths`]), against its
    /// labels. Log-probabilities will do: they are logits of themselves. All samples count 1.
    /// Padded rows are not read.
    ///
    /// # Panics
    /// If `logits` has not [`Lengths::height`] rows, there is not one target for each sample, a
    /// label or the blank is not below K, a label is the blank, or a target is too long: it needs a
    /// step for each label, and one more between equal labels.
    #[track_caller]
    pub fn of<'t, T: Real>(
        &self,
        logits: Var<'t, T>,
        lengths: &Lengths,
        targets: &[impl AsRef<[usize]>],
    ) -> Losses<'t, T> {
        let targets: Vec<&[usize]> = targets.iter().map(AsRef::as_ref).collect();
        self.check(logits, lengths, &targets);
        let sorted: Vec<&[usize]> = lengths.order().iter().map(|&b| targets[b]).collect();
        let log_p = real_steps(logits, lengths).log_softmax(1);
        let losses = Lattice::new(self.blank, &sorted).loss(log_p, lengths);
        let losses = self.replaced(lengths.unsort(losses));
        if !self.per_label {
            return Losses::equal(losses);
        }
        let counts: Vec<f64> = targets.iter().map(|a| a.len().max(1) as f64).collect();
        Losses::equal(losses / constants(losses.tape(), &counts))
    }

    /// The losses, where those of samples that no path spells are 0 or infinite.
    fn replaced<'t, T: Real>(&self, losses: Var<'t, T>) -> Var<'t, T> {
        let instead = if self.zero_infinity {
            0.0
        } else {
            f64::INFINITY
        };
        // Chosen where they are large, not kept where they are small: NaN is neither, and stays.
        let hopeless = losses.ge(losses.tape().scalar(-0.5 * LOG_ZERO));
        hopeless.select(losses.tape().scalar(instead), losses)
    }

    #[track_caller]
    fn check<T: Real>(&self, logits: Var<'_, T>, lengths: &Lengths, targets: &[&[usize]]) {
        let (shape, batch) = (logits.shape(), lengths.batch());
        let rows = lengths.height();
        let &[given, classes] = shape.dims() else {
            panic!("ctc: logits {shape}, but a matrix [{rows},K] is needed")
        };
        assert!(
            given == rows,
            "ctc: logits {shape}, but {} steps of {batch} samples need [{rows},K]",
            lengths.steps(),
        );
        let blank = self.blank;
        assert!(
            blank < classes,
            "ctc: the blank is {blank}, but there are {classes} classes"
        );
        assert!(
            targets.len() == batch,
            "ctc: {} targets for {batch} samples",
            targets.len()
        );
        for (b, labels) in targets.iter().enumerate() {
            for (i, &label) in labels.iter().enumerate() {
                assert!(
                    label < classes,
                    "ctc: label {label} at {i} of sample {b}, but there are {classes} classes"
                );
                assert!(
                    label != blank,
                    "ctc: label {label} at {i} of sample {b} is the blank"
                );
            }
        }
        if self.zero_infinity {
            return;
        }
        for (b, (labels, &steps)) in targets.iter().zip(lengths.lengths()).enumerate() {
            let repeats = labels.windows(2).filter(|w| w[0] == w[1]).count();
            let needed = labels.len() + repeats;
            assert!(
                needed <= steps,
                "ctc: the {} labels of sample {b}, {repeats} repeated, need {needed} steps, but \
                 it has {steps}; leave it out, or count it as 0 by zero_infinity()",
                labels.len(),
            );
        }
    }
}

/// The lattices of a batch, all of as many states as the longest needs: no path comes back from
/// the states behind a sample's own.
struct Lattice {
    states: usize,
    /// The class that each state of each sample emits.
    emitted: Vec<Vec<usize>>,
    /// Number of labels of each sample.
    labels: Vec<usize>,
}

impl Lattice {
    fn new(blank: usize, targets: &[&[usize]]) -> Self {
        let labels: Vec<usize> = targets.iter().map(|a| a.len()).collect();
        let states = 2 * labels.iter().copied().max().unwrap_or(0) + 1;
        let emits = |a: &[usize], s: usize| match a.get(s / 2) {
            Some(&label) if s % 2 == 1 => label,
            _ => blank,
        };
        let emitted = targets
            .iter()
            .map(|a| (0..states).map(|s| emits(a, s)).collect())
            .collect();
        Self {
            states,
            emitted,
            labels,
        }
    }

    /// The loss of each sample, in the order in which samples run, from the packed log-softmax.
    ///
    /// The matrix alpha has two columns more, at the left, from which no path comes, except that
    /// all paths start in the second of them.
    fn loss<'t, T: Real>(&self, log_p: Var<'t, T>, lengths: &Lengths) -> Var<'t, T> {
        let tape = log_p.tape();
        let running = lengths.running();
        let emitting = running.iter().flat_map(|&n| &self.emitted[..n]);
        let y = log_p.gather(1, &emitting.flatten().copied().collect::<Vec<_>>());
        let (skip, mut alpha) = (self.skip(tape), self.start(tape));
        let (mut batch, mut first) = (lengths.batch(), 0);
        let outside = tape.scalar(LOG_ZERO).broadcast_to([batch, 2]).contiguous();
        let mut finished = Vec::new();
        for &n in running {
            if n < batch {
                finished.push(alpha.rows(n..batch));
                alpha = alpha.rows(0..n);
                batch = n;
            }
            let from = |back: usize| alpha.slice(1, 2 - back..2 - back + self.states);
            let reached = from(0)
                .logaddexp(from(1))
                .logaddexp(from(2) + skip.rows(0..n));
            let inside = reached + y.rows(first..first + n);
            alpha = concat(&[outside.rows(0..n), inside], 1);
            first += n;
        }
        finished.push(alpha);
        finished.reverse();

        let ends: Vec<usize> = self
            .labels
            .iter()
            .flat_map(|l| [2 * l + 2, 2 * l + 1])
            .collect();
        -concat(&finished, 0).gather(1, &ends).logsumexp_axes(&[1])
    }

    /// 0 where a state is reached from the last but one, `LOG_ZERO` elsewhere.
    fn skip<'t, T: Real>(&self, tape: &'t Tape<T>) -> Var<'t, T> {
        let skips = |e: &[usize], s: usize| s == 1 || (s > 1 && e[s] != e[s - 2]);
        let log = |skips: bool| T::from_f64(if skips { 0.0 } else { LOG_ZERO });
        let rows = self.emitted.iter();
        let values: Vec<T> = rows
            .flat_map(|e| (0..self.states).map(move |s| log(skips(e, s))))
            .collect();
        tape.constant([self.labels.len(), self.states], &values)
    }

    /// Before the first step.
    fn start<'t, T: Real>(&self, tape: &'t Tape<T>) -> Var<'t, T> {
        let mut row = vec![T::from_f64(LOG_ZERO); self.states + 2];
        row[1] = T::ZERO;
        tape.constant([1, row.len()], &row)
            .broadcast_to([self.labels.len(), row.len()])
    }
}
