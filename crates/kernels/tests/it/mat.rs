//! Strided matrices: what they refuse, against every element written out.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wengert_kernels::{Mat, MatMut, Packed, gemm, packed_gemm};

/// Positions of the elements, row by row.
fn positions(offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Vec<isize> {
    let at = |i: usize, j: usize| {
        offset.cast_signed() + i.cast_signed() * strides[0] + j.cast_signed() * strides[1]
    };
    (0..shape[0])
        .flat_map(|i| (0..shape[1]).map(move |j| at(i, j)))
        .collect()
}

fn panics(run: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bounds_are_exact(
        len in 0..20usize,
        offset in 0..20usize,
        shape in [0..5usize, 0..5usize],
        strides in [-6..6isize, -6..6isize],
    ) {
        let data = vec![0f32; len];
        let inside = positions(offset, shape, strides)
            .iter()
            .all(|at| (0..len.cast_signed()).contains(at));
        prop_assert_eq!(!panics(|| _ = Mat::new(&data, offset, shape, strides)), inside);
    }

    #[test]
    fn coinciding_elements_are_found(
        shape in [0..6usize, 0..6usize],
        strides in [-9..9isize, -9..9isize],
    ) {
        let mut data = vec![0f32; 200];
        let all = positions(100, shape, strides);
        let distinct = all.iter().collect::<BTreeSet<_>>().len() == all.len();
        prop_assert_eq!(!panics(|| _ = MatMut::new(&mut data, 100, shape, strides)), distinct);
    }
}

#[test]
fn strides_that_reach_no_element_are_free() {
    let wild = [isize::MIN, isize::MAX];
    let (mut c, x) = ([f64::NAN; 4], [2.0]);
    let empty = |rows, cols| Mat::new(&x[..], usize::MAX, [rows, cols], wild);
    gemm(empty(2, 0), empty(0, 2), MatMut::rows(&mut c, 2, 2), false);
    assert_eq!(c, [0.0; 4]);

    let one = Mat::new(&x, 0, [1, 1], wild);
    gemm(one, one, MatMut::new(&mut c, 3, [1, 1], wild), false);
    let mut packed = Packed::new();
    packed.pack(one);
    packed_gemm(one, &packed, MatMut::new(&mut c, 2, [1, 1], wild), false);
    assert_eq!(c, [0.0, 0.0, 4.0, 4.0]);
}

#[test]
fn extreme_sizes_and_strides_are_refused() {
    let data = [0f32; 3];
    for (offset, shape, strides) in [
        (usize::MAX, [1, 1], [1, 1]),
        (0, [usize::MAX, usize::MAX], [isize::MAX, isize::MAX]),
        (0, [usize::MAX, usize::MAX], [isize::MIN, isize::MIN]),
        (usize::MAX, [usize::MAX, 2], [-1, 1]),
    ] {
        assert!(
            panics(|| _ = Mat::new(&data, offset, shape, strides)),
            "{shape:?} {strides:?}"
        );
    }
}

#[test]
#[should_panic(
    expected = "matrix: shape [2, 3] with strides [4, -1] from 1 reaches elements -1 to \
                           5 of a slice of 8"
)]
fn out_of_bounds_names_the_elements() {
    let _ = Mat::new(&[0f32; 8], 1, [2, 3], [4, -1]);
}

#[test]
#[should_panic(expected = "matrix: shape [3, 3] with strides [4, 2] has coinciding elements")]
fn coinciding_elements_name_the_strides() {
    let _ = MatMut::new(&mut [0f32; 20], 0, [3, 3], [4, 2]);
}

#[test]
#[should_panic(expected = "gemm: [2, 3] x [4, 5] into [2, 5]: need [m, k] x [k, n] into [m, n]")]
fn gemm_names_both_shapes() {
    let (a, b, mut c) = ([0f32; 6], [0f32; 20], [0f32; 10]);
    gemm(
        Mat::rows(&a, 2, 3),
        Mat::rows(&b, 4, 5),
        MatMut::rows(&mut c, 2, 5),
        false,
    );
}

#[test]
#[should_panic(expected = "packed_gemm: [2, 3] x [3, 5] into [5, 2]: need")]
fn packed_gemm_names_both_shapes() {
    let (a, b, mut c) = ([0f32; 6], [0f32; 15], [0f32; 10]);
    let mut packed = Packed::new();
    packed.pack(Mat::rows(&b, 3, 5));
    packed_gemm(
        Mat::rows(&a, 2, 3),
        &packed,
        MatMut::rows(&mut c, 5, 2),
        false,
    );
}
