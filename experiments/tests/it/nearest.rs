//! Neighbours by dynamic time warping and by class means, on cases done by hand.

use wengert_experiments::baselines::dtw::{self, Known};
use wengert_experiments::baselines::nearest_mean::nearest_mean;

#[test]
fn warping_by_hand() {
    // A pause costs nothing; the ends must meet.
    assert_eq!(
        dtw::distance(&[0.0, 1.0, 2.0], &[0.0, 1.0, 1.0, 1.0, 2.0], 1),
        0.0
    );
    assert_eq!(
        dtw::distance(&[0.0, 1.0, 2.0], &[1.0, 2.0, 4.0], 1),
        1.0 + 0.0 + 0.0 + 4.0
    );
    // One step meets all of the other series: 1 + 4 + 9.
    assert_eq!(dtw::distance(&[0.0], &[1.0, 2.0, 3.0], 1), 14.0);
    // Two channels warp together: apart, each would be at 0.
    let (a, b) = ([0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(dtw::distance(&a, &b, 2), 1.0);
}

#[test]
fn warping_does_not_depend_on_the_direction() {
    let a: Vec<f64> = (0..24).map(|i| f64::from(i * i % 7)).collect();
    let b: Vec<f64> = (0..15).map(|i| f64::from(i * 5 % 11)).collect();
    let there = dtw::distance(&a, &b, 3);
    assert_eq!(there, dtw::distance(&b, &a, 3));
    let backwards =
        |series: &[f64]| -> Vec<f64> { series.chunks(3).rev().flatten().copied().collect() };
    assert_eq!(there, dtw::distance(&backwards(&a), &backwards(&b), 3));
}

#[test]
fn the_nearest_series_is_the_one_of_least_distance() {
    // As many as make it worth to give up early; the nearest is not the first.
    let series = |seed: usize| -> Vec<f64> {
        let length = 5 + seed % 4;
        (0..length)
            .map(|t| ((seed * 37 + t * 11) % 13) as f64)
            .collect()
    };
    let known: Vec<Vec<f64>> = (0..20).map(series).collect();
    let known: Vec<Known> = known
        .iter()
        .enumerate()
        .map(|(class, values)| Known { values, class })
        .collect();
    for seed in 20..40 {
        let asked = series(seed);
        let distances = known.iter().map(|k| dtw::distance(&asked, k.values, 1));
        let distances: Vec<f64> = distances.collect();
        let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
        let first = distances.iter().position(|distance| *distance == least);
        assert_eq!(dtw::nearest(&known, &[&asked], 1), [first.unwrap()]);
    }
}

#[test]
#[should_panic(expected = "dtw: 5 values are no steps of 2 channels")]
fn parts_of_steps_are_refused() {
    dtw::distance(&[0.0; 4], &[0.0; 5], 2);
}

#[test]
fn means_by_hand() {
    // Class 1 has no members, so that its mean is nowhere.
    let known = [vec![0.0, 0.0], vec![2.0, 0.0], vec![5.0, 5.0]];
    let asked = [vec![1.0, 0.5], vec![4.0, 4.0], vec![1.0, 9.0]];
    assert_eq!(nearest_mean(&known, &[0, 0, 2], &asked), [0, 2, 2]);
}
