//! Every rule, on random inputs that arrive as random views: dual numbers and differences agree.

use proptest::strategy::{Strategy, Union};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use wengert_tape::check::{Check, Reason, Report, Verdict};
use wengert_tape::{AnyOp, Op, ops};

/// Random cases of each rule.
const CASES: u32 = 200;

fn name(op: &dyn AnyOp) -> &'static str {
    Op::<f64>::name(op)
}

/// Seeds and largest sizes; those beyond 6 cross the block sizes of the kernels.
fn cases() -> impl Strategy<Value = (u64, usize)> {
    let sizes = Union::new_weighted(vec![(19, (1usize..7).boxed()), (1, (7usize..12).boxed())]);
    (proptest::num::u64::ANY, sizes)
}

/// The same cases in every run; PROPTEST_CASES and PROPTEST_RNG_SEED widen the search.
fn runner() -> TestRunner {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    config.cases = config.cases.max(CASES);
    TestRunner::new(config)
}

fn every_op_passes(
    share: usize,
    check: &dyn Fn(&'static dyn AnyOp, u64, usize) -> Result<(), String>,
) {
    for op in ops::all().into_iter().skip(share).step_by(2) {
        let outcome = runner().run(&cases(), |(seed, max_size)| {
            check(op, seed, max_size).map_err(TestCaseError::fail)
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", name(op)));
    }
}

fn agrees(op: &'static dyn AnyOp, seed: u64, max_size: usize) -> Result<(), String> {
    let report = Check::new().cases(1).seed(seed).max_size(max_size).op(op);
    match report.verdict {
        Verdict::Agrees => Ok(()),
        _ => Err(report.to_string()),
    }
}

/// As above, with broadcast views, and one variable for two inputs; a case may leave the domain.
fn agrees_repeated(op: &'static dyn AnyOp, seed: u64, max_size: usize) -> Result<(), String> {
    // Rows that are all equal make a matrix singular.
    if ["solve", "det"].contains(&name(op)) {
        return Ok(());
    }
    let report = Check::new()
        .cases(1)
        .seed(seed)
        .max_size(max_size)
        .repeats(true)
        .op(op);
    match report.verdict {
        Verdict::Agrees
        | Verdict::Undecidable {
            reason: Reason::NonFinite,
        } => Ok(()),
        _ => Err(report.to_string()),
    }
}

#[test]
fn rules_agree_with_dual_numbers_and_differences() {
    every_op_passes(0, &agrees);
}

#[test]
fn rules_agree_with_dual_numbers_and_differences_other_half() {
    every_op_passes(1, &agrees);
}

#[test]
fn rules_agree_on_repeated_elements_and_operands() {
    every_op_passes(0, &agrees_repeated);
}

#[test]
fn rules_agree_on_repeated_elements_and_operands_other_half() {
    every_op_passes(1, &agrees_repeated);
}

/// Few repeated cases leave the domain, so that the tests above compare something.
#[test]
fn repeated_cases_are_mostly_decided() {
    for op in ops::all() {
        let report = |seed| Check::new().cases(1).seed(seed).repeats(true).op(op);
        let decided = (0..100)
            .filter(|&seed| report(seed).verdict == Verdict::Agrees)
            .count();
        assert!(decided >= 60, "{}: only {decided} of 100 decided", name(op));
    }
}

/// The table that the documentation shows: `cargo test -p wengert-tape gradient_check_table -- --nocapture`.
#[test]
fn gradient_check_table() {
    println!("{}", Report::HEADER);
    for op in ops::all() {
        let report = wengert_tape::check::op(op);
        println!("{report}");
        report.assert_agrees();
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = ops::all().into_iter().map(name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}
