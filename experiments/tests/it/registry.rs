//! Every study that ships keeps the rules of the registry.

use wengert_experiments::studies::ALL;

#[test]
fn names_are_distinct_and_typeable() {
    for (i, study) in ALL.iter().enumerate() {
        let typeable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(study.name.chars().all(typeable), "{}", study.name);
        assert_ne!(study.name, "list", "taken by the command");
        assert!(
            ALL[..i].iter().all(|other| other.name != study.name),
            "{}",
            study.name
        );
        assert!(
            study.question.ends_with('?'),
            "{}: {}",
            study.name,
            study.question
        );
    }
}

#[test]
fn defaults_are_valid() {
    for study in ALL {
        study
            .prepare(&[])
            .unwrap_or_else(|error| panic!("{}: {error:#}", study.name));
    }
}
