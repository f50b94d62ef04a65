//! Every rule, against dual numbers and differences.

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use wengert_tape::check::{Check, Report, Verdict};
use wengert_tape::{AnyOp, Op, ops};

#[test]
fn table() {
    println!("{}", Report::HEADER);
    for op in ops::all() {
        println!("{}", wengert_tape::check::op(op));
    }
}
