//! Optimisers over flat slices of parameters, one file each, with PyTorch's formulas; schedules of
//! the learning rate, clipping of the gradient, and what else a step of training consists of.
//!
//! In all formulas w are the parameters, g is their gradient, and t counts steps from 1.

mod adagrad;
mod adam;
mod average;
mod clip;
mod grouped;
mod plateau;
mod rmsprop;
pub mod schedule;
mod sgd;
mod stopping;

use wengert_tape::Real;

use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;
use crate::tensors::Element;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use average::Average;
pub use clip::{Clip, clip_norm, clip_value};
pub use grouped::Grouped;
pub use plateau::Plateau;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;
pub use stopping::EarlyStopping;

/// A way to go down a gradient.
///
/// An optimiser of your own keeps what it remembers in a [`State`], so that checkpoints hold it:
///
/// ```
/// use wengert_rnn::Optimizer;
/// use wengert_rnn::optim::State;
/// use wengert_tape::Real;
///
/// /// w -= rate sign(g) (Bernstein et al. 2018).
/// struct SignDescent<T>(State<T>);
///
/// impl<T: Real> Optimizer<T> for SignDescent<T> {
///     fn state(&self) -> &State<T> {
///         &self.0
///     }
///     fn state_mut(&mut self) -> &mut State<T> {
///         &mut self.0
///     }
///     fn update(&mut self, values: &mut [T], gradient: &[T]) {
///         let rate = T::from_f64(self.rate());
///         for (w, &g) in values.iter_mut().zip(gradient) {
///             if g > T::ZERO { *w -= rate } else if g < T::ZERO { *w += rate }
///         }
///     }
/// }
///
/// let mut descent = SignDescent(State::new("sign descent", 0.5, 2));
/// let mut w = [1.0, 1.0];
/// descent.step(&mut w, &[0.1, -3.0]);
/// assert_eq!(w, [0.5, 1.5]);
/// ```
pub trait Optimizer<T: Real> {
    /// What it remembers.
    fn state(&self) -> &State<T>;

    /// What it remembers, to change.
    fn state_mut(&mut self) -> &mut State<T>;

    /// The formula: changes the parameters `values`. To be called by [`Optimizer::step`], which has
    /// checked the lengths and counted the step.
    fn update(&mut self, values: &mut [T], gradient: &[T]);

    /// Takes one step.
    ///
    /// # Panics
    /// If `values` or `gradient` has not as many elements as the optimiser was made for.
    #[track_caller]
    fn step(&mut self, values: &mut [T], gradient: &[T]) {
        let state = self.state_mut();
        for len in [values.len(), gradient.len()] {
            assert!(
                len == state.len,
                "{}: {len} elements came for {} parameters",
                state.name,
                state.len
            );
        }
        state.steps += 1;
        self.update(values, gradient);
    }

    /// The learning rate.
    fn rate(&self) -> f64 {
        self.state().rate
    }

    /// Sets the learning rate of the next steps. A schedule may set it to 0.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    fn set_rate(&mut self, rate: f64) {
        let state = self.state_mut();
        assert!(
            rate >= 0.0 && rate.is_finite(),
            "{}: learning rate {rate}, but it must be finite and not negative",
            state.name
        );
        state.rate = rate;
    }
}

/// What an optimiser remembers from step to step.
#[derive(Clone, PartialEq, Debug)]
pub struct State<T> {
    name: &'static str,
    rate: f64,
    steps: u64,
    len: usize,
    moments: Vec<(&'static str, Vec<T>)>,
}

impl<T: Real> State<T> {
    /// Of the optimiser of this name, for `len` parameters: no steps taken, no moments.
    ///
    /// # Panics
    /// If the learning rate is not positive and finite.
    #[track_caller]
    pub fn new(name: &'static str, rate: f64, len: usize) -> Self {
        assert!(
            rate > 0.0 && rate.is_finite(),
            "{name}: learning rate {rate}, but it must be positive and finite"
        );
        Self {
            name,
            rate,
            steps: 0,
            len,
            moments: Vec::new(),
        }
    }

    /// With one number more for each parameter, `start` before the first step.
    #[must_use]
    pub fn with_moment(mut self, moment: &'static str, start: T) -> Self {
        self.moments.retain(|(name, _)| *name != moment);
        self.moments.push((moment, vec![start; self.len]));
        self
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The names of the moments, and the moments.
    pub fn moments(&self) -> impl Iterator<Item = (&'static str, &[T])> {
        self.moments.iter().map(|(name, m)| (*name, &m[..]))
    }

    /// The moments of these names, to change; empty where there is none.
    pub fn moments_mut<const N: usize>(&mut self, names: [&str; N]) -> [&mut [T]; N] {
        let mut found = [(); N].map(|()| &mut [][..]);
        for (name, moment) in &mut self.moments {
            if let Some(at) = names.iter().position(|wanted| wanted == name) {
                found[at] = moment;
            }
        }
        found
    }
}

impl<T: Real> State<T> {
    /// Back to an earlier rate, number of steps, and moments.
    pub(crate) fn reset(&mut self, rate: f64, steps: u64, moments: &[Vec<T>]) {
        (self.rate, self.steps) = (rate, steps);
        for ((_, moment), before) in self.moments.iter_mut().zip(moments) {
            moment.copy_from_slice(before);
        }
    }
}

impl<T: Real + Element> Snapshot for State<T> {
    fn save(&self, to: &mut Writer) {
        to.words("state", &[self.rate.to_bits(), self.steps]);
        for (name, moment) in &self.moments {
            to.values(name, &[self.len], moment);
        }
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let [rate, steps] = from.words("state")?;
        (self.rate, self.steps) = (f64::from_bits(rate), steps);
        for (name, moment) in &mut self.moments {
            from.values(name, &[self.len], moment)?;
        }
        Ok(())
    }
}

/// Asserts that a decay rate or a momentum, `what`, is in [0, 1).
#[track_caller]
fn check_fraction(name: &str, what: &str, value: f64) {
    assert!(
        (0.0..1.0).contains(&value),
        "{name}: {what} {value}, but it must be in [0, 1)"
    );
}

/// Asserts that a weight decay, or an epsilon, is finite and not negative.
#[track_caller]
fn check_not_negative(name: &str, what: &str, value: f64) {
    assert!(
        value >= 0.0 && value.is_finite(),
        "{name}: {what} {value}, but it must be finite and not negative"
    );
}
