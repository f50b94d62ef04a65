//! Elementary functions as branch-free formulas that vectorise.

macro_rules! stand_in {
    ($f:ident) => {
        /// Elementary functions of one float type.
        #[expect(missing_docs)]
        pub mod $f {
            type F = core::primitive::$f;
            #[inline(always)]
            pub fn exp(x: F) -> F {
                F::exp(x)
            }
            #[inline(always)]
            pub fn exp_m1(x: F) -> F {
                F::exp_m1(x)
            }
            #[inline(always)]
            pub fn ln(x: F) -> F {
                F::ln(x)
            }
            #[inline(always)]
            pub fn ln_1p(x: F) -> F {
                F::ln_1p(x)
            }
            #[inline(always)]
            pub fn tanh(x: F) -> F {
                F::tanh(x)
            }
            #[inline(always)]
            pub fn tanh_derivative(x: F) -> F {
                let e = F::exp(-2.0 * x.abs());
                4.0 * e / ((1.0 + e) * (1.0 + e))
            }
            #[inline(always)]
            pub fn sigmoid(x: F) -> F {
                1.0 / (1.0 + F::exp(-x))
            }
            #[inline(always)]
            pub fn sigmoid_derivative(x: F) -> F {
                let e = F::exp(-x.abs());
                e / ((1.0 + e) * (1.0 + e))
            }
            #[inline(always)]
            pub fn softplus(x: F) -> F {
                x.max(0.0) + F::ln_1p(F::exp(-x.abs()))
            }
            #[inline(always)]
            pub fn erf(x: F) -> F {
                x.tanh()
            }
            #[inline(always)]
            pub fn gelu(x: F) -> F {
                x * sigmoid(x)
            }
            #[inline(always)]
            pub fn gelu_derivative(x: F) -> F {
                silu_derivative(x)
            }
            #[inline(always)]
            pub fn silu(x: F) -> F {
                x * sigmoid(x)
            }
            #[inline(always)]
            pub fn silu_derivative(x: F) -> F {
                sigmoid(x) * (1.0 + x * sigmoid(-x))
            }
        }
    };
}
stand_in!(f32);
stand_in!(f64);
