//! Clipping of the gradient, and how often it happened.

use wengert_tape::Real;

use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;
use crate::norm::norm;

/// Scales a gradient down to the norm `max` if it is longer (Pascanu et al. 2013, algorithm 1);
/// returns its norm before. A gradient with an infinite or NaN element is left as it is.
///
/// # Panics
/// If `max` is not positive.
#[track_caller]
pub fn clip_norm<T: Real>(gradient: &mut [T], max: f64) -> f64 {
    check_max("norm", max);
    let norm = norm(gradient);
    if norm > max && norm.is_finite() {
        let factor = T::from_f64(max / norm);
        for g in gradient {
            *g = factor * *g;
        }
    }
    norm
}

/// Moves each element of a gradient into [-max, max]; returns its norm before. NaN stays.
///
/// # Panics
/// If `max` is not positive.
#[track_caller]
pub fn clip_value<T: Real>(gradient: &mut [T], max: f64) -> f64 {
    check_max("element", max);
    let norm = norm(gradient);
    let max = T::from_f64(max);
    for g in gradient {
        if *g > max {
            *g = max;
        } else if *g < -max {
            *g = -max;
        }
    }
    norm
}

/// A limit for gradients, which counts the gradients and how many of them exceeded it.
///
/// ```
/// use wengert_rnn::optim::Clip;
///
/// let mut clip = Clip::by_norm(1.0);
/// assert_eq!(clip.apply(&mut [3.0, 4.0]).norm, 5.0);
/// assert!(!clip.apply(&mut [0.3, 0.4]).clipped);
/// assert_eq!((clip.clipped(), clip.seen()), (1, 2));
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Clip {
    limit: Limit,
    clipped: u64,
    seen: u64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Limit {
    Norm(f64),
    Element(f64),
}

/// What [`Clip::apply`] found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clipped {
    /// The Euclidean norm of the gradient before.
    pub norm: f64,
    /// Whether the gradient was changed.
    pub clipped: bool,
}

impl Clip {
    /// At most this norm, see [`clip_norm`].
    ///
    /// # Panics
    /// If `max` is not positive.
    #[track_caller]
    pub fn by_norm(max: f64) -> Self {
        check_max("norm", max);
        Self::new(Limit::Norm(max))
    }

    /// No element beyond this, see [`clip_value`].
    ///
    /// # Panics
    /// If `max` is not positive.
    #[track_caller]
    pub fn by_value(max: f64) -> Self {
        check_max("element", max);
        Self::new(Limit::Element(max))
    }

    fn new(limit: Limit) -> Self {
        Self {
            limit,
            clipped: 0,
            seen: 0,
        }
    }

    /// Clips a gradient.
    pub fn apply<T: Real>(&mut self, gradient: &mut [T]) -> Clipped {
        let (norm, clipped) = match self.limit {
            Limit::Norm(max) => {
                let norm = clip_norm(gradient, max);
                (norm, norm > max && norm.is_finite())
            }
            Limit::Element(max) => {
                let clipped = gradient.iter().any(|g| g.to_f64().abs() > max);
                (clip_value(gradient, max), clipped)
            }
        };
        self.seen += 1;
        self.clipped += u64::from(clipped);
        Clipped { norm, clipped }
    }

    /// Gradients that exceeded the limit.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Gradients clipped or not.
    pub fn seen(&self) -> u64 {
        self.seen
    }
}

impl Snapshot for Clip {
    fn save(&self, to: &mut Writer) {
        to.words("counts", &[self.clipped, self.seen]);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        [self.clipped, self.seen] = from.words("counts")?;
        Ok(())
    }
}

#[track_caller]
fn check_max(what: &str, max: f64) {
    assert!(max > 0.0, "clip: the largest {what} is {max}, not positive");
}
