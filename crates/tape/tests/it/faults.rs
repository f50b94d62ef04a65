//! Operations that misbehave: the tape survives, and debug builds show what they forgot.

use wengert_tape::{Attributes, Draw, Example, Grads, Inputs, Op, Shape, Tape, Var};

use crate::engine::panic_message;

/// An operation that misbehaves as told by its first constant.
#[derive(Debug)]
struct Faulty;

const FORGET: f64 = 1.0;
const PANIC_FORWARD: f64 = 2.0;
const PANIC_BACKWARD: f64 = 3.0;

impl Op<f64> for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }
    fn shape(&self, x: &Inputs<'_, f64>) -> Result<Shape, String> {
        Ok(x.shape(0))
    }
    fn forward(&self, x: &Inputs<'_, f64>, y: &mut [f64]) {
        let told = x.reals()[0];
        assert!(told != PANIC_FORWARD, "told to panic");
        let skip = usize::from(told == FORGET);
        y[skip..].copy_from_slice(&x.slice(0)[skip..]);
    }
    fn vjp(&self, x: &Inputs<'_, f64>, _y: &[f64], gy: &[f64], gx: &mut Grads<'_, f64>) {
        assert!(x.reals()[0] != PANIC_BACKWARD, "told to panic");
        gx.update(0, |gx, _| gx[1..].copy_from_slice(&gy[1..]));
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.nonempty_shape();
        Example::new([draw.tensor(shape, &[-1.0..1.0])]).with_reals(&[0.0])
    }
}

fn faulty(x: Var<'_, f64>, told: f64) -> Var<'_, f64> {
    let attributes = Attributes {
        ints: &[],
        reals: &[told],
    };
    x.tape().apply(&Faulty, &[x], attributes)
}

#[test]
fn a_panic_in_a_rule_leaves_the_tape_usable() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[1.0, 2.0]);
    let y = x.square();
    let nodes = tape.len();
    for _ in 0..3 {
        panic_message(|| faulty(y, PANIC_FORWARD));
        assert_eq!(tape.len(), nodes);
    }
    assert_eq!(y.to_vec(), [1.0, 4.0]);
    let broken = faulty(y, PANIC_BACKWARD).sum();
    panic_message(|| broken.backward());
    tape.clear_grads();
    y.sum().backward();
    assert_eq!(x.grad(), Some(vec![2.0, 4.0]));
}

#[test]
#[cfg(debug_assertions)]
fn an_element_that_a_rule_forgets_is_nan_in_debug_builds() {
    let mut tape = Tape::<f64>::new();
    for _ in 0..3 {
        let x = tape.leaf([2], &[1.0, 2.0]);
        let y = faulty(x, FORGET);
        assert!(y.to_vec()[0].is_nan() && y.to_vec()[1] == 2.0);
        y.slice(0, 1..2).sum().backward();
        let gradient = x.grad().unwrap();
        assert!(gradient[0].is_nan() && gradient[1] == 1.0);
        tape.reset();
    }
}
