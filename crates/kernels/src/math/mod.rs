//! Elementary functions as branch-free formulas that vectorise.
//!
//! One formula serves `f32` and `f64` and every [`Level`](crate::simd::Level): IEEE operations and
//! fused multiply-adds in a fixed order, so that all levels give the same bits. A loop over one of
//! these functions vectorises when it is compiled for a level; call them from code that is
//! `#[inline(always)]` up to a [`Kernel`](crate::simd::Kernel), never through a closure, which may
//! stay out of line and is then compiled for the baseline, 50 times slower.
//!
//! How they work: [`exp`](f64::exp) reduces x to n ln 2 + r; the functions that decay like e^-x are
//! quotients of 2^n (1 + p) that are scaled last, so that tails stay right until they underflow;
//! those that decay like e^(-x^2/2) multiply it by a polynomial in (x - 3) / (x + 3). Where a
//! derivative crosses zero, the root is a factor of the formula, known to twice the precision.
//!
//! # Accuracy
//!
//! Worst error in ulps of the exact result, 2026-11-22: of all finite `f32`, and of 100 000 `f64`
//! for each function, dense where the formulas change. Subnormal results are included.
//!
//! | | f32 | f64 | | f32 | f64 |
//! | --- | --- | --- | --- | --- | --- |
//! | exp | 0.99 | 0.91 | tanh' | 2.44 | 2.12 |
//! | `exp_m1` | 1.25 | 1.57 | sigmoid' | 2.44 | 2.38 |
//! | ln | 1.00 | 1.16 | silu | 1.69 | 1.52 |
//! | `ln_1p` | 1.00 | 1.15 | silu' | 0.89 | 0.82 |
//! | softplus | 1.37 | 1.24 | erf | 1.62 | 1.49 |
//! | tanh | 1.33 | 1.24 | gelu | 0.94 | 1.10 |
//! | sigmoid | 1.75 | 1.53 | gelu' | 1.58 | 1.38 |
//!
//! To measure again: `cargo test -p wengert-kernels math -- --nocapture` prints the worst errors of
//! the committed table and of every 1009th `f32`; `tests/data/generate.py` makes larger tables.
//!
//! # Special values
//!
//! NaN gives NaN. At -inf `gelu` is 0 and `silu` is -0, never NaN.

mod constants;
mod exp;
mod float;
mod log;
mod normal;
mod pair;
mod sigmoid;

macro_rules! functions {
    ($($(#[$doc:meta])* $module:ident::$name:ident;)*) => {
        functions!(@of f32, $($(#[$doc])* $module::$name;)*);
        functions!(@of f64, $($(#[$doc])* $module::$name;)*);
    };
    (@of $float:ident, $($(#[$doc:meta])* $module:ident::$name:ident;)*) => {
        #[doc = concat!("Elementary functions of `", stringify!($float), "`.")]
        pub mod $float {
            type F = core::primitive::$float;
            $(
                $(#[$doc])*
                #[inline(always)]
                pub fn $name(x: F) -> F {
                    super::$module::$name(x)
                }
            )*

            /// [`sigmoid`] and [`sigmoid_derivative`], in less time than one after the other.
            #[inline(always)]
            pub fn sigmoid_with_derivative(x: F) -> (F, F) {
                super::sigmoid::sigmoid_with_derivative(x)
            }

            /// [`tanh`] and [`tanh_derivative`], in less time than one after the other.
            #[inline(always)]
            pub fn tanh_with_derivative(x: F) -> (F, F) {
                super::sigmoid::tanh_with_derivative(x)
            }
        }
    };
}

functions! {
    /// e^x.
    exp::exp;
    /// e^x - 1, accurate near 0; -0 at -0.
    exp::exp_m1;
    /// Natural logarithm: -inf at 0, NaN below.
    log::ln;
    /// ln(1 + x), accurate near 0: -inf at -1, NaN below; -0 at -0.
    log::ln_1p;
    /// ln(1 + e^x), which is max(x, 0) + ln(1 + e^-|x|).
    log::softplus;
    /// Hyperbolic tangent.
    sigmoid::tanh;
    /// 1 - tanh(x)^2, which is 4 e^2x / (1 + e^2x)^2.
    sigmoid::tanh_derivative;
    /// 1 / (1 + e^-x).
    sigmoid::sigmoid;
    /// sigmoid(x) sigmoid(-x).
    sigmoid::sigmoid_derivative;
    /// x sigmoid(x); -0 at -inf.
    sigmoid::silu;
    /// sigmoid(x) (1 + x sigmoid(-x)); -0 at -inf.
    sigmoid::silu_derivative;
    /// Error function: 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.
    normal::erf;
    /// x Phi(x), with Phi the standard normal distribution function; 0 at -inf.
    normal::gelu;
    /// Phi(x) + x phi(x), with phi the standard normal density; -0 at -inf.
    normal::gelu_derivative;
}
