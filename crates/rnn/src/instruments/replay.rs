//! A run in single precision beside the same run in double: has the gradient vanished, or has single
//! precision lost it?
//!
//! Both runs have the same parameters and inputs, those of the single one, which double precision
//! holds exactly. An adjoint below 1.2e-38 is subnormal in single precision: it loses bits, and slows
//! many processors; below 1.4e-45 it is 0. In double precision that happens at 2.2e-308 and 4.9e-324.

use super::loss::{State, StepLoss, Swept};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::norm::norm;

/// What has become of the adjoint of a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is there, all of it as normal numbers or exact zeros.
    Normal,
    /// Single precision holds an element as a subnormal number, or has lost one altogether.
    Degraded,
    /// It is exactly 0 in single precision, and not in double.
    Underflowed,
    /// It is exactly 0 in both.
    Vanished,
}

/// A state of both runs, and its adjoint.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReplayState {
    /// Norm of the adjoint in single precision.
    pub single: f64,
    /// Norm of the adjoint in double precision.
    pub double: f64,
    /// Elements of the adjoint that are subnormal in single precision.
    pub subnormal: usize,
    /// Elements of the adjoint that are 0 in single precision, and not in double.
    pub lost: usize,
    /// Distance of the states of the two runs, relative to the norm of the double one; 0 if both
    /// are 0.
    pub drift: f64,
}

impl ReplayState {
    /// What has become of the adjoint.
    pub fn fate(&self) -> Fate {
        if self.double == 0.0 && self.single == 0.0 {
            Fate::Vanished
        } else if self.single == 0.0 {
            Fate::Underflowed
        } else if self.subnormal + self.lost > 0 {
            Fate::Degraded
        } else {
            Fate::Normal
        }
    }
}

/// Two runs, in single and in double precision.
#[derive(Clone, PartialEq, Debug)]
pub struct Replay {
    /// The sum of all losses in single precision.
    pub single: f64,
    /// The sum of all losses in double precision.
    pub double: f64,
    /// States 0 .. T: the initial one, and that after each step.
    pub states: Vec<ReplayState>,
    /// The last step with a loss.
    pub last_loss: usize,
}

impl Replay {
    /// The smallest lag at which the adjoint has met this fate, in steps back from the state that the
    /// last loss looks at. `None` if it never has.
    pub fn first(&self, fate: Fate) -> Option<usize> {
        let back = self.states[..self.last_loss + 2].iter().rev();
        back.map(ReplayState::fate).position(|found| found == fate)
    }
}

/// Runs the steps, the losses and the sweep in single precision, and again in double.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Fate, Rollout, StepLoss, replay};
/// use wengert_rnn::{Activation, Cell, Elman};
/// use wengert_tape::{Real, Var};
///
/// struct Last;
/// impl StepLoss for Last {
///     fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         (t == 199).then(|| h.sum())
///     }
/// }
///
/// // h' = relu(h / 2 + x): the adjoint halves with each step back.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0_f32, 0.5, 0.0, 0.0]);
/// let replay = replay(&Rollout::new(&cell, &params, &[1.0; 200], 1), &Last);
/// assert_eq!(replay.first(Fate::Degraded), Some(127)); // 2^-126 is the smallest normal number
/// assert_eq!(replay.first(Fate::Underflowed), Some(150)); // 2^-149 is the smallest number
/// assert_eq!(replay.first(Fate::Vanished), None);
/// ```
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn replay<C: Cell<f32> + Cell<f64>>(
    rollout: &Rollout<'_, f32, C>,
    loss: &impl StepLoss,
) -> Replay {
    let single = Swept::new(rollout, loss);
    let double = Swept::new(&rollout.lift(f64::from), loss);
    let state = |(single, double): (&State<f32>, &State<f64>)| {
        let pairs = || single.adjoint.iter().zip(&double.adjoint);
        let apart: Vec<f64> = std::iter::zip(&single.value, &double.value)
            .map(|(&s, &d)| f64::from(s) - d)
            .collect();
        let apart = norm(&apart);
        ReplayState {
            single: norm(&single.adjoint),
            double: norm(&double.adjoint),
            subnormal: pairs().filter(|(s, _)| s.is_subnormal()).count(),
            lost: pairs().filter(|&(&s, &d)| s == 0.0 && d != 0.0).count(),
            drift: if apart == 0.0 {
                0.0
            } else {
                apart / norm(&double.value)
            },
        }
    };
    Replay {
        single: single.loss,
        double: double.loss,
        states: single
            .states
            .iter()
            .zip(&double.states)
            .map(state)
            .collect(),
        last_loss: double.last_loss,
    }
}
