//! Elementary functions as branch-free formulas that vectorise.

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
        }
    };
}

functions! {
    /// e^x.
    exp::exp;
    /// e^x - 1, accurate near 0.
    exp::exp_m1;
    /// Natural logarithm: -inf at 0, NaN below.
    log::ln;
    /// ln(1 + x), accurate near 0: -inf at -1, NaN below.
    log::ln_1p;
    /// ln(1 + e^x).
    log::softplus;
    /// Hyperbolic tangent.
    sigmoid::tanh;
    /// 1 - tanh(x)^2 = 4 e^-2x / (1 + e^-2x)^2.
    sigmoid::tanh_derivative;
    /// 1 / (1 + e^-x).
    sigmoid::sigmoid;
    /// sigmoid(x) sigmoid(-x).
    sigmoid::sigmoid_derivative;
    /// x sigmoid(x); 0 at -inf.
    sigmoid::silu;
    /// sigmoid(x) (1 + x sigmoid(-x)); 0 at -inf.
    sigmoid::silu_derivative;
    /// Error function: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
    normal::erf;
    /// x Phi(x), with Phi the standard normal distribution function; 0 at -inf.
    normal::gelu;
    /// Phi(x) + x phi(x), with phi the standard normal density; 0 at -inf.
    normal::gelu_derivative;
}
