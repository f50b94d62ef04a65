//! The elementwise half of a step of the gated recurrent unit, as one operation. Of r and z it reads
//! the sums before their nonlinearity, of n what comes from the input, x_n, and from the hidden
//! state, u_n:
//!
//! ```text
//! n = tanh(x_n + sigmoid(r) u_n),    h' = n + sigmoid(z) (h - n)
//! ```
//!
//! Its rule, with g the adjoint of h' and n' the slope of the tanh:
//!
//! ```text
//! gx_n = g (1 - sigmoid(z)) n'       gr = gx_n u_n sigmoid'(r)    gz = g (h - n) sigmoid'(z)
//! gu_n = gx_n sigmoid(r)             gh = g sigmoid(z)
//! ```
//!
//! It is what the tape does with the single operations, in one pass: nothing between the gates and
//! the state is stored. A test holds the two together.

use wengert_kernels::rows::{Columns, Formulas, zip_rows};
use wengert_tape::{Attributes, Draw, Example, Grads, Inputs, Op, Real, Shape, Var, Write};

use super::gates::{check_gates, columns, rows};

/// Of r and z, [B, 2 H], and x_n, u_n and h, [B, H] each: h', [B, H].
#[derive(Debug)]
pub(super) struct GruGates;

/// h' from the sums of r and z side by side, [B, 2 H], and x_n, u_n and h, [B, H] each.
#[track_caller]
pub(super) fn gru_gates<'t, T: Real>(
    rz: Var<'t, T>,
    x_n: Var<'t, T>,
    u_n: Var<'t, T>,
    h: Var<'t, T>,
) -> Var<'t, T> {
    let inputs = [rz, x_n, u_n, h];
    h.tape().apply(&GruGates, &inputs, Attributes::NONE)
}

impl<T: Real> Op<T> for GruGates {
    fn name(&self) -> &'static str {
        "gru_gates"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        check_gates(x.shape(0), 2, x.shape(3))?;
        for i in [1, 2] {
            check_gates(x.shape(i), 1, x.shape(3))?;
        }
        Ok(x.shape(3))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let (sizes, operands) = operands(x);
        let y = rows((y, Write::Set), sizes[1]);
        zip_rows(Value, sizes, operands, [y], [(0, 0)]);
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let (sizes @ [_, n], [r, z, x_n, u_n, h]) = operands(x);
        let [gy] = columns(gy, n);
        gx.update_each([0, 1, 2, 3], |[rz, x_n_to, u_n_to, h_to]| {
            let to = [(0, 0), (0, n), (1, 0), (2, 0), (3, 0)];
            let dst = [
                rows(rz, 2 * n),
                rows(x_n_to, n),
                rows(u_n_to, n),
                rows(h_to, n),
            ];
            zip_rows(Slopes, sizes, [r, z, x_n, u_n, h, gy], dst, to);
        });
    }
    fn flops(&self, _: &Inputs<'_, T>, shape: Shape) -> u64 {
        // Three functions, two products and three sums.
        shape.len() as u64 * 8
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [rows, hidden] = draw.sizes();
        let shape = |gates| Shape::new(&[rows, gates * hidden]);
        Example::new([2, 1, 1, 1].map(|gates| draw.tensor(shape(gates), &[-2.0..2.0])))
    }
}

/// Rows and hidden units; and r, z, x_n, u_n and h.
fn operands<'a, T: Real>(x: &Inputs<'a, T>) -> ([usize; 2], [Columns<'a, T>; 5]) {
    let sizes @ [_, n] = check_gates(x.shape(0), 2, x.shape(3)).expect("checked when recorded");
    let [r, z] = columns(x.slice(0), n);
    let [[x_n], [u_n], [h]] = [1, 2, 3].map(|i| columns(x.slice(i), n));
    (sizes, [r, z, x_n, u_n, h])
}

/// Of r, z, x_n, u_n and h: h'.
#[derive(Clone, Copy)]
struct Value;

impl<T: Real> Formulas<T, 5, 1> for Value {
    #[inline(always)]
    fn at(self, [r, z, x_n, u_n, h]: [T; 5]) -> [T; 1] {
        let n = (x_n + r.sigmoid() * u_n).tanh();
        [n + z.sigmoid() * (h - n)]
    }
}

/// Of r, z, x_n, u_n, h and g: the adjoints of the first five.
#[derive(Clone, Copy)]
struct Slopes;

impl<T: Real> Formulas<T, 6, 5> for Slopes {
    #[inline(always)]
    fn at(self, [r, z, x_n, u_n, h, g]: [T; 6]) -> [T; 5] {
        let (r, slope_r) = r.sigmoid_with_derivative();
        let (z, slope_z) = z.sigmoid_with_derivative();
        let (n, slope_n) = (x_n + r * u_n).tanh_with_derivative();
        let gx_n = g * (T::ONE - z) * slope_n;
        [
            gx_n * u_n * slope_r,
            g * (h - n) * slope_z,
            gx_n,
            gx_n * r,
            g * z,
        ]
    }
}
