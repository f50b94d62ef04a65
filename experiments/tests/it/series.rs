//! Linear baselines of series against cases worked by hand, and whether a gain is more than chance.

use proptest::prelude::*;
use wengert_experiments::baselines::least_squares::nested;
use wengert_experiments::baselines::series::{
    Autoregression, changes, persistence, seasonal, seasonal_with_drift,
};
use wengert_experiments::statistics::Mean;

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    let mut pairs = found.iter().zip(expected);
    let close = pairs.all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(
        close && found.len() == expected.len(),
        "{found:?} is not {expected:?}"
    );
}

#[test]
fn naive_forecasts_by_hand() {
    let past = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0];
    assert_eq!(persistence(&past), 8.0);
    assert_eq!(changes(&past), [1.0, 1.0, 1.0, 2.0, 2.0]);
    // The last season of three is 4, 6, 8.
    let ahead: Vec<f64> = (1..=7).map(|h| seasonal(&past, h, 3)).collect();
    assert_eq!(ahead, [4.0, 6.0, 8.0, 4.0, 6.0, 8.0, 4.0]);
    // It ended 5 above the season before it.
    let ahead: Vec<f64> = (1..=4).map(|h| seasonal_with_drift(&past, h, 3)).collect();
    assert_eq!(ahead, [9.0, 11.0, 13.0, 14.0]);
}

#[test]
#[should_panic(expected = "seasonal: horizon 1, season 3, 2 values")]
fn a_season_needs_a_past() {
    seasonal(&[1.0, 2.0], 1, 3);
}

#[test]
fn a_line_through_points_by_hand() {
    // The line nearest to (0, 1), (1, 2), (2, 2) is 7/6 + x/2; the nearest constant 5/3.
    let columns = vec![vec![1.0; 3], vec![0.0, 1.0, 2.0]];
    let found = nested(columns, vec![1.0, 2.0, 2.0], &[2, 1]);
    assert_close(&found[0], &[7.0 / 6.0, 0.5], 1e-14);
    assert_close(&found[1], &[5.0 / 3.0], 1e-14);
}

#[test]
fn a_column_that_says_nothing_new_gets_nothing() {
    let columns = vec![vec![1.0; 4], vec![3.0; 4], vec![0.0, 1.0, 2.0, 3.0]];
    let found = nested(columns, vec![1.0, 3.0, 5.0, 7.0], &[3]);
    assert_close(&found[0], &[1.0, 0.0, 2.0], 1e-13);
}

proptest! {
    /// What least squares leaves has no part in any column.
    #[test]
    fn residuals_are_orthogonal(
        numbers in prop::collection::vec(-5.0..5.0f64, 40),
    ) {
        let columns: Vec<Vec<f64>> = numbers[..30].chunks(10).map(<[f64]>::to_vec).collect();
        let y = numbers[30..].to_vec();
        let x = &nested(columns.clone(), y.clone(), &[3])[0];
        for column in &columns {
            let left = (0..10).map(|row| {
                let fitted: f64 = columns.iter().zip(x).map(|(c, x)| c[row] * x).sum();
                (y[row] - fitted) * column[row]
            });
            prop_assert!(left.sum::<f64>().abs() < 1e-9);
        }
    }
}

/// x_t = 1 + x_{t-1} / 2 - x_{t-2} / 4.
fn recurrence(steps: usize) -> Vec<f64> {
    let mut x = vec![0.0, 3.0];
    while x.len() < steps {
        let [before, last] = [x[x.len() - 2], x[x.len() - 1]];
        x.push(1.0 + 0.5 * last - 0.25 * before);
    }
    x
}

#[test]
fn an_autoregression_finds_the_recurrence_that_made_a_series() {
    let x = recurrence(40);
    let models = Autoregression::fit(&x[..20], &[1, 2, 50], false);
    // An order of 50 is too large for 20 values.
    assert_eq!(models.len(), 2);
    let model = &models[1];
    assert_eq!((model.order(), model.reach()), (2, 2));
    assert_close(&[model.constant()], &[1.0], 1e-9);
    assert_close(model.coefficients(), &[0.5, -0.25], 1e-9);
    assert_close(&model.forecast(&x[..20], 20), &x[20..], 1e-9);
}

#[test]
fn nested_orders_are_those_fitted_alone_to_the_same_steps() {
    let x: Vec<f64> = (0..60).map(|t| f64::from(t * t % 17)).collect();
    let models = Autoregression::fit(&x, &[1, 4], false);
    // Alone, order 1 would also be fitted to the steps that order 4 has too little past for.
    let alone = &Autoregression::fit(&x[3..], &[1], false)[0];
    assert_close(models[0].coefficients(), alone.coefficients(), 1e-12);
    assert_close(&[models[0].constant()], &[alone.constant()], 1e-12);
}

#[test]
fn an_autoregression_of_changes_goes_on_with_a_line() {
    let x: Vec<f64> = (0..20).map(|t| 3.0 + 2.0 * f64::from(t)).collect();
    let model = &Autoregression::fit(&x, &[2], true)[0];
    assert!(model.is_of_changes());
    assert_eq!(model.reach(), 3);
    assert_close(&model.forecast(&x, 3), &[43.0, 45.0, 47.0], 1e-9);
}

#[test]
fn a_mean_and_its_error_by_hand() {
    let values = [1.0, 2.0, 3.0, 6.0];
    let plain = Mean::of(&values, 0);
    assert_eq!(plain.value, 3.0);
    // Variance 14 / 4; of the mean a fourth of it.
    assert_close(&[plain.error], &[(14.0_f64 / 16.0).sqrt()], 1e-15);
    // Covariance with the value before: (2 + 0 + 0) / 4, of which a half counts twice.
    let later = Mean::of(&values, 1);
    assert_close(&[later.error], &[(16.0_f64 / 16.0).sqrt()], 1e-15);
    assert_close(&later.interval(), &[3.0 - 1.96, 3.0 + 1.96], 1e-4);
    assert_close(&[later.statistic()], &[3.0], 1e-15);
    assert_close(&[later.p_value()], &[0.0027], 1e-6);
}
