//! A choice between two operands by a mask.

use wengert_kernels::map::{Formula, zip};
use wengert_kernels::{Real, Shape, Strided, StridedMut, Write};

use super::AnyOp;
use super::binary::NO_BROADCAST;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Attributes, Inputs, Op};
use crate::var::Var;

#[derive(Debug)]
struct Select;

/// a where m is not 0, b where it is; NaN where m is NaN.
#[derive(Clone, Copy)]
struct Choose;

impl<T: Real> Formula<T, 3> for Choose {
    #[inline(always)]
    fn at(self, [m, a, b]: [T; 3]) -> T {
        if m == T::ZERO {
            b
        } else if m.is_nan() {
            m
        } else {
            a
        }
    }
}

/// g where m chooses `self.chosen`, 0 elsewhere.
#[derive(Clone, Copy)]
struct Pass {
    chosen: bool,
}

impl<T: Real> Formula<T, 2> for Pass {
    #[inline(always)]
    fn at(self, [m, g]: [T; 2]) -> T {
        let (a, b) = if self.chosen {
            (g, T::ZERO)
        } else {
            (T::ZERO, g)
        };
        Choose.at([m, a, b])
    }
}

impl<T: Real> Op<T> for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let [m, a, b] = [x.shape(0), x.shape(1), x.shape(2)];
        let common = a.broadcast(&b).and_then(|ab| ab.broadcast(&m));
        common.ok_or_else(|| NO_BROADCAST.to_owned())
    }
    fn access(&self) -> Access {
        Access::Elementwise
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let shape = self.shape(x).expect("checked when recorded");
        let dst = StridedMut::dense(y, shape);
        let src = [x.strided(0), x.strided(1), x.strided(2)];
        zip(Choose, shape.slots(), src, dst, Write::Set);
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let g = Strided::dense(gy, gx.shape());
        gx.zip(1, Pass { chosen: true }, [x.strided(0), g]);
        gx.zip(2, Pass { chosen: false }, [x.strided(0), g]);
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let (a, b) = draw.broadcast_pair();
        let m = draw.broadcast_of(a);
        let mut mask = draw.tensor(m, &[1.0..2.0]);
        mask.values
            .iter_mut()
            .for_each(|m| *m *= f64::from(u8::from(draw.flag())));
        let (a, b) = (draw.tensor(a, &[-2.0..2.0]), draw.tensor(b, &[-2.0..2.0]));
        Example::new([mask, a, b]).with_fixed(&[0])
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// Elementwise choice, by this mask: `a` where it is not 0, `b` where it is (`where` in other
    /// frameworks). No adjoint passes to the mask, nor to the operand that was not chosen, except
    /// that 0 times an infinite derivative below it is NaN: see [`Var::sqrt`] for the safe form.
    ///
    /// ```
    /// # let tape = wengert_tape::Tape::<f64>::new();
    /// let x = tape.leaf([3], &[-1.0, 0.0, 4.0]);
    /// let (zero, one) = (tape.scalar(0.0), tape.scalar(1.0));
    /// let positive = x.gt(zero);
    /// let y = positive.select(positive.select(x, one).sqrt(), zero);
    /// y.sum().backward();
    /// assert_eq!(y.to_vec(), [0.0, 0.0, 2.0]);
    /// assert_eq!(x.grad(), Some(vec![0.0, 0.0, 0.25]));
    /// ```
    #[track_caller]
    pub fn select(self, a: Var<'t, T>, b: Var<'t, T>) -> Self {
        self.tape()
            .apply(&Select, &[self.detach(), a, b], Attributes::NONE)
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Select];
