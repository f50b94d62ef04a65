//! Central differences, extrapolated to step 0, with an error bar of their own.

/// Steps, each [`RATIO`] times smaller than the one before.
const ROWS: usize = 7;
/// Not a power of two: rounding that halves with the step would pass for agreement.
const RATIO: f64 = 1.7;
/// First steps tried, relative to the usual one, until the error bar is small enough: smaller ones
/// for functions that vary fast or end nearby, larger ones for arguments of large size.
const FIRST_STEPS: [f64; 7] = [
    1.0,
    1.0 / 16.0,
    1.0 / 256.0,
    1.0 / 4096.0,
    16.0,
    256.0,
    4096.0,
];

/// What differences tell about a derivative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub derivative: f64,
    /// How far off the derivative may be.
    pub error_bar: f64,
    /// The difference of the derivatives to the right and to the left.
    pub jump: f64,
    /// How far off the jump may be.
    pub jump_bar: f64,
    /// The largest value within the usual step.
    pub largest: f64,
    /// Whether the smallest step changes nothing.
    is_flat: bool,
}

/// The derivative at 0 of `f`, whose values are sums of terms of absolute sum `size`. `step` is a
/// length over which `f` is expected to be smooth; others are tried while the error bar exceeds
/// `tolerance` times what the derivative is expected to be like. `None` if `f` is not finite around
/// 0.
///
/// This is Ridders' method (C. J. F. Ridders 1982; Press et al., Numerical Recipes, section 5.7):
/// differences at steps that shrink by a constant factor are extrapolated to step 0, and an entry of
/// the tableau is judged by how little it, and its neighbour, moved from the two they were made of.
pub(super) fn differentiate(
    f: &mut dyn FnMut(f64) -> f64,
    step: f64,
    size: f64,
    tolerance: f64,
) -> Option<Estimate> {
    let centre = f(0.0);
    let mut best: Option<Estimate> = None;
    let mut flat_nearby = false;
    for scale in FIRST_STEPS {
        let Some(estimate) = at_step(f, centre, step * scale, f64::EPSILON * size) else {
            continue;
        };
        let Some(known) = best.as_mut() else {
            if estimate.error_bar <= tolerance * (size + estimate.largest) {
                return Some(estimate);
            }
            best = Some(estimate);
            continue;
        };
        // Steps below the resolution of `f` see no variation, and no error either; nor do those on
        // the flat side of a kink.
        flat_nearby |= estimate.is_flat;
        if !estimate.is_flat && estimate.error_bar < known.error_bar {
            let largest = known.largest;
            *known = Estimate {
                largest,
                ..estimate
            };
            if estimate.error_bar <= tolerance * (size + largest) {
                return best;
            }
        }
    }
    if let Some(best) = best.as_mut().filter(|_| flat_nearby) {
        best.error_bar = best.error_bar.max(best.derivative.abs());
        best.jump_bar = best.jump_bar.max(best.jump.abs());
    }
    best
}

fn at_step(f: &mut dyn FnMut(f64) -> f64, centre: f64, first: f64, noise: f64) -> Option<Estimate> {
    let mut slopes = [0.0; ROWS];
    let mut jumps = [0.0; ROWS];
    let mut largest = centre.abs();
    let mut is_flat = false;
    let mut step = first;
    for (slope, jump) in slopes.iter_mut().zip(&mut jumps) {
        let (left, right) = (f(-step), f(step));
        if !(left.is_finite() && right.is_finite() && centre.is_finite()) {
            return None;
        }
        *slope = (right - left) / (2.0 * step);
        *jump = ((right - centre) - (centre - left)) / step;
        largest = largest.max(left.abs()).max(right.abs());
        is_flat = left == centre && right == centre;
        step /= RATIO;
    }
    // The slope's error is a series in the squares of the step, the jump's in its odd powers.
    let (derivative, error_bar) = extrapolate(slopes, [2, 4, 6, 8, 10, 12], noise / first);
    let (jump, jump_bar) = extrapolate(jumps, [1, 3, 5, 7, 9, 11], 4.0 * noise / first);
    Some(Estimate {
        derivative,
        error_bar,
        jump,
        jump_bar,
        largest,
        is_flat,
    })
}

/// The limit of a sequence at shrinking steps whose error has these powers of the step, and an error
/// bar; `noise` is the rounding error of the first element, and grows from each to the next.
fn extrapolate(sequence: [f64; ROWS], powers: [i32; ROWS - 1], noise: f64) -> (f64, f64) {
    let mut column = sequence.to_vec();
    let mut best = (sequence[0], f64::INFINITY);
    for power in powers {
        let factor = RATIO.powi(power);
        let next: Vec<f64> = column
            .windows(2)
            .map(|w| (factor * w[1] - w[0]) / (factor - 1.0))
            .collect();
        let done = ROWS - column.len();
        let bar = |(row, (&entry, parents)): (usize, (&f64, &[f64]))| {
            let moved = (entry - parents[0]).abs().max((entry - parents[1]).abs());
            moved.max(noise * RATIO.powi((done + row + 1) as i32))
        };
        let entries = next.iter().zip(column.windows(2));
        let bars: Vec<f64> = entries.enumerate().map(bar).collect();
        // The wider bar of two neighbours: one entry alone can agree with both its parents by chance.
        for (bars, &entry) in bars.windows(2).zip(&next[1..]) {
            let bar = bars[0].max(bars[1]);
            if bar < best.1 {
                best = (entry, bar);
            }
        }
        column = next;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivative(f: impl Fn(f64) -> f64, size: f64) -> Estimate {
        differentiate(&mut |t| f(t), 0.04, size, 1e-10).unwrap()
    }

    #[test]
    fn smooth_functions_are_differentiated_within_the_bar() {
        type Case = (fn(f64) -> f64, f64, f64);
        let cases: [Case; 5] = [
            (|t| (1.0 + t).exp(), 1f64.exp(), 3.0),
            (|t| (50.0 * t).sin(), 50.0, 1.0),
            (|t| (1e-3 + t).ln(), 1e3, 7.0),
            (|t| (1e6 + t).powi(2), 2e6, 1e12),
            (|_| 2.0, 0.0, 2.0),
        ];
        for (k, (f, exact, size)) in cases.into_iter().enumerate() {
            let e = derivative(f, size);
            let off = (e.derivative - exact).abs();
            assert!(off <= 10.0 * e.error_bar, "{k}: {e:?}");
            assert!(e.error_bar <= 1e-8 * exact.abs().max(1.0), "{k}: {e:?}");
            assert!(e.jump.abs() <= 10.0 * e.jump_bar, "{k}: {e:?}");
        }
    }

    #[test]
    fn a_kink_is_a_jump() {
        let e = derivative(|t| t.abs() + t.sin(), 1.0);
        assert!((e.jump - 2.0).abs() < 1e-9 && e.jump_bar < 1e-9, "{e:?}");
    }

    #[test]
    fn beyond_a_kink_nothing_is_believed() {
        for at in [1e-4, 1e-3, 1e-2, 3e-2, 0.1] {
            for side in [-1.0, 1.0] {
                let e = derivative(|t| 2.0 + (3.0 * side * t - at).max(0.0), 1.0);
                assert!(e.derivative.abs() <= 10.0 * e.error_bar, "{at}: {e:?}");
                assert!(e.jump.abs() <= 10.0 * e.jump_bar, "{at}: {e:?}");
            }
        }
    }

    #[test]
    fn noise_widens_the_bar() {
        let mut state = 1u64;
        let mut noisy = |t: f64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            t.sin() + 1e-6 * (state >> 40) as f64 / (1u64 << 24) as f64
        };
        let e = differentiate(&mut noisy, 0.04, 1.0, 1e-10).unwrap();
        assert!(e.error_bar > 1e-8, "{e:?}");
    }

    #[test]
    fn steps_below_the_resolution_are_not_believed() {
        let e = derivative(|t| (t.sin() * 512.0).round() / 512.0, 1.0);
        assert!(e.error_bar > 1e-3, "{e:?}");
    }

    #[test]
    fn nothing_is_said_of_a_function_that_ends_here() {
        assert!(differentiate(&mut f64::sqrt, 0.04, 1.0, 1e-10).is_none());
    }
}
