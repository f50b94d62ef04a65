//! Settings: each type is read as its default's, and later overrides win.

use wengert_experiments::config::{Preset, resolve};

use crate::toy::{Config, Method};

fn resolved(overrides: &[&str]) -> Config {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).into()).collect();
    resolve((Preset::Default, &[]), &overrides).unwrap().config
}

#[test]
fn without_overrides_the_defaults_hold() {
    assert_eq!(resolved(&[]), Config::default());
}

#[test]
fn each_type_is_read() {
    let config = resolved(&[
        "start=1e3",
        "steps=1_000",
        "seed=18446744073709551615",
        "method=shift",
        "fail=true",
        "sizes=4,8,16",
        "limit=2.5",
        "data=17",
    ]);
    let expected = Config {
        start: 1000.0,
        steps: 1000,
        seed: u64::MAX,
        method: Method::Shift,
        fail: true,
        panic: false,
        sizes: vec![4, 8, 16],
        limit: Some(2.5),
        data: Some("17".into()),
    };
    assert_eq!(config, expected);
}

#[test]
fn whole_numbers_are_numbers_and_none_and_nothing_are_absent() {
    let config = resolved(&["start=8", "limit=3", "limit=none", "sizes="]);
    assert_eq!(
        (config.start, config.limit, config.sizes),
        (8.0, None, vec![])
    );
}

#[test]
fn numbers_that_do_not_fit_name_their_key() {
    for given in [
        "steps=-1",
        "steps=4294967296",
        "sizes=1,-2",
        "sizes=1,,2",
        "steps=none",
        "limit=low",
        "start=1e999",
        "start=",
        "fail=1",
    ] {
        let error = resolve::<Config>((Preset::Default, &[]), &[given.to_owned()])
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(given), "{error}");
    }
}
