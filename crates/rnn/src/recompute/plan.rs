//! Plans: which steps to run, which states to keep, and when to reverse.
//!
//! A plan for l steps with s kept states needs at least t(l, s) advances (steps run only to reach
//! another state), of which binomial checkpointing reaches the least (Griewank 1992; Griewank &
//! Walther 2000, algorithm 799, Revolve):
//!
//! ```text
//! beta(s, r) = (s + r)! / (s! r!)      most steps with s states if none is run more than r times
//! t(l, s) = r l - beta(s + 1, r - 1)   with the least r for which l <= beta(s, r)
//! ```

use std::fmt;

use crate::unroll::CHUNK;

/// One action of a [`Plan`]. State t is the state before step t, so state 0 is the initial one; it is
/// there at the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Runs the steps from one state to another, forgetting what lies between.
    Advance {
        /// The first step.
        from: usize,
        /// The step after the last, whose state is then there.
        to: usize,
    },
    /// Keeps a copy of the state that is there, until the step after it is reversed.
    Keep {
        /// Which state.
        state: usize,
    },
    /// Goes back to a kept state.
    Restore {
        /// Which state.
        state: usize,
    },
    /// Records steps on the tape, from the state that is there, and sweeps back over them. Steps are
    /// reversed once each, the last ones first.
    Reverse {
        /// The first step.
        from: usize,
        /// The step after the last.
        to: usize,
    },
}

/// How to sweep back over a number of steps without storing all: a list of [`Action`]s, and what it
/// costs. Print it before running it:
///
/// ```
/// use wengert_rnn::Plan;
///
/// let plan = Plan::revolve(10_000, 50);
/// assert_eq!(
///     plan.to_string(),
///     "10000 steps: at most 50 states kept and 1 step on the tape, \
///      28622 advances (2.86 for each step)"
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    steps: usize,
    actions: Vec<Action>,
    advances: usize,
    peak_states: usize,
    longest: usize,
}

impl Plan {
    /// The plan of these actions.
    ///
    /// # Panics
    /// If an action cannot be done: advances and reversals start from the state that is there, a
    /// restored state is one that is kept, and each step is reversed once, from the last to the
    /// first. Or if steps reversed together neither lie in one chunk of 16 steps (whose inputs are
    /// projected together) nor fill whole chunks.
    #[track_caller]
    pub fn new(steps: usize, actions: Vec<Action>) -> Self {
        assert!(steps > 0, "plan: 0 steps, but at least 1 is needed");
        let mut kept: Vec<usize> = Vec::new();
        let (mut here, mut left) = (Some(0), steps);
        let (mut advances, mut peak_states, mut longest) = (0, 0, 0);
        for &action in &actions {
            let possible = match action {
                Action::Advance { from, to } => {
                    advances += to.saturating_sub(from);
                    here.replace(to) == Some(from) && from < to && to < left
                }
                Action::Keep { state } => {
                    kept.push(state);
                    peak_states = peak_states.max(kept.len());
                    here == Some(state)
                }
                Action::Restore { state } => {
                    here = Some(state);
                    kept.contains(&state)
                }
                Action::Reverse { from, to } => {
                    let possible = here.take() == Some(from) && from < to && to == left;
                    longest = longest.max(to.saturating_sub(from));
                    left = from;
                    kept.retain(|&state| state < from);
                    possible && fits_chunks(from, to, steps)
                }
            };
            assert!(
                possible,
                "plan: {action:?} is not possible with states {kept:?} kept and {left} of {steps} \
                 steps left"
            );
        }
        assert!(left == 0, "plan: {left} of {steps} steps are not reversed");
        Self {
            steps,
            actions,
            advances,
            peak_states,
            longest,
        }
    }

    /// All steps on the tape at once: nothing is kept, nothing runs twice.
    ///
    /// # Panics
    /// If there are no steps.
    #[track_caller]
    pub fn store_all(steps: usize) -> Self {
        Self::new(steps, vec![Action::Reverse { from: 0, to: steps }])
    }

    /// Segments of `length` steps, rounded up to whole chunks of 16: the state before each but the
    /// last is kept, and a segment at a time is on the tape. Each step runs at most twice.
    ///
    /// # Panics
    /// If there are no steps or `length` is 0.
    #[track_caller]
    pub fn segments(steps: usize, length: usize) -> Self {
        assert!(
            length > 0,
            "plan: segments of 0 steps, but at least 1 is needed"
        );
        let length = length.next_multiple_of(CHUNK);
        let starts = (0..steps).step_by(length);
        let mut actions = Vec::new();
        for from in starts.clone() {
            let to = from + length;
            if to < steps {
                actions.push(Action::Keep { state: from });
                actions.push(Action::Advance { from, to });
            }
        }
        for from in starts.rev() {
            let to = steps.min(from + length);
            if to < steps {
                actions.push(Action::Restore { state: from });
            }
            actions.push(Action::Reverse { from, to });
        }
        Self::new(steps, actions)
    }

    /// Segments as long as there are many, about: memory grows with the root of the number of steps
    /// (Chen et al. 2016).
    ///
    /// # Panics
    /// If there are no steps.
    #[track_caller]
    pub fn sqrt(steps: usize) -> Self {
        Self::segments(steps, steps.isqrt().max(1))
    }

    /// The plan with the fewest advances of all that keep at most `states` states, the initial one
    /// among them, and reverse a step at a time: binomial checkpointing. For a budget in bytes,
    /// divide by [`state_bytes`](crate::state_bytes).
    ///
    /// # Panics
    /// If there are no steps or `states` is 0.
    #[track_caller]
    pub fn revolve(steps: usize, states: usize) -> Self {
        assert!(
            states > 0,
            "plan: 0 states to keep, but at least 1 is needed"
        );
        let mut actions = Vec::new();
        if steps > 1 {
            actions.push(Action::Keep { state: 0 });
        }
        let mut here = Some(0);
        // Ranges of steps whose first state is kept, and how many states each may keep with it.
        let mut ranges = vec![(0, steps, states)];
        while let Some((from, to, states)) = ranges.pop() {
            if here.take() != Some(from) {
                actions.push(Action::Restore { state: from });
            }
            if to - from == 1 {
                actions.push(Action::Reverse { from, to });
                continue;
            }
            let middle = from + first_part(to - from, states);
            actions.push(Action::Advance { from, to: middle });
            if to - middle > 1 {
                actions.push(Action::Keep { state: middle });
            }
            here = Some(middle);
            ranges.push((from, middle, states));
            ranges.push((middle, to, states - 1));
        }
        Self::new(steps, actions)
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The actions, in order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// How many steps run only to reach a state. Every step runs once more, on the tape, as it is
    /// reversed; this is how Griewank & Walther (2000) count.
    pub fn advances(&self) -> usize {
        self.advances
    }

    /// The most states that are kept at a time.
    pub fn peak_states(&self) -> usize {
        self.peak_states
    }

    /// The most steps that are on the tape at a time.
    pub fn longest_piece(&self) -> usize {
        self.longest
    }
}

/// The costs, in one line.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n| if n == 1 { "" } else { "s" };
        write!(
            f,
            "{} step{}: at most {} state{} kept and {} step{} on the tape, {} advance{} ({:.2} for each step)",
            self.steps,
            plural(self.steps),
            self.peak_states,
            plural(self.peak_states),
            self.longest,
            plural(self.longest),
            self.advances,
            plural(self.advances),
            self.advances as f64 / self.steps as f64,
        )
    }
}

/// Whether steps lie in one chunk or fill chunks, the last of which may be the short one at the end.
fn fits_chunks(from: usize, to: usize, steps: usize) -> bool {
    let within = to <= from - from % CHUNK + CHUNK;
    within || (from.is_multiple_of(CHUNK) && (to.is_multiple_of(CHUNK) || to == steps))
}

/// How far to advance from the start of `l` > 1 steps with `s` states to keep, the first among them.
///
/// With r as in t(l, s), a first part of m steps leaves m + t(m, s) + t(l - m, s - 1) = t(l, s) if
/// it can be reversed with r - 1 repetitions and the rest with r, neither with fewer than needed:
/// `beta(s, r - 2) <= m <= beta(s, r - 1)` and `beta(s - 1, r - 1) <= l - m <= beta(s - 1, r)`.
fn first_part(l: usize, s: usize) -> usize {
    // beta(s, r - 1) and beta(s, r), from r = 1 on.
    let (mut before, mut most, mut r) = (1, s as u128 + 1, 1);
    while most < l as u128 {
        r += 1;
        (before, most) = (most, most * (s as u128 + r) / r);
    }
    // beta(s - 1, r - 1) = beta(s, r - 1) s / (s + r - 1)
    let rest = before * s as u128 / (s as u128 + r - 1);
    before.min(l as u128 - rest) as usize
}
