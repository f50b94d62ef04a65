//! Accuracy, special values and equal bits at every level of the elementary functions.
//!
//! `cargo test -p wengert-kernels math -- --nocapture` prints the worst error of each function.

use wengert_kernels::math;
use wengert_kernels::simd::{self, Kernel, Level};

/// The correctly rounded reference of the f64 functions, see `data/generate.py`.
const TABLE: &str = include_str!("../data/f64.txt");

/// The vector of `formula(x)` over a slice, compiled for the level in use.
macro_rules! map {
    ($slice:expr, |$x:ident: $float:ident| $formula:expr) => {{
        struct Map<'a> {
            x: &'a [$float],
            y: &'a mut [$float],
        }
        impl Kernel for Map<'_> {
            type Output = ();
            #[inline(always)]
            fn run(self) {
                for (&$x, y) in self.x.iter().zip(self.y) {
                    *y = $formula;
                }
            }
        }
        let x: &[$float] = $slice;
        let mut y = x.to_vec();
        simd::dispatch(Map { x, y: &mut y });
        y
    }};
}

/// Runs `$check!(name, bound in ulps)` for every function.
macro_rules! for_each_function {
    ($check:ident) => {
        $check!(exp, 2.0);
        $check!(exp_m1, 2.0);
        $check!(ln, 2.0);
        $check!(ln_1p, 2.0);
        $check!(softplus, 2.0);
        $check!(tanh, 2.0);
        $check!(tanh_derivative, 4.0);
        $check!(sigmoid, 2.0);
        $check!(sigmoid_derivative, 4.0);
        $check!(silu, 2.0);
        $check!(silu_derivative, 4.0);
        $check!(erf, 2.0);
        $check!(gelu, 2.0);
        $check!(gelu_derivative, 4.0);
    };
}

/// One ulp of `y`: the distance between floats of its size.
fn ulp_f64(y: f64) -> f64 {
    let exponent = (y.abs().to_bits() >> 52).max(1);
    f64::from_bits(exponent << 52) * f64::EPSILON
}

/// One ulp of an f32 of the size of `y`.
fn ulp_f32(y: f64) -> f64 {
    let exponent = y.abs().max(f64::from(f32::MIN_POSITIVE)).to_bits() >> 52;
    f64::from_bits(exponent << 52) * f64::from(f32::EPSILON)
}

/// The lines of `TABLE` about `name`: input, nearest result, what the rounding left in ulps.
fn table(name: &str) -> Vec<(f64, f64, f64)> {
    let bits = |hex| f64::from_bits(u64::from_str_radix(hex, 16).unwrap());
    let start = TABLE.find(&format!("= {name}\n")).unwrap();
    let lines = TABLE[start..]
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('='));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let mut next = || words.next().unwrap();
            (bits(next()), bits(next()), next().parse().unwrap())
        })
        .collect()
}

/// Special values and their neighbours, an odd number of them, so that vector loops have a rest.
macro_rules! special {
    ($float:ident) => {{
        let (tiny, min) = ($float::from_bits(1), $float::MIN_POSITIVE);
        let positive = [
            0.0,
            tiny,
            min,
            $float::EPSILON,
            0.5,
            1.0,
            2.0,
            90.0,
            800.0,
            $float::MAX,
        ];
        let positive = positive.into_iter().chain([$float::INFINITY]);
        positive
            .flat_map(|x| [x, -x])
            .chain([$float::NAN])
            .collect::<Vec<$float>>()
    }};
}

#[test]
fn f64_is_close_to_the_table() {
    macro_rules! check {
        ($name:ident, $bound:expr) => {
            let rows = table(stringify!($name));
            let x: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let computed = map!(&x, |x: f64| math::f64::$name(x));
            let mut worst = (0.0, 0.0);
            for (&(x, y, rest), &computed) in rows.iter().zip(&computed) {
                let error = ((computed - y) / ulp_f64(y) - rest).abs();
                if error > worst.0 || error.is_nan() {
                    worst = (error, x);
                }
            }
            println!(
                "f64 {:18} {:.3} ulp at {:e}",
                stringify!($name),
                worst.0,
                worst.1
            );
            assert!(worst.0 <= $bound, "{}: {worst:?}", stringify!($name));
        };
    }
    for_each_function!(check);
}

#[test]
fn f32_is_close_to_f64() {
    let x: Vec<f32> = (0..=u32::MAX).step_by(1009).map(f32::from_bits).collect();
    let x: Vec<f32> = x.into_iter().filter(|x| x.is_finite()).collect();
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    macro_rules! check {
        ($name:ident, $bound:expr) => {
            let exact = map!(&wide, |x: f64| math::f64::$name(x));
            let computed = map!(&x, |x: f32| math::f32::$name(x));
            let mut worst = (0.0, 0.0);
            for ((&x, &y), &computed) in x.iter().zip(&exact).zip(&computed) {
                // The f32 nearest to results beyond the largest f32 is infinite.
                if y.is_nan() || (y as f32).is_infinite() {
                    assert!(
                        computed.is_nan() == y.is_nan() && !computed.is_finite(),
                        "{x:e}"
                    );
                    continue;
                }
                let error = (f64::from(computed) - y).abs() / ulp_f32(y);
                if error > worst.0 || error.is_nan() {
                    worst = (error, x);
                }
            }
            println!(
                "f32 {:18} {:.3} ulp at {:e}",
                stringify!($name),
                worst.0,
                worst.1
            );
            assert!(worst.0 <= $bound, "{}: {worst:?}", stringify!($name));
        };
    }
    for_each_function!(check);
}

#[test]
fn special_values() {
    macro_rules! check {
        ($float:ident: $($name:ident: $($x:expr => $y:expr),*;)*) => {
            const INF: $float = $float::INFINITY;
            $(
                assert!(math::$float::$name($float::NAN).is_nan(), stringify!($name));
                $({
                    let (y, expected): ($float, $float) = (math::$float::$name($x), $y);
                    let same = y.to_bits() == expected.to_bits() || y.is_nan() && expected.is_nan();
                    assert!(same, "{}({:e}) = {y:e}, not {expected:e}", stringify!($name), $x);
                })*
            )*
        };
    }
    macro_rules! check_both {
        ($($table:tt)*) => {
            {
                const MAX: f32 = f32::MAX;
                const MIN: f32 = f32::MIN;
                const MIN_POSITIVE: f32 = f32::MIN_POSITIVE;
                const NAN: f32 = f32::NAN;
                check!(f32: $($table)*);
            }
            {
                const MAX: f64 = f64::MAX;
                const MIN: f64 = f64::MIN;
                const MIN_POSITIVE: f64 = f64::MIN_POSITIVE;
                const NAN: f64 = f64::NAN;
                check!(f64: $($table)*);
            }
        };
    }
    check_both! {
        exp: 0.0 => 1.0, -0.0 => 1.0, INF => INF, -INF => 0.0, MAX => INF, MIN => 0.0;
        exp_m1: 0.0 => 0.0, -0.0 => -0.0, INF => INF, -INF => -1.0, MAX => INF, MIN => -1.0,
            MIN_POSITIVE / 2.0 => MIN_POSITIVE / 2.0;
        ln: 1.0 => 0.0, 0.0 => -INF, -0.0 => -INF, INF => INF, -1.0 => NAN, -INF => NAN,
            -MIN_POSITIVE => NAN;
        ln_1p: 0.0 => 0.0, -0.0 => -0.0, -1.0 => -INF, INF => INF, -1.5 => NAN, -INF => NAN,
            MIN_POSITIVE / 2.0 => MIN_POSITIVE / 2.0;
        softplus: INF => INF, -INF => 0.0, MAX => MAX, MIN => 0.0;
        tanh: 0.0 => 0.0, -0.0 => -0.0, INF => 1.0, -INF => -1.0, MAX => 1.0, MIN => -1.0,
            MIN_POSITIVE / 2.0 => MIN_POSITIVE / 2.0;
        tanh_derivative: 0.0 => 1.0, INF => 0.0, -INF => 0.0, MAX => 0.0;
        sigmoid: 0.0 => 0.5, INF => 1.0, -INF => 0.0, MAX => 1.0, MIN => 0.0;
        sigmoid_derivative: 0.0 => 0.25, INF => 0.0, -INF => 0.0, MAX => 0.0;
        silu: 0.0 => 0.0, -0.0 => -0.0, INF => INF, -INF => -0.0, MAX => MAX, MIN => -0.0;
        silu_derivative: 0.0 => 0.5, -0.0 => 0.5, INF => 1.0, -INF => -0.0, MAX => 1.0;
        erf: 0.0 => 0.0, -0.0 => -0.0, INF => 1.0, -INF => -1.0, MAX => 1.0, MIN => -1.0;
        gelu: 0.0 => 0.0, -0.0 => -0.0, INF => INF, -INF => 0.0, MAX => MAX, MIN => 0.0;
        gelu_derivative: 0.0 => 0.5, -0.0 => 0.5, INF => 1.0, -INF => -0.0, MAX => 1.0;
    }
}

/// Value and slope from one exponential are within the bounds of each alone.
#[test]
fn values_with_derivatives_are_as_accurate() {
    let mut x: Vec<f32> = special!(f32);
    x.extend((0..u32::MAX).step_by(10_009).map(f32::from_bits));
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    macro_rules! check {
        ($both:ident: $value:ident, $slope:ident) => {
            let values = map!(&wide, |x: f64| math::f64::$value(x));
            let slopes = map!(&wide, |x: f64| math::f64::$slope(x));
            let value = map!(&x, |x: f32| math::f32::$both(x).0);
            let slope = map!(&x, |x: f32| math::f32::$both(x).1);
            let wide_value = map!(&wide, |x: f64| math::f64::$both(x).0);
            let wide_slope = map!(&wide, |x: f64| math::f64::$both(x).1);
            for (i, &x) in x.iter().enumerate() {
                if x.is_nan() {
                    assert!(value[i].is_nan() && slope[i].is_nan());
                    continue;
                }
                let error = |y: f32, exact: f64| (f64::from(y) - exact).abs() / ulp_f32(exact);
                assert!(error(value[i], values[i]) <= 2.0, "{x:e}");
                assert!(error(slope[i], slopes[i]) <= 4.0, "{x:e}");
                let apart = |y: f64, other: f64| (y - other).abs() / ulp_f64(other);
                assert!(apart(wide_value[i], values[i]) <= 4.0, "{x:e}");
                assert!(apart(wide_slope[i], slopes[i]) <= 8.0, "{x:e}");
            }
        };
    }
    check!(tanh_with_derivative: tanh, tanh_derivative);
    check!(sigmoid_with_derivative: sigmoid, sigmoid_derivative);
}

#[test]
fn every_level_gives_the_same_bits() {
    // The best level last: it is the one the other tests run at.
    let levels = [Level::Portable, Level::Avx2, Level::Avx512];
    let mut x = special!(f64);
    x.extend((-4000..4000).map(|i| f64::from(i) * 0.19371));
    let mut narrow = special!(f32);
    narrow.extend((-4000..4000).map(|i| i as f32 * 0.027371));
    macro_rules! check {
        ($name:ident, $bound:expr) => {
            let runs = levels.map(|level| {
                simd::force(level);
                let wide = map!(&x, |x: f64| math::f64::$name(x));
                let narrow = map!(&narrow, |x: f32| math::f32::$name(x));
                let bits = |y: f64| if y.is_nan() { 0 } else { y.to_bits() };
                let narrow = narrow.into_iter().map(f64::from);
                wide.into_iter()
                    .chain(narrow)
                    .map(bits)
                    .collect::<Vec<u64>>()
            });
            assert!(runs[0] == runs[1] && runs[0] == runs[2], stringify!($name));
        };
    }
    for_each_function!(check);
}
