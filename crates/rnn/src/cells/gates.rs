//! The weights of a cell in PyTorch's layout: one matrix for the input, one for the hidden state,
//! the rows of all gates one below the other, and two biases or none.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;
use wengert_kernels::rows::{Columns, RowsMut};
use wengert_tape::{Real, Shape, Var, Write};

use super::keep::Keep;
use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// `weight_ih_l0` [G H, I], `weight_hh_l0` [G H, R], and if there are biases `bias_ih_l0` and
/// `bias_hh_l0`, both [G H]; with a projection of the hidden state, `weight_hr_l0` [P, H]. G gates
/// of H units, and R features of the recurrent state: P with a projection, H without.
#[derive(Clone, Copy, Debug)]
pub struct Gates<'t, T: Real> {
    /// `weight_ih_l0`.
    pub ih: Var<'t, T>,
    /// `weight_hh_l0`.
    pub hh: Var<'t, T>,
    /// `bias_ih_l0` and `bias_hh_l0`.
    pub bias: Option<[Var<'t, T>; 2]>,
    /// `weight_hr_l0`.
    pub hr: Option<Var<'t, T>>,
}

impl<'t, T: Real> FromVars<'t, T> for Gates<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let (&[ih, hh], rest) = vars.split_first_chunk()?;
        if ih.shape().rank() != 2 || hh.shape().rank() != 2 {
            return None;
        }
        let (bias, hr) = match *rest {
            [] => (None, None),
            [hr] => (None, Some(hr)),
            [b_ih, b_hh] => (Some([b_ih, b_hh]), None),
            [b_ih, b_hh, hr] => (Some([b_ih, b_hh]), Some(hr)),
            _ => return None,
        };
        Some(Self { ih, hh, bias, hr })
    }
}

impl<'t, T: Real> Gates<'t, T> {
    /// Hidden units, if there are `count` gates.
    pub(super) fn hidden(&self, count: usize) -> Option<usize> {
        let rows = self.ih.shape().dims()[0];
        rows.is_multiple_of(count).then_some(rows / count)
    }

    /// Some of the gates: these rows of weights and biases.
    #[track_caller]
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let of = |var: Var<'t, T>| var.rows(rows.clone());
        Self {
            ih: of(self.ih),
            hh: of(self.hh),
            bias: self.bias.map(|biases| biases.map(of)),
            hr: self.hr,
        }
    }
}

/// The affine map from input and hidden state to gates, `x W_ih^T + h W_hh^T + b`: [`Gates`] whose
/// two biases are only ever added, in the form in which each step reads them.
#[derive(Clone, Copy, Debug)]
pub struct Affine<'t, T: Real> {
    ih_t: Var<'t, T>,
    hh_t: Var<'t, T>,
    bias: Var<'t, T>,
    /// `weight_hr_l0`.
    pub(super) hr: Option<Var<'t, T>>,
}

impl<'t, T: Real> FromVars<'t, T> for Affine<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        Gates::from_vars(vars).map(|gates| Self::new(&gates))
    }
}

impl<'t, T: Real> Affine<'t, T> {
    /// To all gates.
    #[track_caller]
    pub fn new(gates: &Gates<'t, T>) -> Self {
        let &Gates { ih, hh, bias, hr } = gates;
        let bias = match bias {
            Some([b_ih, b_hh]) => b_ih + b_hh,
            None => ih.tape().scalar(0.0),
        };
        let (ih_t, hh_t) = (ih.t(), hh.t());
        Self {
            ih_t,
            hh_t,
            bias,
            hr,
        }
    }

    /// All gates before their nonlinearities.
    #[track_caller]
    pub(super) fn apply(&self, x: Var<'t, T>, h: Var<'t, T>) -> Var<'t, T> {
        x.linear2(self.ih_t, h, self.hh_t, self.bias)
    }
}

/// The rows and hidden units of `count` gates side by side, if `state` has the shape of one.
pub(super) fn check_gates(gates: Shape, count: usize, state: Shape) -> Result<[usize; 2], String> {
    match (gates.dims(), state.dims()) {
        (&[rows, width], &[batch, hidden]) if [rows, width] == [batch, count * hidden] => {
            Ok([batch, hidden])
        }
        _ => Err(format!("{count} gates {gates} over a state {state}")),
    }
}

/// The gates of a matrix of `N` side by side, each of `hidden` columns.
pub(super) fn columns<T, const N: usize>(data: &[T], hidden: usize) -> [Columns<'_, T>; N] {
    std::array::from_fn(|gate| Columns {
        data,
        stride: N * hidden,
        first: gate * hidden,
    })
}

/// An adjoint or a value as a matrix of this many columns.
pub(super) fn rows<T>((data, write): (&mut [T], Write), stride: usize) -> RowsMut<'_, T> {
    RowsMut {
        data,
        stride,
        write,
    }
}

/// Sizes of the weights of a cell, and how they start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub inputs: usize,
    pub hidden: usize,
    cell: &'static str,
    gates: usize,
    bias: bool,
    projection: Option<usize>,
    keep: Option<Keep>,
}

impl Sizes {
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(cell: &'static str, inputs: usize, hidden: usize, gates: usize) -> Self {
        assert!(
            inputs > 0 && hidden > 0,
            "{cell}: {inputs} inputs and {hidden} hidden units: neither may be 0"
        );
        Self {
            inputs,
            hidden,
            cell,
            gates,
            bias: true,
            projection: None,
            keep: None,
        }
    }

    /// # Panics
    /// If initial biases were set.
    #[track_caller]
    pub fn without_bias(mut self) -> Self {
        self.bias = false;
        self.check_biases()
    }

    /// # Panics
    /// Unless `size` is at least 1 and less than H.
    #[track_caller]
    pub fn with_projection(mut self, size: usize) -> Self {
        let (cell, hidden) = (self.cell, self.hidden);
        assert!(
            (1..hidden).contains(&size),
            "{cell}: projection to {size}, but it must be at least 1 and less than the {hidden} hidden units"
        );
        self.projection = Some(size);
        self
    }

    /// # Panics
    /// If the bias is not finite, or there are no biases.
    #[track_caller]
    pub fn with_forget_bias(mut self, bias: f64) -> Self {
        self.keep = Some(Keep::bias(self.cell, bias));
        self.check_biases()
    }

    /// # Panics
    /// If `longest` is less than 2, or there are no biases.
    #[track_caller]
    pub fn with_chrono(mut self, longest: usize) -> Self {
        self.keep = Some(Keep::chrono(self.cell, longest));
        self.check_biases()
    }

    #[track_caller]
    fn check_biases(self) -> Self {
        assert!(
            self.bias || self.keep.is_none(),
            "{}: initial values for biases, but without biases",
            self.cell
        );
        self
    }

    /// Number of features of the hidden state that goes around.
    pub fn recurrent(&self) -> usize {
        self.projection.unwrap_or(self.hidden)
    }

    /// All uniform between plus and minus 1/sqrt(H), PyTorch's default.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let (rows, recurrent) = (self.gates * self.hidden, self.recurrent());
        let bound = 1.0 / (self.hidden as f64).sqrt();
        let mut uniform = |w: &mut [T]| init::uniform(w, bound, rng);
        let mut params = Params::new()
            .with("weight_ih_l0", [rows, self.inputs], &mut uniform)
            .with("weight_hh_l0", [rows, recurrent], &mut uniform);
        if self.bias {
            params = params.with("bias_ih_l0", [rows], &mut uniform).with(
                "bias_hh_l0",
                [rows],
                &mut uniform,
            );
        }
        if let Some(projection) = self.projection {
            params = params.with("weight_hr_l0", [projection, self.hidden], &mut uniform);
        }
        params
    }

    /// `weight_ih_l0` and `bias_l0` of a cell whose gates see the input only, all uniform between plus
    /// and minus 1/sqrt(I).
    pub fn init_affine<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let rows = self.gates * self.hidden;
        let bound = 1.0 / (self.inputs as f64).sqrt();
        let mut uniform = |w: &mut [T]| init::uniform(w, bound, rng);
        Params::new()
            .with("weight_ih_l0", [rows, self.inputs], &mut uniform)
            .with("bias_l0", [rows], &mut uniform)
    }

    /// [`Sizes::init`] for a cell whose gate number `keep` keeps its memory, and number `write`, if
    /// there is one, writes to it.
    pub fn init_gated<T: Real>(
        &self,
        keep: usize,
        write: Option<usize>,
        rng: &mut ChaCha8Rng,
    ) -> Params<T> {
        let mut params = self.init(rng);
        let rows = |gate: usize| gate * self.hidden..(gate + 1) * self.hidden;
        if let Some(biases) = self.keep {
            biases.set(&mut params, rows(keep), write.map(rows), rng);
        }
        params
    }
}
