//! The figures: why plots of prices deceive, gains with their intervals, the spread, training.

use super::Tested;
use super::methods;
use crate::figure::{Axis, Figure, Panel};
use crate::fit::mean;
use crate::training::History;

/// Days of the stretch that is drawn.
const SHOWN: usize = 60;
/// Days before and after that a forecast is compared with.
const DAYS: i32 = 5;

/// The price and its forecast, and which day's price the forecast is nearest to.
pub(super) fn deception(tested: &Tested) -> Figure {
    let Tested { share, forecasts } = tested;
    let days = share.test.end - SHOWN.min(share.test.len())..share.test.end;
    let prices = methods::prices(&forecasts[0], share, &share.test);
    let shown = &prices[prices.len() - days.len()..];
    let x: Vec<f64> = (0..days.len()).map(|day| day as f64).collect();
    let since = share.dates[days.start];
    let curves = Panel::new(
        Axis::linear(&format!("days of trading since {since}")),
        Axis::linear("dollars"),
    )
    .title(&format!("{}: it seems to follow", share.ticker))
    .line("price", &x, &share.closes[days])
    .dashed("forecast of the day before", &x, shown);
    // The forecast for day d was made on day d - 1, which is "today": k = 0.
    let distance = |k: i32| {
        let pairs = share.test.clone().zip(&prices);
        let distances = pairs.filter_map(|(day, price)| {
            let other = usize::try_from(i32::try_from(day).ok()? - 1 + k).ok()?;
            let close = share.closes.get(other)?;
            Some(100.0 * (price / close).ln().abs())
        });
        mean(&distances.collect::<Vec<_>>())
    };
    let (x, y): (Vec<f64>, Vec<f64>) = (-DAYS..=DAYS).map(|k| (f64::from(k), distance(k))).unzip();
    let nearest = Panel::new(
        Axis::linear("days after the forecast was made"),
        Axis::linear("mean distance from that day's price, %"),
    )
    .title("but it is today's price")
    .line("forecast", &x, &y)
    .points("forecast", &x, &y)
    .vertical("tomorrow", 1.0);
    Figure::new(
        "Why plots of forecast prices deceive",
        "Above, the price of a share and the network's forecast of the day before, which seems to \
         follow it. Below, the mean distance of forecasts from the prices of other days: it is next \
         to nothing from the day the forecast was made, not from the day it was made for.",
    )
    .panel(curves)
    .panel(nearest)
}

/// Gains over persistence of each method and share, with their intervals.
pub(super) fn gains(tested: &[Tested]) -> Figure {
    let tickers: Vec<&str> = tested.iter().map(|own| own.share.ticker.as_str()).collect();
    let axes = (
        Axis::categories("share", &tickers),
        Axis::linear("gain over persistence, %"),
    );
    let mut panel = Panel::new(axes.0, axes.1).horizontal("no gain", 0.0);
    let methods: Vec<&str> = tested[0].forecasts.iter().map(|own| own.method).collect();
    for (method, name) in methods
        .iter()
        .enumerate()
        .filter(|(_, name)| **name != "persistence")
    {
        let beside = 0.15 * (method as f64 - 1.0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (place, Tested { share, forecasts }) in tested.iter().enumerate() {
            let gain = methods::gains(&forecasts[method], share, &share.test);
            let gain = methods::mean_gain(&gain);
            let at = place as f64 + beside;
            let [low, high] = gain.interval().map(|end| 100.0 * end);
            panel = panel.line(name, &[at, at], &[low, high]);
            x.push(at);
            y.push(100.0 * gain.value);
        }
        panel = panel.points(name, &x, &y);
    }
    Figure::new(
        "Does anything beat the forecast that the price stays?",
        "For each share and method the squared error saved over persistence, in hundredths of the \
         mean square of the returns of training, with its interval of 95 %.",
    )
    .panel(panel)
}

/// The size of daily returns, and the spread that the network foresaw.
pub(super) fn spread(tested: &Tested) -> Figure {
    let Tested { share, forecasts } = tested;
    let days = share.test.clone();
    let x: Vec<f64> = (0..days.len()).map(|day| day as f64).collect();
    let percent = |r: &f64| 100.0 * r.abs();
    let sizes: Vec<f64> = share.returns[days.clone()].iter().map(percent).collect();
    let spreads = |of: usize| -> Vec<f64> {
        let logs = forecasts[of].log_variances.iter().flatten();
        logs.map(|log| 100.0 * (log / 2.0).exp()).collect()
    };
    let axes = (
        Axis::linear(&format!(
            "days of trading since {}",
            share.dates[days.start]
        )),
        Axis::linear("size of the return, %"),
    );
    Figure::new(
        "What can be foreseen: how large a change will be",
        "For one share the size of each day's return, and the standard deviation foreseen the day \
         before by the network and by an exponential mean of squares.",
    )
    .panel(
        Panel::new(axes.0, axes.1)
            .title(&share.ticker)
            .points("size of the return", &x, &sizes)
            .line("network", &x, &spreads(0))
            .dashed("exponential mean of squares", &x, &spreads(3)),
    )
}

/// The losses of the first network by step.
pub(super) fn training(histories: &[History]) -> Figure {
    let axes = (
        Axis::linear("step of the optimiser"),
        Axis::linear("validation loss, nats a day"),
    );
    let panel = histories.iter().enumerate().fold(
        Panel::new(axes.0, axes.1),
        |panel, (member, history)| {
            let (x, y) = (history.steps(), history.of("validation_loss"));
            panel.line(&format!("network {}", member + 1), &x, y)
        },
    );
    Figure::new(
        "How the networks learn",
        "The negative log density of returns on the validation part by step of the optimiser.",
    )
    .panel(panel)
}
