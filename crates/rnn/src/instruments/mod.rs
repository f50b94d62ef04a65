//! Instruments: how gradients travel through time.
//!
//! | question | instrument |
//! | --- | --- |
//! | how much of the gradient is left at step t? | [`adjoint_norms`] |
//! | what does a state remember of an earlier one? | [`step_jacobians`], [`jacobian_products`], [`log_singular_values`] |
//! | do nearby states diverge, and how does that depend on the weights? | [`lyapunov_spectrum`], [`lyapunov_gradient`] |
//! | which step, and which lag, does a weight's gradient come from? | [`gradient_by_step`], [`gradient_by_lag`] |
//! | how curved is the loss? | [`hessian_product`], [`hessian_eigenpairs`], [`hessian_trace`] |
//! | what does another method make of the same gradient? | [`bptt`], [`truncated_bptt`], [`rtrl`], [`snap1`], [`uoro`] |
//! | has the gradient vanished, or has single precision lost it? | [`replay`] |
//!
//! All but the first look at a [`Rollout`]: a cell, its parameters, and the sequences it runs over.
//! They treat the whole state of a cell, `h` or `[h, c]`, as one row `s` of S numbers for each
//! sample, and take every derivative from a sweep of the tape, or from its dual numbers. Samples
//! must not influence each other: a cell that normalises over the batch has no Jacobian of its own.

mod adjoint;
mod attribution;
mod curvature;
mod flossing;
mod forward;
mod frame;
mod graded;
mod jacobian;
mod lanczos;
mod loss;
mod lyapunov;
mod methods;
mod replay;
mod rollout;
mod rtrl;
mod snap1;
mod uoro;

pub use adjoint::{adjoint_norms, retain};
pub use attribution::{gradient_by_lag, gradient_by_step};
pub use curvature::{Trace, hessian_eigenpairs, hessian_product, hessian_trace};
pub use flossing::{Flossing, lyapunov_gradient};
pub use frame::Frame;
pub use jacobian::{jacobian_products, log_singular_values, step_jacobians};
pub use lanczos::Eigenpair;
pub use loss::StepLoss;
pub use lyapunov::{Lyapunov, lyapunov_spectrum};
pub use methods::{bptt, truncated_bptt};
pub use replay::{Fate, Replay, ReplayState, replay};
pub use rollout::Rollout;
pub use rtrl::rtrl;
pub use snap1::snap1;
pub use uoro::uoro;
