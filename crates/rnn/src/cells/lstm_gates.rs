//! The elementwise half of a step of long short-term memory, as two operations on the gates
//! (i, f, g, o) before their nonlinearities.
//!
//! ```text
//! c' = sigmoid(f) c + sigmoid(i) tanh(g)          h' = sigmoid(o) tanh(c')
//! ```
//!
//! Their rules, with gc' and gh' the adjoints of the values:
//!
//! ```text
//! gi = gc' tanh(g) sigmoid'(i)                    go = gh' tanh(c') sigmoid'(o)
//! gf = gc' c sigmoid'(f)                          gc' += gh' sigmoid(o) tanh'(c')
//! gg = gc' sigmoid(i) tanh'(g)
//! gc = gc' sigmoid(f)
//! ```
//!
//! It is what the tape does with the single operations, in two passes: nothing between the gates
//! and the state is stored. A test holds the two together.

use wengert_kernels::rows::{Columns, Formulas, zip_rows};
use wengert_tape::{Attributes, Draw, Example, Grads, Inputs, Op, Real, Shape, Var, Write};

use super::gates::{check_gates, columns, rows};

/// c' of the gates, [B, 4 H], and c, [B, H].
#[derive(Debug)]
pub(super) struct LstmCell;

/// h' of the gates, [B, 4 H], and c', [B, H].
#[derive(Debug)]
pub(super) struct LstmHidden;

/// `[h', c']` from the gates (i, f, g, o) side by side, [B, 4 H], and c, [B, H].
#[track_caller]
pub(super) fn lstm_gates<'t, T: Real>(gates: Var<'t, T>, c: Var<'t, T>) -> [Var<'t, T>; 2] {
    let tape = gates.tape();
    let c = tape.apply(&LstmCell, &[gates, c], Attributes::NONE);
    [tape.apply(&LstmHidden, &[gates, c], Attributes::NONE), c]
}

/// Rows and hidden units. Both operations take a state of this shape, and make one.
fn sizes<T: Real>(x: &Inputs<'_, T>) -> Result<[usize; 2], String> {
    check_gates(x.shape(0), 4, x.shape(1))
}

fn example(draw: &mut Draw) -> Example {
    let [rows, hidden] = draw.sizes();
    let gates = draw.tensor(Shape::new(&[rows, 4 * hidden]), &[-3.0..3.0]);
    let c = draw.tensor(Shape::new(&[rows, hidden]), &[-2.0..2.0]);
    Example::new([gates, c])
}

/// Of i, f, g and c: c'.
#[derive(Clone, Copy)]
struct Cell;

impl<T: Real> Formulas<T, 4, 1> for Cell {
    #[inline(always)]
    fn at(self, [i, f, g, c]: [T; 4]) -> [T; 1] {
        [f.sigmoid() * c + i.sigmoid() * g.tanh()]
    }
}

/// Of i, f, g, c and gc': the adjoints of i, f, g, o and c.
#[derive(Clone, Copy)]
struct CellSlopes;

impl<T: Real> Formulas<T, 5, 5> for CellSlopes {
    #[inline(always)]
    fn at(self, [i, f, g, c, gy]: [T; 5]) -> [T; 5] {
        let (i, slope_i) = i.sigmoid_with_derivative();
        let (f, slope_f) = f.sigmoid_with_derivative();
        let (g, slope_g) = g.tanh_with_derivative();
        let [gi, gf, gg] = [gy * g * slope_i, gy * c * slope_f, gy * i * slope_g];
        [gi, gf, gg, T::ZERO, gy * f]
    }
}

/// Of o and c': h'.
#[derive(Clone, Copy)]
struct Hidden;

impl<T: Real> Formulas<T, 2, 1> for Hidden {
    #[inline(always)]
    fn at(self, [o, c]: [T; 2]) -> [T; 1] {
        [o.sigmoid() * c.tanh()]
    }
}

/// Of o, c' and gh': the adjoints of i, f, g, o and c'.
#[derive(Clone, Copy)]
struct HiddenSlopes;

impl<T: Real> Formulas<T, 3, 5> for HiddenSlopes {
    #[inline(always)]
    fn at(self, [o, c, gy]: [T; 3]) -> [T; 5] {
        let (o, slope_o) = o.sigmoid_with_derivative();
        let (c, slope_c) = c.tanh_with_derivative();
        [
            T::ZERO,
            T::ZERO,
            T::ZERO,
            gy * c * slope_o,
            gy * o * slope_c,
        ]
    }
}

/// Adds the slopes `f` of the operands to the adjoints of gates and state.
fn vjp<T: Real, const N: usize>(
    f: impl Formulas<T, N, 5>,
    sizes: [usize; 2],
    operands: [Columns<'_, T>; N],
    gx: &mut Grads<'_, T>,
) {
    let hidden = sizes[1];
    gx.update_each([0, 1], |[gz, gc]| {
        let to = [
            (0, 0),
            (0, hidden),
            (0, 2 * hidden),
            (0, 3 * hidden),
            (1, 0),
        ];
        zip_rows(
            f,
            sizes,
            operands,
            [rows(gz, 4 * hidden), rows(gc, hidden)],
            to,
        );
    });
}

impl<T: Real> Op<T> for LstmCell {
    fn name(&self) -> &'static str {
        "lstm_cell"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        sizes(x).map(|_| x.shape(1))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let sizes @ [_, hidden] = sizes(x).expect("checked when recorded");
        let [i, f, g, _] = columns::<T, 4>(x.slice(0), hidden);
        let [c] = columns(x.slice(1), hidden);
        zip_rows(
            Cell,
            sizes,
            [i, f, g, c],
            [rows((y, Write::Set), hidden)],
            [(0, 0)],
        );
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let sizes @ [_, hidden] = sizes(x).expect("checked when recorded");
        let [i, f, g, _] = columns::<T, 4>(x.slice(0), hidden);
        let [[c], [gy]] = [x.slice(1), gy].map(|x| columns(x, hidden));
        vjp(CellSlopes, sizes, [i, f, g, c, gy], gx);
    }
    fn flops(&self, _: &Inputs<'_, T>, shape: Shape) -> u64 {
        // Three functions, two products and a sum.
        shape.len() as u64 * 6
    }
    fn example(&self, draw: &mut Draw) -> Example {
        example(draw)
    }
}

impl<T: Real> Op<T> for LstmHidden {
    fn name(&self) -> &'static str {
        "lstm_hidden"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        sizes(x).map(|_| x.shape(1))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let sizes @ [_, hidden] = sizes(x).expect("checked when recorded");
        let [.., o] = columns::<T, 4>(x.slice(0), hidden);
        let [c] = columns(x.slice(1), hidden);
        zip_rows(
            Hidden,
            sizes,
            [o, c],
            [rows((y, Write::Set), hidden)],
            [(0, 0)],
        );
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let sizes @ [_, hidden] = sizes(x).expect("checked when recorded");
        let [.., o] = columns::<T, 4>(x.slice(0), hidden);
        let [[c], [gy]] = [x.slice(1), gy].map(|x| columns(x, hidden));
        vjp(HiddenSlopes, sizes, [o, c, gy], gx);
    }
    fn flops(&self, _: &Inputs<'_, T>, shape: Shape) -> u64 {
        // Two functions and a product.
        shape.len() as u64 * 3
    }
    fn example(&self, draw: &mut Draw) -> Example {
        example(draw)
    }
}
