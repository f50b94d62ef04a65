//! Maps over columns of matrices against plain loops.

use proptest::prelude::*;
use wengert_kernels::Write;
use wengert_kernels::rows::{Columns, Formulas, RowsMut, zip_rows};

/// Of a and b: a + b, a - b, a b.
#[derive(Clone, Copy)]
struct Three;

impl Formulas<f64, 2, 3> for Three {
    #[inline(always)]
    fn at(self, [a, b]: [f64; 2]) -> [f64; 3] {
        [a + b, a - b, a * b]
    }
}

fn numbers(count: usize, seed: f64) -> Vec<f64> {
    (0..count).map(|i| (seed + i as f64 * 0.7).sin()).collect()
}

proptest! {
    #[test]
    fn results_go_to_their_columns(rows in 0..5_usize, width in 0..40_usize, add in any::<bool>()) {
        // a and b are columns of one matrix; two results share a matrix, the third is added.
        let x = numbers(rows * (2 * width + 3), 1.0);
        let columns = |first| Columns { data: &x, stride: 2 * width + 3, first };
        let write = if add { Write::Add } else { Write::Set };
        let start = numbers(rows * 2 * width, 2.0);
        let (mut pair, mut single) = (start.clone(), numbers(rows * width, 3.0));
        let before = single.clone();
        zip_rows(
            Three,
            [rows, width],
            [columns(1), columns(width + 2)],
            [
                RowsMut { data: &mut pair, stride: 2 * width, write },
                RowsMut { data: &mut single, stride: width, write: Write::Add },
            ],
            [(0, width), (0, 0), (1, 0)],
        );
        for i in 0..rows {
            for j in 0..width {
                let at = i * (2 * width + 3) + 1 + j;
                let (a, b) = (x[at], x[at + width + 1]);
                let old = |k: usize| if add { start[k] } else { 0.0 };
                let (left, right) = (i * 2 * width + j, i * 2 * width + width + j);
                prop_assert_eq!(pair[right], old(right) + (a + b));
                prop_assert_eq!(pair[left], old(left) + (a - b));
                prop_assert_eq!(single[i * width + j], before[i * width + j] + a * b);
            }
        }
    }
}

#[test]
#[should_panic(expected = "out of range")]
fn a_row_outside_its_matrix_is_refused() {
    let x = [0.0; 4];
    let columns = Columns {
        data: &x,
        stride: 2,
        first: 1,
    };
    let y = RowsMut {
        data: &mut [0.0; 4],
        stride: 2,
        write: Write::Set,
    };
    zip_rows(Three, [2, 2], [columns; 2], [y], [(0, 0); 3]);
}
