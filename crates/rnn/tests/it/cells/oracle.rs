//! The oracle: one step of one sample of each cell, in plain loops, written from the papers.

use wengert_rnn::Params;

type Vector = Vec<f64>;
type P = Params<f64>;

/// One step: the next state from the parameters, the input and the state.
pub type Step = fn(&P, &[f64], &[Vector]) -> Vec<Vector>;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The product of a row-major matrix and a vector.
fn times(w: &[f64], x: &[f64]) -> Vector {
    w.chunks(x.len())
        .map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
        .collect()
}

fn plus(a: &[f64], b: &[f64]) -> Vector {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// W_ih x + b_ih.
fn from_input(p: &P, x: &[f64]) -> Vector {
    plus(&times(p.get("weight_ih_l0"), x), p.get("bias_ih_l0"))
}

/// W_hh h + b_hh.
fn from_state(p: &P, h: &[f64]) -> Vector {
    plus(&times(p.get("weight_hh_l0"), h), p.get("bias_hh_l0"))
}

fn each(len: usize, f: impl Fn(usize) -> f64) -> Vector {
    (0..len).map(f).collect()
}

pub fn elman_tanh(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let a = plus(&from_input(p, x), &from_state(p, &s[0]));
    vec![a.iter().map(|a| a.tanh()).collect()]
}

pub fn elman_relu(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let a = plus(&from_input(p, x), &from_state(p, &s[0]));
    vec![a.iter().map(|a| a.max(0.0)).collect()]
}

pub fn lstm(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, c) = (&s[0], &s[1]);
    let a = plus(&from_input(p, x), &from_state(p, h));
    let n = c.len();
    let c = each(n, |j| {
        sigmoid(a[n + j]) * c[j] + sigmoid(a[j]) * a[2 * n + j].tanh()
    });
    vec![each(n, |j| sigmoid(a[3 * n + j]) * c[j].tanh()), c]
}

pub fn projected_lstm(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let mut s = lstm(p, x, s);
    s[0] = times(p.get("weight_hr_l0"), &s[0]);
    s
}

pub fn peephole(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, c) = (&s[0], &s[1]);
    let a = plus(&from_input(p, x), &from_state(p, h));
    let (n, peep) = (c.len(), p.get("weight_peephole_l0"));
    let c = each(n, |j| {
        let f = sigmoid(a[n + j] + peep[n + j] * c[j]);
        f * c[j] + sigmoid(a[j] + peep[j] * c[j]) * a[2 * n + j].tanh()
    });
    let o = |j: usize| sigmoid(a[3 * n + j] + peep[2 * n + j] * c[j]);
    vec![each(n, |j| o(j) * c[j].tanh()), c]
}

/// Blocks of one cell.
pub fn memory_blocks(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    blocks(p, x, s, 1)
}

/// Blocks of two cells, with forget gates.
pub fn forgetting_blocks(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    blocks(p, x, s, 2)
}

/// Gates of all blocks kind by kind, then the cells block by block.
fn blocks(p: &P, x: &[f64], s: &[Vector], size: usize) -> Vec<Vector> {
    let (h, c, before) = (&s[0], &s[1], &s[2]);
    let mut biases = p.get("bias_l0").to_vec();
    biases.resize(before.len() + c.len(), 0.0);
    let mut a = plus(&times(p.get("weight_ih_l0"), x), &biases);
    a = plus(&a, &times(p.get("weight_hh_l0"), h));
    if let Some(gh) = p.iter().find(|p| p.name == "weight_gh_l0") {
        a = plus(&a, &times(gh.values, before));
    }
    let (blocks, gates) = (c.len() / size, before.len());
    let gate = |kind: usize, cell: usize| sigmoid(a[kind * blocks + cell / size]);
    let forgets = gates == 3 * blocks;
    let c = each(c.len(), |j| {
        let kept = if forgets { gate(1, j) * c[j] } else { c[j] };
        kept + gate(0, j) * (4.0 * sigmoid(a[gates + j]) - 2.0)
    });
    let output = gates / blocks - 1;
    let h = each(c.len(), |j| gate(output, j) * (2.0 * sigmoid(c[j]) - 1.0));
    vec![h, c, each(gates, |j| sigmoid(a[j]))]
}

fn normalised(z: &[f64]) -> Vector {
    let n = z.len() as f64;
    let mean = z.iter().sum::<f64>() / n;
    let variance = z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / n;
    z.iter()
        .map(|z| (z - mean) / (variance + 1e-5).sqrt())
        .collect()
}

pub fn layer_norm_lstm(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, c) = (&s[0], &s[1]);
    let of_x = normalised(&times(p.get("weight_ih_l0"), x));
    let of_h = normalised(&times(p.get("weight_hh_l0"), h));
    let (gain_ih, gain_hh, b) = (p.get("gain_ih_l0"), p.get("gain_hh_l0"), p.get("bias_l0"));
    let a = each(b.len(), |j| {
        of_x[j] * gain_ih[j] + of_h[j] * gain_hh[j] + b[j]
    });
    let n = c.len();
    let c = each(n, |j| {
        sigmoid(a[n + j]) * c[j] + sigmoid(a[j]) * a[2 * n + j].tanh()
    });
    let (of_c, gain, b) = (normalised(&c), p.get("gain_c_l0"), p.get("bias_c_l0"));
    let h = each(n, |j| {
        sigmoid(a[3 * n + j]) * (of_c[j] * gain[j] + b[j]).tanh()
    });
    vec![h, c]
}

pub fn gru(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, n) = (&s[0], s[0].len());
    let (a, u) = (from_input(p, x), from_state(p, h));
    vec![each(n, |j| {
        let [r, z] = [j, n + j].map(|j| sigmoid(a[j] + u[j]));
        let new = (a[2 * n + j] + r * u[2 * n + j]).tanh();
        (1.0 - z) * new + z * h[j]
    })]
}

pub fn gru_reset_before(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, n) = (&s[0], s[0].len());
    let (a, u) = (from_input(p, x), from_state(p, h));
    let gated = each(n, |j| sigmoid(a[j] + u[j]) * h[j]);
    let v = from_state(p, &gated);
    vec![each(n, |j| {
        let z = sigmoid(a[n + j] + u[n + j]);
        (1.0 - z) * (a[2 * n + j] + v[2 * n + j]).tanh() + z * h[j]
    })]
}

pub fn janet(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, n) = (&s[0], s[0].len());
    let a = plus(&from_input(p, x), &from_state(p, h));
    vec![each(n, |j| {
        sigmoid(a[j]) * h[j] + (1.0 - sigmoid(a[j] - 1.0)) * a[n + j].tanh()
    })]
}

pub fn ind_rnn(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, u) = (&s[0], p.get("weight_hh_l0"));
    let a = plus(&times(p.get("weight_ih_l0"), x), p.get("bias_l0"));
    vec![each(h.len(), |j| (a[j] + u[j] * h[j]).max(0.0))]
}

pub fn min_gru(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, n) = (&s[0], s[0].len());
    let a = plus(&times(p.get("weight_ih_l0"), x), p.get("bias_l0"));
    vec![each(n, |j| {
        (1.0 - sigmoid(a[j])) * h[j] + sigmoid(a[j]) * a[n + j]
    })]
}

pub fn min_lstm(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let (h, n) = (&s[0], s[0].len());
    let a = plus(&times(p.get("weight_ih_l0"), x), p.get("bias_l0"));
    vec![each(n, |j| {
        let (i, f) = (sigmoid(a[j]), sigmoid(a[n + j]));
        f / (f + i) * h[j] + i / (f + i) * a[2 * n + j]
    })]
}

pub fn lru(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    let b = ["weight_b_re_l0", "weight_b_im_l0"].map(|name| times(p.get(name), x));
    let (nu, theta, gamma) = (
        p.get("nu_log_l0"),
        p.get("theta_log_l0"),
        p.get("gamma_log_l0"),
    );
    let (mut re, mut im) = (Vec::new(), Vec::new());
    for j in 0..nu.len() {
        // lambda s in polar form.
        let radius = (-nu[j].exp()).exp() * s[1][j].hypot(s[2][j]);
        let phase = theta[j].exp() + s[2][j].atan2(s[1][j]);
        re.push(radius * phase.cos() + gamma[j].exp() * b[0][j]);
        im.push(radius * phase.sin() + gamma[j].exp() * b[1][j]);
    }
    let of_re = times(p.get("weight_c_re_l0"), &re);
    let of_im = times(p.get("weight_c_im_l0"), &im);
    let d = times(p.get("weight_d_l0"), x);
    vec![each(d.len(), |j| of_re[j] - of_im[j] + d[j]), re, im]
}

pub fn exp_rnn(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    orthogonal(p, x, &s[0], |a, h| {
        // exp(A) h by its power series.
        let (mut sum, mut term) = (h.to_vec(), h.to_vec());
        for k in 1..60 {
            term = times(a, &term).iter().map(|t| t / f64::from(k)).collect();
            sum = plus(&sum, &term);
        }
        sum
    })
}

pub fn cayley_rnn(p: &P, x: &[f64], s: &[Vector]) -> Vec<Vector> {
    orthogonal(p, x, &s[0], |a, h| {
        let n = h.len();
        let right = each(n, |j| h[j] - times(a, h)[j]);
        let left = each(n * n, |at| a[at] + f64::from(u8::from(at / n == at % n)));
        solved(left, right)
    })
}

/// The step of an orthogonal cell, from the product of its rotation and a vector.
fn orthogonal(
    p: &P,
    x: &[f64],
    h: &[f64],
    rotate: impl Fn(&[f64], &[f64]) -> Vector,
) -> Vec<Vector> {
    let (n, g, signs) = (h.len(), p.get("generator_hh_l0"), p.get("signs_l0"));
    let a = each(n * n, |at| g[at] - g[at % n * n + at / n]);
    let reflected = each(n, |j| signs[j].signum() * h[j]);
    let z = plus(&times(p.get("weight_ih_l0"), x), &rotate(&a, &reflected));
    let b = p.get("bias_l0");
    vec![each(n, |j| z[j].signum() * (z[j].abs() + b[j]).max(0.0))]
}

/// The x with a x = b: Gauss and Jordan, which need no pivoting for 1 + A.
fn solved(mut a: Vector, mut b: Vector) -> Vector {
    let n = b.len();
    for k in 0..n {
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i * n + k] / a[k * n + k];
            for j in 0..n {
                a[i * n + j] -= factor * a[k * n + j];
            }
            b[i] -= factor * b[k];
        }
    }
    each(n, |j| b[j] / a[j * n + j])
}
