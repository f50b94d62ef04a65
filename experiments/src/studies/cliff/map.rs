//! The map x' = w sigma(x) + b: its fixed points in closed form, and its error with the gradient.
//!
//! A fixed point is `x = w sigma(x) + b`. Two of them meet and vanish where also `w sigma'(x) = 1`
//! (a saddle-node bifurcation): with s = sigma(x), sigma' = s (1 - s), for w >= 4,
//!
//! ```text
//! s = (1 +- sqrt(1 - 4 / w)) / 2,   x = ln (s / (1 - s)),   b = x - w s
//! ```
//!
//! Between the two values of b there are two attractors, and a repelling fixed point divides their
//! basins. Run from x_0, what is reached after many steps jumps where
//!
//! ```text
//! w sigma'(x_0) > 1:   x_0 is the repelling point,   b = x_0 - w sigma(x_0)
//! otherwise:           the upper attractor vanishes, b of the upper sign above
//! ```

use wengert_tape::{Tape, Var};

/// Where every orbit starts.
pub const START: f64 = 0.5;
/// What sigma of the last state should be.
pub const TARGET: f64 = 0.7;

/// The logistic function.
pub fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The b at which two fixed points meet, that of the upper attractor first. None for w < 4.
pub fn bifurcations(w: f64) -> Option<[f64; 2]> {
    let root = (1.0 - 4.0 / w).sqrt();
    let at = |s: f64| (s / (1.0 - s)).ln() - w * s;
    (w >= 4.0).then(|| [0.5 * (1.0 + root), 0.5 * (1.0 - root)].map(at))
}

/// The w from which on the orbit's start repels where it is a fixed point.
pub fn repelling_from() -> f64 {
    let s = sigma(START);
    (s * (1.0 - s)).recip()
}

/// The b at which the end of a long orbit jumps. None for w < 4, where there is one attractor.
pub fn wall(w: f64) -> Option<f64> {
    if w > repelling_from() {
        Some(START - w * sigma(START))
    } else {
        bifurcations(w).map(|[upper, _]| upper)
    }
}

/// At several (w, b): the error, its gradient, and sigma of the last state.
pub struct Swept {
    /// E = (sigma(x_T) - target)^2.
    pub error: Vec<f64>,
    /// dE/dw and dE/db.
    pub gradient: [Vec<f64>; 2],
    /// sigma(x_T).
    pub output: Vec<f64>,
}

impl Swept {
    /// |dE/d(w, b)| at each point.
    pub fn norms(&self) -> Vec<f64> {
        let [w, b] = &self.gradient;
        w.iter().zip(b).map(|(w, b)| w.hypot(*b)).collect()
    }
}

/// Runs all orbits, side by side, on the tape, and sweeps back.
pub fn sweep(w: &[f64], b: &[f64], steps: usize) -> Swept {
    let tape = Tape::new();
    tape.flush_below(0.0); // the surface is shown where it is flat, too
    let [w, b] = [w, b].map(|values| tape.leaf([values.len()], values));
    let start = tape.constant([w.len()], &vec![START; w.len()]);
    let last = (0..steps).fold(start, |x, _| w * x.sigmoid() + b);
    let output = last.sigmoid();
    let error = (output - TARGET).square();
    error.sum().backward();
    let adjoint = |x: Var<'_, f64>| x.grad().unwrap_or_else(|| vec![0.0; x.len()]);
    Swept {
        error: error.to_vec(),
        gradient: [adjoint(w), adjoint(b)],
        output: output.to_vec(),
    }
}

/// The b between `low` and `high` at which sigma(x_T), which grows with b, is one half.
pub fn jump(w: f64, [mut low, mut high]: [f64; 2], steps: usize) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        let x = (0..steps).fold(START, |x, _| w * sigma(x) + middle);
        if sigma(x) < 0.5 {
            low = middle;
        } else {
            high = middle;
        }
    }
}
