//! Products against three loops in f64 with compensated sums, over shapes, strides and scalars.

use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;
use wengert_kernels::gemm::matrixmultiply;
use wengert_kernels::simd::{self, Level};
use wengert_kernels::{Dual, Mat, MatMut, Packed, Real, gemm, packed_gemm};

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
    let size = || prop_oneof![1 => 0..=4usize, 2 => 0..=max];
    [size(), size(), size()].prop_flat_map(|[m, k, n]| {
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

/// Numbers in (-1, 1) by the generator `SplitMix64`.
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

/// One case filled with numbers: A, B, and C before the product.
struct Filled<'a, T> {
    case: &'a Case,
    a: Vec<T>,
    b: Vec<T>,
    old: Vec<T>,
}

impl<'a, T: Scalar> Filled<'a, T> {
    fn new(case: &'a Case) -> Self {
        let [la, lb, lc] = case.layouts;
        let mut seed = case.seed;
        let a = numbers(&mut seed, la.len);
        let b = numbers(&mut seed, lb.len);
        let old = if case.add {
            numbers(&mut seed, lc.len)
        } else {
            vec![T::NAN; lc.len]
        };
        Self { case, a, b, old }
    }

    fn a(&self) -> Mat<'_, T> {
        let (layout, [m, k, _]) = (&self.case.layouts[0], self.case.shape);
        Mat::new(&self.a, layout.offset, [m, k], layout.strides)
    }

    fn b(&self) -> Mat<'_, T> {
        let (layout, [_, k, n]) = (&self.case.layouts[1], self.case.shape);
        Mat::new(&self.b, layout.offset, [k, n], layout.strides)
    }

    fn gemm(&self) -> Vec<T> {
        self.product(|c| gemm(self.a(), self.b(), c, self.case.add))
    }

    fn packed_gemm(&self) -> Vec<T> {
        let mut packed = Packed::new();
        packed.pack(self.b());
        self.product(|c| packed_gemm(self.a(), &packed, c, self.case.add))
    }

    /// The slice of C after `run`.
    fn product(&self, run: impl FnOnce(MatMut<'_, T>)) -> Vec<T> {
        let (layout, [m, _, n]) = (&self.case.layouts[2], self.case.shape);
        let mut c = self.old.clone();
        run(MatMut::new(&mut c, layout.offset, [m, n], layout.strides));
        c
    }

    /// Compares every element of C's slice, those between its elements included.
    fn check(&self, c: &[T]) -> Result<(), TestCaseError> {
        let ([m, k, n], [la, lb, lc]) = (self.case.shape, self.case.layouts);
        let mut untouched = vec![true; c.len()];
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let at = index(&lc, i, j);
            untouched[at] = false;
            for part in 0..T::COUNT {
                let terms = (0..T::COUNT).filter(|p| p & part == *p).flat_map(|p| {
                    (0..k).map(move |l| {
                        let (x, y) = (self.a[index(&la, i, l)], self.b[index(&lb, l, j)]);
                        (x.part(p), y.part(part - p))
                    })
                });
                let start = if self.case.add {
                    self.old[at].part(part)
                } else {
                    0.0
                };
                let exact = exact_dot(terms.clone().chain([(start, 1.0)]));
                let size: f64 = terms.map(|(x, y)| (x * y).abs()).sum::<f64>() + start.abs();
                // A sum of n products in any order, and the roundings of the oracle and of C.
                let bound = T::EPSILON * (k * T::COUNT + T::COUNT + 1) as f64 * size;
                let got = c[at].part(part);
                prop_assert!(
                    (got - exact).abs() <= bound,
                    "({i}, {j}).{part}: {got} for {exact}"
                );
            }
        }
        for (at, _) in untouched
            .iter()
            .enumerate()
            .filter(|(_, untouched)| **untouched)
        {
            prop_assert_eq!(bits(&c[at..=at]), bits(&self.old[at..=at]));
        }
        Ok(())
    }
}

fn bits<T: Scalar>(numbers: &[T]) -> Vec<u64> {
    numbers
        .iter()
        .flat_map(|x| (0..T::COUNT).map(|i| x.part(i).to_bits()))
        .collect()
}

fn check<T: Scalar>(case: &Case) -> Result<(), TestCaseError> {
    let filled = Filled::<T>::new(case);
    filled.check(&filled.gemm())?;
    filled.check(&filled.product(|c| matrixmultiply(filled.a(), filled.b(), c, case.add)))?;
    filled.check(&filled.packed_gemm())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn f32_is_the_sum_of_products(case in case(20)) { check::<f32>(&case)?; }

    #[test]
    fn f64_is_the_sum_of_products(case in case(20)) { check::<f64>(&case)?; }

    #[test]
    fn dual_is_the_sum_of_products(case in case(20)) { check::<Dual<f64>>(&case)?; }

    #[test]
    fn nested_dual_is_the_sum_of_products(case in case(12)) { check::<Dual<Dual<f32>>>(&case)?; }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn large_f32_is_the_sum_of_products(case in case(70)) { check::<f32>(&case)?; }

    #[test]
    fn large_f64_is_the_sum_of_products(case in case(70)) { check::<f64>(&case)?; }

    #[test]
    fn large_dual_is_the_sum_of_products(case in case(40)) { check::<Dual<f32>>(&case)?; }

    #[test]
    fn levels_and_batches_change_no_bit_of_f32(case in case(70)) { same_bits::<f32>(&case)?; }

    #[test]
    fn levels_and_batches_change_no_bit_of_f64(case in case(70)) { same_bits::<f64>(&case)?; }

    #[test]
    fn levels_and_batches_change_no_bit_of_dual(case in case(40)) {
        same_bits::<Dual<f32>>(&case)?;
    }
}

/// The levels are those of the whole process: one comparison at a time.
static LEVELS: Mutex<()> = Mutex::new(());

/// Products at every level, and a packed one of every row alone.
fn same_bits<T: Scalar>(case: &Case) -> Result<(), TestCaseError> {
    let filled = Filled::<T>::new(case);
    let [portable, avx2, avx512] = {
        let _one = LEVELS.lock().unwrap_or_else(PoisonError::into_inner);
        let usual = simd::level();
        let products = [Level::Portable, Level::Avx2, Level::Avx512].map(|level| {
            simd::force(level);
            [bits(&filled.gemm()), bits(&filled.packed_gemm())]
        });
        simd::force(usual);
        products
    };
    prop_assert_eq!(&portable, &avx2);
    prop_assert_eq!(&avx2, &avx512);

    let mut packed = Packed::new();
    packed.pack(filled.b());
    let ([m, k, n], [la, _, lc]) = (case.shape, &case.layouts);
    let mut c = filled.old.clone();
    for i in 0..m {
        let start = |l: &Layout, len: usize| if len == 0 { 0 } else { index(l, i, 0) };
        let a = Mat::new(&filled.a, start(la, k), [1, k], la.strides);
        let c = MatMut::new(&mut c, start(lc, n), [1, n], lc.strides);
        packed_gemm(a, &packed, c, case.add);
    }
    prop_assert_eq!(&bits(&c), &portable[1]);
    Ok(())
}

/// Products too large for the cases above: their sums of small integers are exact.
fn large<T: Scalar>([m, k, n]: [usize; 3]) {
    let integers = |len: usize, period: usize| -> Vec<T> {
        (0..len).map(|i| T::from_f64((i % period) as f64)).collect()
    };
    let (a, b) = (integers(m * k, 7), integers(k * n, 5));
    for (a, b) in [
        (Mat::rows(&a, m, k), Mat::rows(&b, k, n)),
        (Mat::rows(&a, k, m).t(), Mat::rows(&b, k, n)),
        (Mat::rows(&a, m, k), Mat::rows(&b, n, k).t()),
    ] {
        for (start, add) in [(T::NAN, false), (T::ONE, true)] {
            let (mut ours, mut theirs) = (vec![start; m * n], vec![start; m * n]);
            gemm(a, b, MatMut::rows(&mut ours, m, n), add);
            matrixmultiply(a, b, MatMut::rows(&mut theirs, m, n), add);
            assert!(ours == theirs, "{m} x {k} x {n}, add: {add}");
        }
    }
}

#[test]
fn long_sums_go_in_slices() {
    for shape in [[3, 700, 40], [40, 513, 3], [9, 512, 33], [1, 1000, 1]] {
        large::<f32>(shape);
        large::<f64>(shape);
    }
}

#[test]
fn wide_products_are_right() {
    large::<f32>([1030, 3, 1030]);
    large::<f64>([520, 3, 530]);
}

#[test]
fn packed_products_allocate_nothing() {
    let [m, k, n] = [13, 40, 37];
    let ones = vec![Dual::new(1f32, 1.0); m.max(n) * k];
    let (a, b) = (Mat::rows(&ones, m, k), Mat::rows(&ones, k, n));
    let mut c = vec![Dual::new(f32::NAN, f32::NAN); m * n];
    let mut packed = Packed::new();
    packed.pack(b);
    let info = allocation_counter::measure(|| {
        packed.pack(Mat::rows(&ones, k, n - 20));
        packed.pack(Mat::rows(&ones, n, k).t());
        packed_gemm(a, &packed, MatMut::rows(&mut c, m, n), false);
    });
    assert_eq!(info.count_total, 0);
    assert_eq!((c[0].v, c[m * n - 1].d), (40.0, 80.0));
}
