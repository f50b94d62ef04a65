//! The independently recurrent network (Li, Li, Cook, Zhu & Gao 2018): each unit sees
//! its own past only, and layers mix them.
//!
//! ```text
//! h' = relu(W_ih x + b + u h),   elementwise in u and h
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::Sizes;
use crate::cell::Cell;
use crate::init;
use crate::params::Params;

/// The independently recurrent network.
///
/// Its weights are `weight_ih_l0` [H, I], `weight_hh_l0` \[H\], the u of the formula, and `bias_l0`
/// \[H\].
#[derive(Clone, Copy, Debug)]
pub struct IndRnn {
    sizes: Sizes,
}

impl IndRnn {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("indrnn", inputs, hidden, 1),
        }
    }
}

impl<T: Real> Cell<T> for IndRnn {
    type Weights<'t> = [Var<'t, T>; 3];
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// u uniform between 0 and 1, from units that forget at once to units that keep all, which is
    /// the paper's choice in the limit of long sequences; W_ih uniform between plus and minus
    /// 1/sqrt(I), b = 0.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let Sizes { inputs, hidden, .. } = self.sizes;
        let bound = 1.0 / (inputs as f64).sqrt();
        Params::<T>::new()
            .with("weight_ih_l0", [hidden, inputs], |w| {
                init::uniform(w, bound, rng);
            })
            .with("weight_hh_l0", [hidden], |u: &mut [T]| {
                init::uniform(u, 1.0, rng);
                for u in u {
                    *u = u.abs();
                }
            })
            .with("bias_l0", [hidden], |_| {})
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn project<'t>(&self, &[ih, _, b]: &[Var<'t, T>; 3], x: Var<'t, T>) -> Var<'t, T> {
        x.linear(ih.t(), b)
    }

    fn step<'t>(&self, &[_, u, _]: &[Var<'t, T>; 3], x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        (x + u * *h).relu()
    }
}
