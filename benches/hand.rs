//! Back-propagation through time written by hand for the simple recurrent network: no tape, the
//! same kernels, every buffer allocated once.
//!
//! ```text
//! a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh,    h_t = tanh(a_t)
//! e_t = tanh'(a_t) * d_t,    d_{t-1} = W_hh^T e_t,    d_T = 1
//! dW_ih = sum e_t x_t^T,  dW_hh = sum e_t h_{t-1}^T,  db_ih = db_hh = sum e_t
//! ```

use wengert_kernels::map::{Formula, Identity, zip, zip_slices};
use wengert_kernels::reduce::sum_into;
use wengert_kernels::{Mat, MatMut, Packed, Real, Strided, StridedMut, Write, gemm, packed_gemm};

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Every product at its step.
    BySteps,
    /// Input projections and weight gradients as one product each over all steps.
    Hoisted,
}

/// Buffers for one size of problem, f32.
#[derive(Debug)]
pub struct Hand {
    style: Style,
    batch: usize,
    steps: usize,
    inputs: usize,
    hidden: usize,
    /// Both matrices, transposed and packed.
    w_ih: Packed<f32>,
    w_hh: Packed<f32>,
    bias: Vec<f32>,
    /// Pre-activations of each step.
    a: Vec<f32>,
    /// Hidden states, from the initial zeros on.
    h: Vec<f32>,
    /// Adjoint of the hidden state at hand.
    d: Vec<f32>,
    /// Adjoints of the pre-activations of each step.
    e: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Tanh;

impl Formula<f32, 1> for Tanh {
    #[inline(always)]
    fn at(self, [a]: [f32; 1]) -> f32 {
        Real::tanh(a)
    }
}

#[derive(Clone, Copy)]
struct TanhAdjoint;

impl Formula<f32, 2> for TanhAdjoint {
    #[inline(always)]
    fn at(self, [d, a]: [f32; 2]) -> f32 {
        d * a.tanh_derivative()
    }
}

impl Hand {
    /// For `[batch, steps, inputs, hidden]`.
    pub fn new(style: Style, [batch, steps, inputs, hidden]: [usize; 4]) -> Self {
        let step = batch * hidden;
        Self {
            style,
            batch,
            steps,
            inputs,
            hidden,
            w_ih: Packed::new(),
            w_hh: Packed::new(),
            bias: vec![0.0; hidden],
            a: vec![0.0; steps * step],
            h: vec![0.0; (steps + 1) * step],
            d: vec![0.0; step],
            e: vec![0.0; steps * step],
        }
    }

    /// The gradient of the sum of the last hidden state, with parameters and gradient one behind
    /// the other (`W_ih` [H, I], `W_hh` [H, H], `b_ih`, `b_hh`); inputs [T B, I], time-major.
    ///
    /// # Panics
    /// If a slice has the wrong length.
    pub fn gradient(&mut self, params: &[f32], x: &[f32]) -> Vec<f32> {
        let (i, h) = (self.inputs, self.hidden);
        let (w_ih, rest) = params.split_at(h * i);
        let (w_hh, biases) = rest.split_at(h * h);
        self.w_ih.pack(Mat::rows(w_ih, h, i).t());
        self.w_hh.pack(Mat::rows(w_hh, h, h).t());
        let (b_ih, b_hh) = biases.split_at(h);
        let sums = b_ih.iter().zip(b_hh).map(|(b, c)| b + c);
        self.bias
            .iter_mut()
            .zip(sums)
            .for_each(|(bias, b)| *bias = b);
        self.forward(x);
        self.backward(w_hh, x)
    }

    fn forward(&mut self, x: &[f32]) {
        if self.style == Style::Hoisted {
            self.project(x, 0, self.steps);
        }
        let (b, h) = (self.batch, self.hidden);
        for t in 0..self.steps {
            if self.style == Style::BySteps {
                self.project(x, t, 1);
            }
            let step = b * h;
            let a = &mut self.a[t * step..][..step];
            let (before, after) = self.h[t * step..].split_at_mut(step);
            packed_gemm(
                Mat::rows(before, b, h),
                &self.w_hh,
                MatMut::rows(a, b, h),
                true,
            );
            zip_slices(Tanh, [a], &mut after[..step], Write::Set);
        }
    }

    /// `a = x W_ih^T + b_ih + b_hh` for `count` steps from `first`.
    fn project(&mut self, x: &[f32], first: usize, count: usize) {
        let (i, h, rows) = (self.inputs, self.hidden, count * self.batch);
        let a = &mut self.a[first * self.batch * h..][..rows * h];
        let bias = Strided {
            data: &self.bias,
            offset: 0,
            strides: [0, 0, 0, 1],
        };
        zip(Identity, [1, 1, rows, h], [bias], matrix(a, h), Write::Set);
        let x = &x[first * self.batch * i..][..rows * i];
        packed_gemm(
            Mat::rows(x, rows, i),
            &self.w_ih,
            MatMut::rows(a, rows, h),
            true,
        );
    }

    fn backward(&mut self, w_hh: &[f32], x: &[f32]) -> Vec<f32> {
        let (b, i, h) = (self.batch, self.inputs, self.hidden);
        let step = b * h;
        let mut gradient = vec![0.0; h * i + h * h + 2 * h];
        self.d.fill(1.0);
        for t in (0..self.steps).rev() {
            let e = &mut self.e[t * step..][..step];
            zip_slices(
                TanhAdjoint,
                [&self.d, &self.a[t * step..][..step]],
                e,
                Write::Set,
            );
            let d = MatMut::rows(&mut self.d, b, h);
            gemm(Mat::rows(e, b, h), Mat::rows(w_hh, h, h), d, false);
            if self.style == Style::BySteps {
                self.accumulate(x, t, 1, &mut gradient);
            }
        }
        if self.style == Style::Hoisted {
            self.accumulate(x, 0, self.steps, &mut gradient);
        }
        gradient
    }

    /// Adds what `count` steps from `first` contribute to the gradient.
    fn accumulate(&self, x: &[f32], first: usize, count: usize, gradient: &mut [f32]) {
        let (i, h, rows) = (self.inputs, self.hidden, count * self.batch);
        let start = first * self.batch;
        let e = &self.e[start * h..][..rows * h];
        let et = Mat::rows(e, rows, h).t();
        let x = Mat::rows(&x[start * i..][..rows * i], rows, i);
        let before = Mat::rows(&self.h[start * h..][..rows * h], rows, h);
        let (g_ih, rest) = gradient.split_at_mut(h * i);
        let (g_hh, biases) = rest.split_at_mut(h * h);
        gemm(et, x, MatMut::rows(g_ih, h, i), true);
        gemm(et, before, MatMut::rows(g_hh, h, h), true);
        let (b_ih, b_hh) = biases.split_at_mut(h);
        let e = Strided {
            data: e,
            offset: 0,
            strides: [0, 0, h.cast_signed(), 1],
        };
        sum_into([1, 1, rows, h], e, matrix(b_ih, 0), Write::Add);
        b_hh.copy_from_slice(b_ih);
    }
}

/// A destination of rows `width` apart.
fn matrix(data: &mut [f32], width: usize) -> StridedMut<'_, f32> {
    StridedMut {
        data,
        offset: 0,
        strides: [0, 0, width.cast_signed(), 1],
    }
}
