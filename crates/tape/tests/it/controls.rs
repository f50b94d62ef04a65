//! Negative controls: a check must see a wrong rule, and say when it cannot see.

use std::sync::atomic::{AtomicUsize, Ordering};

use wengert_tape::check::{self, Check, Function, Place, Reason, Test, Verdict};
use wengert_tape::{
    AnyOp, Draw, Example, Grads, Inputs, Op, Real, Shape, Tape, Tensor, Var, function,
};

/// y = x^3 elementwise, with a value and a rule to spoil.
macro_rules! cube {
    ($Name:ident, |$x:ident| $value:expr, |$g:ident, $vx:ident, $i:ident| $vjp:expr) => {
        #[derive(Debug)]
        struct $Name;

        impl<T: Real> Op<T> for $Name {
            fn name(&self) -> &'static str {
                stringify!($Name)
            }
            fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
                Ok(x.shape(0))
            }
            fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
                y.iter_mut().zip(x.slice(0)).for_each(|(y, &$x)| *y = $value);
            }
            fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
                let x = x.slice(0);
                gx.map(0, |$i| {
                    let ($g, $vx) = (gy[$i], x[$i]);
                    $vjp
                });
            }
            fn example(&self, draw: &mut Draw) -> Example {
                let shape = draw.nonempty_shape();
                Example::new([draw.tensor(shape, &[-2.0..-0.5, 0.5..2.0])])
            }
        }
    };
}

fn three<T: Real>() -> T {
    T::from_f64(3.0)
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// 1, and 1 + 2^-50 in every third run.
fn drift() -> f64 {
    let third = RUNS.fetch_add(1, Ordering::Relaxed).is_multiple_of(3);
    if third { 1.0 + 4.0 * f64::EPSILON } else { 1.0 }
}

cube!(Right, |x| x * x * x, |g, x, _i| three::<T>() * x * x * g);
cube!(Scaled, |x| x * x * x, |g, x, _i| T::from_f64(3.0003)
    * x
    * x
    * g);
cube!(Sign, |x| x * x * x, |g, x, _i| -three::<T>() * x * x * g);
cube!(OneElement, |x| x * x * x, |g, x, i| if i == 1 {
    x * x * g
} else {
    three::<T>() * x * x * g
});
cube!(
    Value,
    |x| T::from_f64(x.to_f64().powi(3)),
    |g, x, _i| three::<T>() * x * x * g
);
cube!(Frozen, |x| x * x * x, |g, x, _i| T::from_f64(
    3.0 * x.to_f64().powi(2)
) * g);
cube!(
    Impure,
    |x| x * x * x * T::from_f64(drift()),
    |g, x, _i| three::<T>() * x * x * g
);

/// The test that sees it and the element it names.
fn seen(op: &'static dyn AnyOp) -> (Test, Place) {
    let report = check::op(op);
    match report.verdict {
        Verdict::Differs { test, place, .. } => (test, place),
        other => panic!("{}: {other}", report.name),
    }
}

#[test]
fn a_right_rule_agrees() {
    check::op(&Right).assert_agrees();
}

#[test]
fn wrong_first_derivatives_are_seen() {
    assert_eq!(seen(&Scaled).0, Test::Adjoint);
    assert_eq!(seen(&Sign).0, Test::Adjoint);
}

/// The same without views, so that the element is that of the input.
struct Plain;
impl Function for Plain {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        x[0].apply(&OneElement)
    }
}

#[test]
fn the_wrong_element_is_named() {
    let place = Place::Input {
        input: 0,
        element: 1,
    };
    let report = Check::new().op(&OneElement);
    // Inputs come as views: the place is that of the leaf, which a view may reorder.
    let Verdict::Differs {
        test: Test::Adjoint,
        analytic,
        numeric,
        ..
    } = report.verdict
    else {
        panic!("{report}");
    };
    assert!((numeric / analytic - 3.0).abs() < 1e-9, "{report}");

    let report = check::function(&Plain, &[Tensor::new([3], [1.0, 2.0, 3.0])]);
    let Verdict::Differs {
        test: Test::Adjoint,
        place: found,
        ..
    } = report.verdict
    else {
        panic!("{report}");
    };
    assert_eq!(found, place);
}

/// A value that ignores tangents fools nobody: the dual run disagrees with the sweep.
#[test]
fn a_value_without_tangents_is_seen() {
    assert_eq!(seen(&Value).0, Test::Adjoint);
}

/// A rule whose own derivative is lost is right to first order only.
#[test]
fn wrong_second_derivatives_are_seen() {
    assert!(matches!(seen(&Frozen).0, Test::Symmetry | Test::Curvature));
}

#[test]
fn an_impure_operation_is_seen() {
    assert_eq!(seen(&Impure).0, Test::Repetition);
}

/// A gradient that is wrong in reverse and in forward mode alike is seen by differences only.
#[test]
fn differences_see_what_dual_numbers_cannot() {
    struct Detached;
    impl Function for Detached {
        fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
            // Values without tangents, so that both modes lose the same factor.
            let frozen: Vec<T> = x[0]
                .to_vec()
                .iter()
                .map(|x| T::from_f64(x.to_f64()))
                .collect();
            x[0].tape().constant(x[0].shape(), &frozen) * x[0]
        }
    }
    let report = check::function(&Detached, &[Tensor::new([2], [0.5, 2.0])]);
    let Verdict::Differs {
        test: Test::Difference,
        analytic,
        numeric,
        error_bar,
        ..
    } = report.verdict
    else {
        panic!("{report}");
    };
    assert!(
        (numeric / analytic - 2.0).abs() < 1e-9 && error_bar < 1e-9,
        "{report}"
    );
}

#[test]
fn kinks_are_undecidable() {
    let undecidable = Verdict::Undecidable {
        reason: Reason::Kink,
    };
    let at = |x: f64| [Tensor::new([2], [0.7, x])];
    let abs = function!(|_, x| x[0].abs());
    let relu = function!(|_, x| x[0].relu());
    assert_eq!(check::function(&abs, &at(0.0)).verdict, undecidable);
    assert_eq!(check::function(&relu, &at(0.0)).verdict, undecidable);
    assert_eq!(check::function(&abs, &at(1e-3)).verdict, Verdict::Agrees);
    // The gradient of the penalty has the kink.
    let huber = function!(|_, x| x[0].huber_penalty(0.7).sum());
    assert_eq!(check::function(&huber, &at(2.0)).verdict, undecidable);
}

#[test]
fn what_is_not_finite_is_undecidable() {
    let undecidable = Verdict::Undecidable {
        reason: Reason::NonFinite,
    };
    let ln = function!(|_, x| x[0].ln());
    let sqrt = function!(|_, x| x[0].sqrt());
    assert_eq!(
        check::function(&ln, &[Tensor::new([], [-1.0])]).verdict,
        undecidable
    );
    assert_eq!(
        check::function(&sqrt, &[Tensor::new([], [0.0])]).verdict,
        undecidable
    );
}

#[test]
fn noise_is_undecidable() {
    // The digits of a small variation are lost in a large value.
    let noisy = function!(|_, x| ((x[0] + 1e13) - 1e13).square());
    let verdict = check::function(&noisy, &[Tensor::new([], [0.4])]).verdict;
    assert_eq!(
        verdict,
        Verdict::Undecidable {
            reason: Reason::Noise
        }
    );
}

#[test]
fn nothing_to_compare_agrees() {
    let none = function!(|tape, _| tape.scalar(2.0));
    let ignored = function!(|tape, x| tape.scalar(x.len() as f64));
    let empty = function!(|_, x| x[0].tanh());
    check::function(&none, &[]).assert_agrees();
    check::function(&ignored, &[Tensor::new([2], [1.0, 2.0])]).assert_agrees();
    check::function(&empty, &[Tensor::new([0, 3], [])]).assert_agrees();
}

#[test]
#[should_panic(expected = "Sign: differs (adjoint identity) at input 0 element ")]
fn the_message_names_rule_test_and_element() {
    check::op(&Sign).assert_agrees();
}

#[test]
fn reports_are_rows_of_a_table() {
    let row = check::op(&Right).to_string();
    assert!(row.starts_with("Right                 50  "), "{row}");
    assert!(row.ends_with("  agrees"), "{row}");
}
