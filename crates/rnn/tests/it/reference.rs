//! The oracle: back-propagation through time by hand, one sample at a time, in obvious loops.
//!
//! ```text
//! a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh,    h_t = act(a_t)
//! d_t = dL/dh_t = g_t + W_hh^T e_{t+1},           e_t = act'(a_t) * d_t
//! dW_ih = sum e_t x_t^T,  dW_hh = sum e_t h_{t-1}^T,  db = sum e_t,  dx_t = W_ih^T e_t
//! ```

use wengert_rnn::Activation;

/// A simple recurrent network's parameters, as rows.
pub struct Network {
    pub activation: Activation,
    pub w_ih: Vec<Vec<f64>>,
    pub w_hh: Vec<Vec<f64>>,
    pub b_ih: Vec<f64>,
    pub b_hh: Vec<f64>,
}

/// One sequence: inputs of each step, the initial state, and the cotangents of each hidden state
/// and of the last one (in addition).
pub struct Sample {
    pub x: Vec<Vec<f64>>,
    pub h0: Vec<f64>,
    pub g: Vec<Vec<f64>>,
    pub g_last: Vec<f64>,
}

/// The gradients of one sample, summed over samples where they are the parameters'.
pub struct Gradients {
    pub w_ih: Vec<Vec<f64>>,
    pub w_hh: Vec<Vec<f64>>,
    pub b: Vec<f64>,
    /// The largest term of any sum over steps and samples.
    pub largest_term: f64,
}

/// What one sample contributes of its own.
pub struct Trace {
    /// Hidden states after each step.
    pub h: Vec<Vec<f64>>,
    /// Their adjoints.
    pub d: Vec<Vec<f64>>,
    pub gx: Vec<Vec<f64>>,
    pub gh0: Vec<f64>,
}

impl Gradients {
    pub fn zeros(inputs: usize, hidden: usize) -> Self {
        Self {
            w_ih: vec![vec![0.0; inputs]; hidden],
            w_hh: vec![vec![0.0; hidden]; hidden],
            b: vec![0.0; hidden],
            largest_term: 0.0,
        }
    }
}

impl Network {
    fn act(&self, a: f64) -> f64 {
        match self.activation {
            Activation::Tanh => a.tanh(),
            Activation::Relu => a.max(0.0),
        }
    }

    fn slope(&self, a: f64) -> f64 {
        match self.activation {
            Activation::Tanh => a.cosh().powi(-2),
            Activation::Relu => f64::from(u8::from(a > 0.0)),
        }
    }

    /// Runs one sample forward and back, and adds to the parameters' gradients.
    pub fn bptt(&self, sample: &Sample, gradients: &mut Gradients) -> Trace {
        let (steps, hidden) = (sample.x.len(), self.w_hh.len());
        let (mut a, mut h) = (Vec::new(), Vec::<Vec<f64>>::new());
        for t in 0..steps {
            let before = if t == 0 { &sample.h0 } else { &h[t - 1] };
            let a_t: Vec<f64> = (0..hidden)
                .map(|j| {
                    let mut sum = self.b_ih[j] + self.b_hh[j];
                    for (i, x) in sample.x[t].iter().enumerate() {
                        sum += self.w_ih[j][i] * x;
                    }
                    for (k, h) in before.iter().enumerate() {
                        sum += self.w_hh[j][k] * h;
                    }
                    sum
                })
                .collect();
            h.push(a_t.iter().map(|&a| self.act(a)).collect());
            a.push(a_t);
        }

        let mut d = vec![vec![0.0; hidden]; steps];
        let mut gx = vec![vec![0.0; self.w_ih[0].len()]; steps];
        let mut carried = sample.g_last.clone();
        for t in (0..steps).rev() {
            for j in 0..hidden {
                d[t][j] = sample.g[t][j] + carried[j];
            }
            carried.fill(0.0);
            let before = if t == 0 { &sample.h0 } else { &h[t - 1] };
            for j in 0..hidden {
                let e = self.slope(a[t][j]) * d[t][j];
                let mut note = |term: f64| {
                    gradients.largest_term = gradients.largest_term.max(term.abs());
                    term
                };
                gradients.b[j] += note(e);
                for (i, x) in sample.x[t].iter().enumerate() {
                    gradients.w_ih[j][i] += note(e * x);
                    gx[t][i] += self.w_ih[j][i] * e;
                }
                for (k, h) in before.iter().enumerate() {
                    gradients.w_hh[j][k] += note(e * h);
                    carried[k] += self.w_hh[j][k] * e;
                }
            }
        }
        let gh0 = carried;
        Trace { h, d, gx, gh0 }
    }
}
