//! Forecasts of the next day's return, and how they do.

use std::ops::Range;

use super::market::Share;
use crate::baselines::series::Autoregression;
use crate::fit::mean;
use crate::statistics::{Mean, newey_west_lags};

/// Orders of autoregression to choose from.
const ORDERS: [usize; 5] = [1, 2, 5, 10, 20];

/// Forecasts of one share by one method, one for each day of a part.
pub(super) struct Forecasts {
    pub method: &'static str,
    /// The mean of the return.
    pub means: Vec<f64>,
    /// The natural logarithm of its variance, where the method has one.
    pub log_variances: Option<Vec<f64>>,
}

/// Nothing changes, with the variance that the squares of the last days give.
pub(super) fn persistence(share: &Share, days: &Range<usize>) -> Forecasts {
    let spreads = days.clone().map(|day| 2.0 * share.spreads[day - 1].ln());
    Forecasts {
        method: "persistence",
        means: vec![0.0; days.len()],
        log_variances: Some(spreads.collect()),
    }
}

/// The mean return of training, with its variance.
pub(super) fn drift(share: &Share, days: &Range<usize>) -> Forecasts {
    let past = &share.returns[share.train.clone()];
    let drift = mean(past);
    let squares: Vec<f64> = past.iter().map(|r| (r - drift).powi(2)).collect();
    Forecasts {
        method: "mean return",
        means: vec![drift; days.len()],
        log_variances: Some(vec![mean(&squares).ln(); days.len()]),
    }
}

/// A linear autoregression of returns, of the order that does best on the validation part.
pub(super) fn autoregression(share: &Share, days: &Range<usize>) -> Forecasts {
    let models = Autoregression::fit(&share.returns[share.train.clone()], &ORDERS, false);
    let forecast = |model: &Autoregression, days: &Range<usize>| -> Vec<f64> {
        let next = |day| model.forecast(&share.returns[..day], 1)[0];
        days.clone().map(next).collect()
    };
    let error = |model: &Autoregression| {
        let squares = forecast(model, &share.validation);
        let errors = squares.iter().zip(&share.returns[share.validation.clone()]);
        errors.map(|(m, r)| (r - m).powi(2)).sum::<f64>()
    };
    let best = models.iter().min_by(|a, b| error(a).total_cmp(&error(b)));
    Forecasts {
        method: "AR(p)",
        means: best.map_or(vec![0.0; days.len()], |model| forecast(model, days)),
        log_variances: None,
    }
}

/// By how much the squared errors are below those of persistence, day by day, as a fraction of the
/// mean square of the returns of training.
pub(super) fn gains(forecasts: &Forecasts, share: &Share, days: &Range<usize>) -> Vec<f64> {
    let past = &share.returns[share.train.clone()];
    let unit = mean(&past.iter().map(|r| r * r).collect::<Vec<_>>());
    let pairs = forecasts.means.iter().zip(&share.returns[days.clone()]);
    pairs
        .map(|(m, r)| (r * r - (r - m).powi(2)) / unit)
        .collect()
}

/// The mean of gains.
pub(super) fn mean_gain(gains: &[f64]) -> Mean {
    Mean::of(gains, newey_west_lags(gains.len()))
}

/// The negative log density of the returns, day by day, in nats.
pub(super) fn log_losses(forecasts: &Forecasts, share: &Share, days: &Range<usize>) -> Vec<f64> {
    let Some(log_variances) = &forecasts.log_variances else {
        return Vec::new();
    };
    let rows = forecasts
        .means
        .iter()
        .zip(log_variances)
        .zip(&share.returns[days.clone()]);
    let loss = |((m, v), r): ((&f64, &f64), &f64)| {
        (std::f64::consts::TAU.ln() + v + (r - m).powi(2) * (-v).exp()) / 2.0
    };
    rows.map(loss).collect()
}

/// The fraction of the variance of prices that forecasts of them explain: the number that makes any
/// of them look good.
pub(super) fn explained(forecasts: &Forecasts, share: &Share, days: &Range<usize>) -> f64 {
    let closes = &share.closes[days.clone()];
    let centre = mean(closes);
    let (mut missed, mut all) = (0.0, 0.0);
    for (close, price) in closes.iter().zip(prices(forecasts, share, days)) {
        missed += (close - price).powi(2);
        all += (close - centre).powi(2);
    }
    1.0 - missed / all
}

/// The prices forecast for each day.
pub(super) fn prices(forecasts: &Forecasts, share: &Share, days: &Range<usize>) -> Vec<f64> {
    let pairs = days.clone().zip(&forecasts.means);
    pairs
        .map(|(day, m)| share.closes[day - 1] * m.exp())
        .collect()
}
