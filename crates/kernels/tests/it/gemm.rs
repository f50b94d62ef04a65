//! Products against three loops in f64 with compensated sums, over shapes, strides and scalars.

use proptest::prelude::*;
use wengert_kernels::{Dual, Mat, MatMut, Real, gemm};

/// How a matrix lies in its slice.
#[derive(Clone, Copy, Debug)]
struct Layout {
    offset: usize,
    strides: [isize; 2],
    len: usize,
}

/// Row-major or transposed, each axis possibly reversed, columns `gap` apart, rows padded.
fn layout(shape: [usize; 2]) -> impl Strategy<Value = Layout> {
    (any::<[bool; 3]>(), 1..3usize, 0..4usize, 0..3usize).prop_map(
        move |([transposed, flip_row, flip_col], gap, padding, before)| {
            let [outer, inner] = if transposed {
                [shape[1], shape[0]]
            } else {
                shape
            };
            let step = (inner * gap + padding).max(1);
            let mut strides = [step.cast_signed(), gap.cast_signed()];
            if transposed {
                strides.swap(0, 1);
            }
            let mut offset = before;
            for (axis, flip) in [flip_row, flip_col].into_iter().enumerate() {
                if flip && shape[axis] > 0 {
                    offset += (shape[axis] - 1) * strides[axis].unsigned_abs();
                    strides[axis] = -strides[axis];
                }
            }
            Layout {
                offset,
                strides,
                len: before + outer * step + gap,
            }
        },
    )
}

#[derive(Clone, Debug)]
struct Case {
    shape: [usize; 3],
    layouts: [Layout; 3],
    add: bool,
    seed: u64,
}

fn case(max: usize) -> impl Strategy<Value = Case> {
    [0..=max, 0..=max, 0..=max].prop_flat_map(|[m, k, n]| {
        (
            layout([m, k]),
            layout([k, n]),
            layout([m, n]),
            any::<bool>(),
            any::<u64>(),
        )
            .prop_map(move |(a, b, c, add, seed)| Case {
                shape: [m, k, n],
                layouts: [a, b, c],
                add,
                seed,
            })
    })
}

/// A scalar the tests can build from floats and take apart again.
trait Scalar: Real {
    fn of(parts: &[f64]) -> Self;
    fn part(self, i: usize) -> f64;
}

macro_rules! float {
    ($float:ident) => {
        impl Scalar for $float {
            fn of(parts: &[f64]) -> Self {
                parts[0] as $float
            }
            fn part(self, _: usize) -> f64 {
                f64::from(self)
            }
        }
    };
}
float!(f32);
float!(f64);

impl<R: Scalar> Scalar for Dual<R> {
    fn of(parts: &[f64]) -> Self {
        Dual::new(R::of(&parts[..R::COUNT]), R::of(&parts[R::COUNT..]))
    }
    fn part(self, i: usize) -> f64 {
        if i < R::COUNT {
            self.v.part(i)
        } else {
            self.d.part(i - R::COUNT)
        }
    }
}

/// Numbers in (-1, 1) by SplitMix64.
fn numbers<T: Scalar>(seed: &mut u64, len: usize) -> Vec<T> {
    let mut next = || {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..len)
        .map(|_| T::of(&(0..T::COUNT).map(|_| next()).collect::<Vec<_>>()))
        .collect()
}

/// The sum of products, each split into its rounded value and its rounding error (`TwoProd`), and
/// summed with Neumaier's compensation.
fn exact_dot(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0);
    for (x, y) in pairs {
        let product = x * y;
        let next = sum + product;
        lost += if sum.abs() >= product.abs() {
            (sum - next) + product
        } else {
            (product - next) + sum
        };
        lost += x.mul_add(y, -product);
        sum = next;
    }
    sum + lost
}

fn index(l: &Layout, i: usize, j: usize) -> usize {
    let offset = i.cast_signed() * l.strides[0] + j.cast_signed() * l.strides[1];
    l.offset.strict_add_signed(offset)
}

/// Runs the case and compares every element of C's slice, those between its elements included.
fn check<T: Scalar>(case: &Case) -> Result<(), TestCaseError> {
    let ([m, k, n], [la, lb, lc]) = (case.shape, case.layouts);
    let mut seed = case.seed;
    let a = numbers::<T>(&mut seed, la.len);
    let b = numbers::<T>(&mut seed, lb.len);
    let old = if case.add {
        numbers::<T>(&mut seed, lc.len)
    } else {
        vec![T::NAN; lc.len]
    };
    let mut c = old.clone();
    let mat_a = Mat::new(&a, la.offset, [m, k], la.strides);
    let mat_b = Mat::new(&b, lb.offset, [k, n], lb.strides);
    gemm(
        mat_a,
        mat_b,
        MatMut::new(&mut c, lc.offset, [m, n], lc.strides),
        case.add,
    );

    let mut untouched = vec![true; lc.len];
    for i in 0..m {
        for j in 0..n {
            let at = index(&lc, i, j);
            untouched[at] = false;
            for part in 0..T::COUNT {
                let terms = (0..T::COUNT).filter(|p| p & part == *p).flat_map(|p| {
                    let (a, b) = (&a, &b);
                    (0..k).map(move |l| {
                        (
                            a[index(&la, i, l)].part(p),
                            b[index(&lb, l, j)].part(part - p),
                        )
                    })
                });
                let start = if case.add { old[at].part(part) } else { 0.0 };
                let exact = exact_dot(terms.clone().chain([(start, 1.0)]));
                let size: f64 = terms.map(|(x, y)| (x * y).abs()).sum::<f64>() + start.abs();
                // Error analysis: (n + 1) roundings of half an epsilon, relative to the sum of |.|.
                let bound = T::EPSILON * (k * T::COUNT + T::COUNT + 1) as f64 * size;
                let got = c[at].part(part);
                prop_assert!(
                    (got - exact).abs() <= bound,
                    "({i}, {j}).{part}: {got} for {exact}"
                );
            }
        }
    }
    for (at, _) in untouched.iter().enumerate().filter(|(_, u)| **u) {
        for part in 0..T::COUNT {
            prop_assert_eq!(c[at].part(part).to_bits(), old[at].part(part).to_bits());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn f32_is_the_sum_of_products(case in case(20)) { check::<f32>(&case)?; }

    #[test]
    fn f64_is_the_sum_of_products(case in case(20)) { check::<f64>(&case)?; }

    #[test]
    fn dual_is_the_sum_of_products(case in case(20)) { check::<Dual<f64>>(&case)?; }

    #[test]
    fn nested_dual_is_the_sum_of_products(case in case(12)) { check::<Dual<Dual<f32>>>(&case)?; }
}
