//! The linear recurrent unit (Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu & De 2023, section 3):
//! a complex diagonal recurrence, read out linearly.
//!
//! ```text
//! s' = lambda s + exp(gamma) (B x),       lambda = exp(-exp(nu) + i exp(theta))
//! y' = Re(C s') + D x
//! ```
//!
//! |lambda| = exp(-exp(nu)) < 1 whatever nu is. exp(gamma) starts as sqrt(1 - |lambda|^2), so that
//! units of all time scales have states of the same size. Complex numbers are two real parts.

use std::f64::consts::TAU;

use rand::RngExt;
use rand::distr::Open01;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var, concat};

use super::gates::Sizes;
use crate::cell::Cell;
use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// The linear recurrent unit. Its state is `[y, Re s, Im s]`; the y of an initial state is not read.
///
/// Its weights are `nu_log_l0`, `theta_log_l0` and `gamma_log_l0` \[N\], the nu, theta and gamma of
/// the formula; `weight_b_re_l0` and `weight_b_im_l0` [N, I]; `weight_c_re_l0` and `weight_c_im_l0`
/// [H, N]; `weight_d_l0` [H, I].
#[derive(Clone, Copy, Debug)]
pub struct Lru {
    sizes: Sizes,
    units: usize,
    ring: [f64; 2],
    phase: f64,
}

/// The weights of an [`Lru`], as its steps need them.
#[derive(Clone, Copy, Debug)]
pub struct LruWeights<'t, T: Real> {
    /// Real and imaginary part of lambda, \[N\].
    pub lambda: [Var<'t, T>; 2],
    /// What the input is multiplied by: the real and imaginary parts of exp(gamma) B, and D, one
    /// below the other, [2 N + H, I].
    pub input: Var<'t, T>,
    /// The real part of C, and minus the imaginary part, [H, N].
    pub output: [Var<'t, T>; 2],
}

impl<'t, T: Real> FromVars<'t, T> for LruWeights<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let &[nu, theta, gamma, b_re, b_im, c_re, c_im, d] = vars else {
            return None;
        };
        let (radius, phase) = ((-nu.exp()).exp(), theta.exp());
        let scale = gamma.exp().unsqueeze(1);
        Some(Self {
            lambda: [radius * phase.cos(), radius * phase.sin()],
            input: concat(&[scale * b_re, scale * b_im, d], 0),
            output: [c_re, -c_im],
        })
    }
}

impl Lru {
    /// A cell with `hidden` outputs, and as many complex units, over `inputs` features; lambda
    /// starts uniform over the unit disc.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("lru", inputs, hidden, 1),
            units: hidden,
            ring: [0.0, 1.0],
            phase: TAU,
        }
    }

    /// With `units` complex units, the N of the weights.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn with_units(self, units: usize) -> Self {
        assert!(units > 0, "lru: 0 units, but at least 1 is needed");
        Self { units, ..self }
    }

    /// With lambda starting uniform over the ring between these radii: near 1, for long memories.
    ///
    /// # Panics
    /// Unless 0 <= `inner` < `outer` <= 1.
    #[track_caller]
    pub fn with_ring(self, inner: f64, outer: f64) -> Self {
        assert!(
            0.0 <= inner && inner < outer && outer <= 1.0,
            "lru: a ring from {inner} to {outer}, but 0 <= inner < outer <= 1 is needed"
        );
        Self {
            ring: [inner, outer],
            ..self
        }
    }

    /// With phases of lambda between 0 and `largest`, by default 2 pi: less, for slow oscillations.
    ///
    /// # Panics
    /// Unless 0 < `largest` <= 2 pi.
    #[track_caller]
    pub fn with_phase(self, largest: f64) -> Self {
        assert!(
            0.0 < largest && largest <= TAU,
            "lru: phases up to {largest}, but more than 0 and at most 2 pi is needed"
        );
        Self {
            phase: largest,
            ..self
        }
    }
}

impl<T: Real> Cell<T> for Lru {
    type Weights<'t> = LruWeights<'t, T>;
    type State<'t> = [Var<'t, T>; 3];

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// lambda uniform over the ring (section 3 of the paper); each part of B Gaussian of variance
    /// 1 / (2 I), of C 1 / N, D of variance 1 / I.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let (Sizes { inputs, hidden, .. }, n) = (self.sizes, self.units);
        let [inner, outer] = self.ring.map(|r| r * r);
        // |lambda|^2, inside the ring, so that its logarithms are finite.
        let mut squares = vec![0.0; n];
        for square in &mut squares {
            *square = inner + (outer - inner) * rng.sample::<f64, _>(Open01);
        }
        let set = |to: &mut [T], f: fn(f64) -> f64| {
            for (to, &square) in to.iter_mut().zip(&squares) {
                *to = T::from_f64(f(square));
            }
        };
        let mut params = Params::new()
            .with("nu_log_l0", [n], |nu| set(nu, |s| (-0.5 * s.ln()).ln()))
            .with("theta_log_l0", [n], |theta| {
                for theta in theta {
                    let phase = self.phase * rng.sample::<f64, _>(Open01);
                    *theta = T::from_f64(phase.ln());
                }
            })
            .with("gamma_log_l0", [n], |gamma| {
                set(gamma, |s| 0.5 * (-s).ln_1p());
            });
        for (name, shape, units) in [
            ("weight_b_re_l0", [n, inputs], 2 * inputs),
            ("weight_b_im_l0", [n, inputs], 2 * inputs),
            ("weight_c_re_l0", [hidden, n], n),
            ("weight_c_im_l0", [hidden, n], n),
            ("weight_d_l0", [hidden, inputs], inputs),
        ] {
            params = params.with(name, shape, |w| init::gaussian(w, 1.0, units, rng));
        }
        params
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 3] {
        let units = tape.zeros([batch, self.units]);
        [tape.zeros([batch, self.sizes.hidden]), units, units]
    }

    fn project<'t>(&self, w: &LruWeights<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        x.matmul(w.input.t())
    }

    fn step<'t>(
        &self,
        w: &LruWeights<'t, T>,
        x: Var<'t, T>,
        &[_, re, im]: &[Var<'t, T>; 3],
    ) -> [Var<'t, T>; 3] {
        let n = self.units;
        let [x_re, x_im] = x.slice(1, 0..2 * n).split_cols();
        let d = x.slice(1, 2 * n..2 * n + self.sizes.hidden);
        let ([l_re, l_im], [c_re, minus_c_im]) = (w.lambda, w.output);
        let [re, im] = [l_re * re - l_im * im + x_re, l_re * im + l_im * re + x_im];
        let y = re.linear(c_re.t(), im.linear(minus_c_im.t(), d));
        [y, re, im]
    }
}
