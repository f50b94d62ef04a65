//! The elementwise half of a step of the gated recurrent unit, as one operation.
//!
//! ```text
//! r = sigmoid(x_r + u_r),  z = sigmoid(x_z + u_z),  n = tanh(x_n + r u_n),  h' = n + z (h - n)
//! ```
//!
//! Its rule, with g the adjoint of h':
//!
//! ```text
//! gn = g (1 - z) n'    gz = g (h - n) z'    gr = gn u_n r'        slopes at the sums
//! gx = (gr, gz, gn)    gu = (gr, gz, gn r)    gh = g z
//! ```
//!
//! It is what the tape does with the single operations, in one pass: nothing between the gates and
//! the state is stored. A test holds the two together.

use wengert_kernels::rows::{Columns, Formulas, zip_rows};
use wengert_tape::{Attributes, Draw, Example, Grads, Inputs, Op, Real, Shape, Var, Write};

use super::gates::{check_gates, columns, rows};

/// Of x and u, [B, 3 H] each, and h, [B, H]: h', [B, H].
#[derive(Debug)]
pub(super) struct GruGates;

/// h' from the input's part `x` of the gates (r, z, n) side by side, the hidden state's `u`,
/// [B, 3 H] each, and h, [B, H].
#[track_caller]
pub(super) fn gru_gates<'t, T: Real>(x: Var<'t, T>, u: Var<'t, T>, h: Var<'t, T>) -> Var<'t, T> {
    x.tape().apply(&GruGates, &[x, u, h], Attributes::NONE)
}

impl<T: Real> Op<T> for GruGates {
    fn name(&self) -> &'static str {
        "gru_gates"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        check_gates(x.shape(0), 3, x.shape(2))?;
        check_gates(x.shape(1), 3, x.shape(2))?;
        Ok(x.shape(2))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let (sizes, [xr, xz, xn, ur, uz, un, h]) = operands(x);
        let y = rows((y, Write::Set), sizes[1]);
        zip_rows(Value, sizes, [xr, xz, xn, ur, uz, un, h], [y], [(0, 0)]);
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let (sizes @ [_, n], [xr, xz, xn, ur, uz, un, h]) = operands(x);
        let [gy] = columns(gy, n);
        gx.update_each([0, 1, 2], |[gx, gu, gh]| {
            let to = [
                (0, 0),
                (0, n),
                (0, 2 * n),
                (1, 0),
                (1, n),
                (1, 2 * n),
                (2, 0),
            ];
            let dst = [rows(gx, 3 * n), rows(gu, 3 * n), rows(gh, n)];
            zip_rows(Slopes, sizes, [xr, xz, xn, ur, uz, un, h, gy], dst, to);
        });
    }
    fn flops(&self, _: &Inputs<'_, T>, shape: Shape) -> u64 {
        // Three functions, two products and five sums.
        shape.len() as u64 * 10
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [rows, hidden] = draw.sizes();
        let gates = Shape::new(&[rows, 3 * hidden]);
        let [x, u] = [0, 1].map(|_| draw.tensor(gates, &[-2.0..2.0]));
        let h = draw.tensor(Shape::new(&[rows, hidden]), &[-2.0..2.0]);
        Example::new([x, u, h])
    }
}

/// Rows and hidden units; and the gates of x, those of u, and h.
fn operands<'a, T: Real>(x: &Inputs<'a, T>) -> ([usize; 2], [Columns<'a, T>; 7]) {
    let sizes @ [_, hidden] =
        check_gates(x.shape(0), 3, x.shape(2)).expect("checked when recorded");
    let [[xr, xz, xn], [ur, uz, un]] = [0, 1].map(|i| columns(x.slice(i), hidden));
    let [h] = columns(x.slice(2), hidden);
    (sizes, [xr, xz, xn, ur, uz, un, h])
}

#[derive(Clone, Copy)]
struct Value;

impl<T: Real> Formulas<T, 7, 1> for Value {
    #[inline(always)]
    fn at(self, [xr, xz, xn, ur, uz, un, h]: [T; 7]) -> [T; 1] {
        let (r, z) = ((xr + ur).sigmoid(), (xz + uz).sigmoid());
        let n = (xn + r * un).tanh();
        [n + z * (h - n)]
    }
}

#[derive(Clone, Copy)]
struct Slopes;

impl<T: Real> Formulas<T, 8, 7> for Slopes {
    #[inline(always)]
    fn at(self, [xr, xz, xn, ur, uz, un, h, g]: [T; 8]) -> [T; 7] {
        let (r, slope_r) = (xr + ur).sigmoid_with_derivative();
        let (z, slope_z) = (xz + uz).sigmoid_with_derivative();
        let (n, slope) = (xn + r * un).tanh_with_derivative();
        let gn = g * (T::ONE - z) * slope;
        let gz = g * (h - n) * slope_z;
        let gr = gn * un * slope_r;
        [gr, gz, gn, gr, gz, gn * r, g * z]
    }
}
