//! Forecasters: they start from no change, see no future, and windows do not mix.

use wengert_experiments::forecast::{Forecaster, Objective, Window};
use wengert_experiments::random::{Purpose, stream};
use wengert_rnn::Params;

const WIDTH: usize = 3;
const STEPS: usize = 8;
const SCORED: usize = 5;

fn window(shift: f32) -> Window {
    let inputs = (0..STEPS * WIDTH).map(|i| (i as f32 * 0.7 + shift).sin());
    Window {
        inputs: inputs.collect(),
        targets: Vec::new(),
    }
}

fn network() -> (Forecaster, Params<f32>) {
    let network = Forecaster::new(WIDTH, 6, Objective::Numbers(2), 0.5);
    let params = network.init(&mut stream(0, Purpose::Weights));
    (network, params)
}

/// Parameters that are nowhere 0.
fn busy() -> (Forecaster, Params<f32>) {
    let (network, mut params) = network();
    for (i, value) in params.values_mut().iter_mut().enumerate() {
        *value = (i as f32).sin() * 0.5;
    }
    (network, params)
}

#[test]
fn training_starts_from_no_change() {
    let (network, params) = network();
    let forecasts = network.forecasts(&params, &[window(0.0)], SCORED).unwrap();
    assert_eq!(forecasts, [vec![0.0; SCORED * 2]]);
}

#[test]
fn windows_do_not_mix() {
    let (network, params) = busy();
    let windows: Vec<Window> = (0..100).map(|i| window(i as f32)).collect();
    let together = network.forecasts(&params, &windows, SCORED).unwrap();
    for (window, forecast) in windows.iter().zip(&together) {
        let alone = &network
            .forecasts(&params, std::slice::from_ref(window), SCORED)
            .unwrap()[0];
        let mut pairs = forecast.iter().zip(alone);
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn a_forecast_does_not_see_the_future() {
    let (network, params) = busy();
    let (before, mut after) = (window(0.0), window(0.0));
    after.inputs[(STEPS - 1) * WIDTH] += 1.0;
    let forecasts = network
        .forecasts(&params, &[before, after], SCORED)
        .unwrap();
    let early = (SCORED - 1) * 2;
    assert_eq!(forecasts[0][..early], forecasts[1][..early]);
    assert_ne!(forecasts[0][early..], forecasts[1][early..]);
}

#[test]
fn a_forecast_that_is_no_number_is_an_error() {
    let (network, mut params) = busy();
    params.get_mut("direct.bias")[0] = f32::NAN;
    let error = network
        .forecasts(&params, &[window(0.0)], SCORED)
        .unwrap_err();
    assert!(error.to_string().contains("lower the learning rate"));
}
