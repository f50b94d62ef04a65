//! Mean-field theory of random networks: against a printed table, and the law of small gains.

use proptest::prelude::*;
use wengert_experiments::studies::lyapunov::theory::MeanField;

/// Asserts that `found` is `printed` to its last digit.
#[track_caller]
fn assert_digits(what: &str, found: f64, printed: &str) {
    let digits = printed
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    assert_eq!(format!("{found:.digits$}"), printed, "{what}: {found}");
}

#[test]
fn theory_has_the_digits_of_the_table() {
    let table = [
        (1.05, ["0.05325", "0.00144", "0.0028", "0.0000", "0.0056"]),
        (1.2, ["0.24951", "0.01648", "0.0286", "0.00024", "0.057"]),
        (1.5, ["0.79335", "0.06522", "0.0843", "0.0028", "0.166"]),
        (2.0, ["2.12147", "0.15472", "0.1334", "0.0107", "0.258"]),
        (3.0, ["6.30539", "0.31025", "0.1529", "0.0252", "0.288"]),
        (5.0, ["20.6994", "0.53243", "0.1341", "0.0391", "0.246"]),
        (10.0, ["91.7051", "0.85644", "0.0912", "0.0442", "0.165"]),
        (20.0, ["383.725", "1.19241", "0.0559", "0.0386", "0.101"]),
    ];
    for (gain, [q, largest, positive, entropy, dimension]) in table {
        let theory = MeanField::new(gain);
        assert_digits("q", theory.variance(), q);
        assert_digits("largest", theory.largest(), largest);
        assert_digits("positive", theory.positive(), positive);
        assert_digits("entropy", theory.entropy(), entropy);
        assert_digits("dimension", theory.dimension(), dimension);
    }
    for (gain, exponents) in [
        (2.0, ["-0.167", "-0.689", "-1.700"]),
        (3.0, ["-0.272", "-1.416", "-3.540"]),
        (5.0, ["-0.780", "-3.526", "-7.667"]),
    ] {
        let theory = MeanField::new(gain);
        for (u, printed) in [0.25, 0.5, 0.75].into_iter().zip(exponents) {
            assert_digits("exponent", theory.exponent(u), printed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn below_one_the_moduli_of_the_circular_law_remain(gain in 0.1_f64..1.0, u in 0.0_f64..0.98) {
        let theory = MeanField::new(gain);
        let expected = gain.ln() + 0.5 * (1.0 - u).ln();
        prop_assert!((theory.exponent(u) - expected).abs() < 1e-3);
        prop_assert_eq!(theory.variance(), 0.0);
        prop_assert_eq!(theory.dimension(), 0.0);
    }

    #[test]
    fn spectra_fall(gain in 1.01_f64..20.0) {
        let theory = MeanField::new(gain);
        let falls = theory.spectrum().windows(2).all(|p| p[0][0] < p[1][0] && p[0][1] > p[1][1]);
        prop_assert!(falls);
        prop_assert!(theory.positive() < theory.dimension());
    }
}
