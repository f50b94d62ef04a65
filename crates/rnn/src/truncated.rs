//! Truncated back-propagation through time: every k1 steps, a sweep back over the last k2.
//!
//! This is BPTT(h; h') of Williams & Peng (1990) with h = k2 and h' = k1. A loss reaches at least
//! k2 - k1 + 1 and at most k2 steps back; what it owes to earlier steps is missing from the
//! gradient, which is therefore biased, and no smaller step size makes up for it: memories longer
//! than k2 are not learnt on purpose (Tallec & Ollivier 2017). With k2 = T it is exact.

use std::ops::Range;

use wengert_tape::{Real, Tape, Var, concat};

use crate::bptt::{Bptt, Gradient, Objective, no_loss};
use crate::cell::{Cell, FromVars, Vars};
use crate::params::Params;
use crate::sequence::Lengths;
use crate::unroll::unroll;

/// Steps swept together: `from..to`, for the losses of the last of them, `loss_from..to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The first step; the state before it is a constant.
    pub from: usize,
    /// The first step whose loss is swept.
    pub loss_from: usize,
    /// The step after the last.
    pub to: usize,
}

/// The windows over a number of steps: one every `k1` steps and one at the end, each of the last
/// `k2` steps, as far as there are so many. Each loss is in one of them.
///
/// ```
/// use wengert_rnn::{Window, windows};
///
/// let found: Vec<_> = windows(5, 2, 3).collect();
/// assert_eq!(found, [
///     Window { from: 0, loss_from: 0, to: 2 },
///     Window { from: 1, loss_from: 2, to: 4 },
///     Window { from: 2, loss_from: 4, to: 5 },
/// ]);
/// ```
///
/// # Panics
/// Unless 1 <= k1 <= k2.
#[track_caller]
pub fn windows(steps: usize, k1: usize, k2: usize) -> impl Iterator<Item = Window> {
    assert!(
        1 <= k1 && k1 <= k2,
        "windows: a sweep every {k1} steps over {k2}, but 1 <= k1 <= k2 is needed"
    );
    (0..steps).step_by(k1).map(move |loss_from| {
        let to = steps.min(loss_from + k1);
        let from = to.saturating_sub(k2);
        Window {
            from,
            loss_from,
            to,
        }
    })
}
