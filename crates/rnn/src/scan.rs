//! Whole sequences of linear cells at once: a parallel scan in place of the steps.
//!
//! ```text
//! h_t = a_t h_{t-1} + b_t
//! (a, b)_t after (a, b)_s:  h -> a_t (a_s h + b_s) + b_t,   again such a pair
//! ```
//!
//! Pairs are composed over 1, 2, 4, ... steps (Hillis & Steele 1986), so that T steps take about
//! log2 T passes over all of them, on O(log T) nodes of the tape.

use wengert_tape::{Real, Var, concat};

use crate::cells::LinearCell;
use crate::sequence::Lengths;
use crate::unroll::{check_inputs, check_state};
use crate::vars::Vars;

/// The states of a linear cell over a batch of sequences.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'t, T: Real> {
    /// The hidden states of all steps, as [`Unrolled::output`](crate::Unrolled::output) has them.
    pub output: Var<'t, T>,
    /// The state after each sample's last step, in the samples' own order.
    pub last: Var<'t, T>,
}

/// [`unroll()`](crate::unroll()) of a linear cell, in O(log T) operations on all steps at once: the same
/// states and gradients to rounding, for about log2 T times the arithmetic of the steps themselves.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Cell, Lengths, MinGru, scan};
/// use wengert_tape::Tape;
///
/// let cell = MinGru::new(1, 4);
/// let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// let tape = Tape::<f64>::new();
/// let mut leaves = params.bind(&tape);
/// let x = tape.constant([1000, 1], &[0.1; 1000]); // a thousand steps of one sample
/// let run = scan(&cell, &leaves.take(), x, &Lengths::equal(1000, 1), None);
/// run.last.sum().backward();
/// assert!(tape.len() < 200);
/// ```
///
/// # Panics
/// As [`unroll()`](crate::unroll()).
#[track_caller]
pub fn scan<'t, T: Real, C: LinearCell<T>>(
    cell: &C,
    w: &C::Weights<'t>,
    x: Var<'t, T>,
    lengths: &Lengths,
    initial: Option<Var<'t, T>>,
) -> Scanned<'t, T> {
    check_inputs("scan", x, cell.inputs(), lengths);
    let zeros = cell.zero_state(x.tape(), lengths.batch()).as_slice()[0];
    let start = initial.map_or(zeros, |given| {
        check_state("scan", &[given], &[zeros]);
        lengths.sort(given)
    });

    let places = Places::new(lengths);
    let [mut a, b] = cell.coefficients(w, lengths.gather(x));
    // The first step takes up the initial state, after which no step needs more than the pairs.
    let (first, all) = (lengths.batch(), lengths.total());
    let head = a.rows(0..first) * start + b.rows(0..first);
    let mut h = concat(&[head, b.rows(first..all)], 0);
    a = a.rows(first..all);
    // h of step t is composed over the last `span` steps; so is a, of the steps from `span` on.
    let mut span = 1;
    while span < lengths.running().len() {
        let from = places.starts[span];
        let tail = a * places.back(h, 0, span, span) + h.rows(from..all);
        h = concat(&[h.rows(0..from), tail], 0);
        if 2 * span < lengths.running().len() {
            let rest = places.starts[2 * span] - from;
            a = a.rows(rest..all - from) * places.back(a, span, 2 * span, span);
        }
        span *= 2;
    }
    Scanned {
        output: lengths.scatter(h),
        last: lengths.unsort(h.embedding(&places.last())),
    }
}

/// Where the rows of each step lie.
struct Places<'a> {
    /// How many rows each step has: the first so many of the step before.
    running: &'a [usize],
    /// Where they start, and the end.
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(lengths: &'a Lengths) -> Self {
        Self {
            running: lengths.running(),
            starts: lengths.starts(),
        }
    }

    /// Of `rows`, those of the steps from `first` on: for each row of the steps from `from` on, that
    /// of the same sample `span` steps before.
    fn back<'t, T: Real>(
        &self,
        rows: Var<'t, T>,
        first: usize,
        from: usize,
        span: usize,
    ) -> Var<'t, T> {
        let base = self.starts[first];
        let mut sources = Vec::new();
        for t in from..self.running.len() {
            let start = self.starts[t - span] - base;
            sources.extend(start..start + self.running[t]);
        }
        match (sources.first(), sources.last()) {
            (Some(&low), Some(&high)) if high - low + 1 == sources.len() => {
                rows.rows(low..high + 1)
            }
            _ => rows.embedding(&sources),
        }
    }

    /// The row of each sample's last step, in the order in which samples run.
    fn last(&self) -> Vec<usize> {
        (0..self.running[0])
            .map(|place| {
                let steps = self.running.partition_point(|&count| count > place);
                self.starts[steps - 1] + place
            })
            .collect()
    }
}
