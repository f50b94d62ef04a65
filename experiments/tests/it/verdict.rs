//! Verdicts and tables.

use wengert_experiments::table::{align, significant};
use wengert_experiments::verdict::{Accept, Check, Mark, Outcome, Verdict};

#[test]
fn acceptance_includes_its_borders_and_never_a_nan() {
    let cases = [
        (
            Accept::Absolute {
                value: 1.0,
                tolerance: 0.5,
            },
            [1.5, 0.5],
            [1.6, 0.4],
        ),
        (
            Accept::Relative {
                value: -2.0,
                fraction: 0.5,
            },
            [-1.0, -3.0],
            [-0.9, 2.0],
        ),
        (
            Accept::Factor {
                value: 8.0,
                factor: 2.0,
            },
            [4.0, 16.0],
            [3.9, 16.1],
        ),
        (Accept::AtMost(1.0), [1.0, -9.0], [1.1, f64::INFINITY]),
        (Accept::AtLeast(1.0), [1.0, 9.0], [0.9, f64::NEG_INFINITY]),
        (Accept::Exactly(3.0), [3.0, 3.0], [3.0 + 1e-12, 2.0]),
    ];
    for (accept, inside, outside) in cases {
        assert!(
            inside.iter().all(|measured| accept.accepts(*measured)),
            "{accept:?}"
        );
        assert!(
            !outside.iter().any(|measured| accept.accepts(*measured)),
            "{accept:?}"
        );
        assert!(!accept.accepts(f64::NAN), "{accept:?}");
    }
}

#[test]
fn the_worst_check_decides() {
    let good = || Check::new("a", "theory", Accept::AtMost(1.0), 0.5);
    let bad = || Check::new("b", "theory", Accept::AtMost(1.0), 2.0);
    let open = || Check::out_of_budget("c", "theory", Accept::AtMost(1.0));
    assert_eq!(Verdict::new(vec![good()]).outcome(), Outcome::Match);
    assert_eq!(
        Verdict::new(vec![good(), open()]).outcome(),
        Outcome::OutOfBudget
    );
    assert_eq!(
        Verdict::new(vec![bad(), open()]).outcome(),
        Outcome::Differs
    );
}

#[test]
fn the_table_is_aligned() {
    let verdict = Verdict::new(vec![
        Check::new(
            "slope",
            "Zucchet 2024",
            Accept::Absolute {
                value: 3.0,
                tolerance: 0.05,
            },
            2.98765,
        )
        .marked(Mark::Cited)
        .over(&[3.0, 2.97, 2.99]),
        Check::out_of_budget(
            "loss",
            "10 ln 8/(T+20)",
            Accept::Relative {
                value: 0.17329,
                fraction: 0.03,
            },
        ),
    ]);
    let expected = "\
quantity  measured           expected       verdict        anchor
slope     2.98765 [2.97, 3]  3 ± 0.05       match          Zucchet 2024 (cited)
loss      -                  0.17329 ± 3 %  out of budget  10 ln 8/(T+20)
";
    assert_eq!(verdict.to_table(), expected);
    let json = verdict.to_json();
    assert_eq!(json["checks"][0]["mark"], "cited");
    assert_eq!(json["checks"][0]["spread"], serde_json::json!([2.97, 3.0]));
    assert_eq!(json["checks"][1]["mark"], serde_json::Value::Null);
}

#[test]
fn cells_count_characters_and_lines_end_without_blanks() {
    let rows = [
        ["λ".to_owned(), String::new()],
        ["ab".to_owned(), "x".to_owned()],
    ];
    assert_eq!(align(&["k", "v"], rows), "k   v\nλ\nab  x\n");
}

#[test]
fn numbers_are_short() {
    let cases = [
        (0.0, "0"),
        (1.0, "1"),
        (-2.50, "-2.5"),
        (123456.7, "123457"),
        (1234567.0, "1.23457e6"),
        (0.000123, "0.000123"),
        (0.0000123, "1.23e-5"),
        (999999.9, "1e6"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
    ];
    for (value, text) in cases {
        assert_eq!(significant(value, 6), text);
    }
}
