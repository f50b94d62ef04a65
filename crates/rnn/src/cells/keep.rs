//! How long a gated cell remembers before it is trained: the biases of the gates that keep its
//! memory and that write to it.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;
use wengert_tape::Real;

use crate::init;
use crate::params::Params;

/// Initial biases of the gate that keeps the memory, over its rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    /// This one for all units.
    Bias(f64),
    /// See [`init::chrono`]; the gate that writes gets minus these.
    Chrono(usize),
}

impl Keep {
    /// # Panics
    /// If the bias is not finite.
    #[track_caller]
    pub fn bias(cell: &str, bias: f64) -> Self {
        assert!(
            bias.is_finite(),
            "{cell}: forget bias {bias}, but it must be finite"
        );
        Self::Bias(bias)
    }

    /// # Panics
    /// If `longest` is less than 2.
    #[track_caller]
    pub fn chrono(cell: &str, longest: usize) -> Self {
        assert!(
            longest >= 2,
            "{cell}: chrono biases for {longest} steps, but at least 2 are needed"
        );
        Self::Chrono(longest)
    }

    /// Sets the biases in the rows `keep`, and those in the rows `write` if there is such a gate.
    /// The second bias becomes 0 there, so that the sum of both is the one wanted.
    pub fn set<T: Real>(
        self,
        params: &mut Params<T>,
        keep: Range<usize>,
        write: Option<Range<usize>>,
        rng: &mut ChaCha8Rng,
    ) {
        let mut biases = vec![T::ZERO; keep.len()];
        match self {
            Self::Bias(bias) => biases.fill(T::from_f64(bias)),
            Self::Chrono(longest) => init::chrono(&mut biases, longest, rng),
        }
        params.get_mut("bias_ih_l0")[keep.clone()].copy_from_slice(&biases);
        params.get_mut("bias_hh_l0")[keep].fill(T::ZERO);
        if let (Self::Chrono(_), Some(write)) = (self, write) {
            for b in &mut biases {
                *b = -*b;
            }
            params.get_mut("bias_ih_l0")[write.clone()].copy_from_slice(&biases);
            params.get_mut("bias_hh_l0")[write].fill(T::ZERO);
        }
    }
}
