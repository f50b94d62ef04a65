//! The instruments, over cells of the library and cells of a user.

mod adjoint;
mod attribution;
mod curvature;
mod flossing;
mod jacobian;
mod lyapunov;
mod methods;
mod refusals;
mod replay;
mod setup;
