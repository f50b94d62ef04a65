//! What the network is measured beside, at the same origins.

use std::ops::Range;

use rayon::prelude::*;

use super::record::{HORIZONS, Record};
use crate::baselines::series::{Autoregression, persistence, seasonal, seasonal_with_drift};

/// Forecasts by one method: at each origin one for each horizon.
pub(super) struct Forecasts {
    pub name: &'static str,
    /// Details for the table: the orders that were chosen.
    pub detail: String,
    pub values: Vec<[f64; HORIZONS]>,
}

impl Forecasts {
    /// The root mean square errors by horizon.
    pub fn errors(&self, record: &Record, origins: &Range<usize>) -> [f64; HORIZONS] {
        errors(&self.values, record, origins)
    }
}

/// The root mean square errors of forecasts from these origins, by horizon.
pub(super) fn errors(
    forecasts: &[[f64; HORIZONS]],
    record: &Record,
    origins: &Range<usize>,
) -> [f64; HORIZONS] {
    std::array::from_fn(|index| {
        let horizon = record.facts.horizons[index];
        let pairs = origins.clone().zip(forecasts);
        let squares = pairs.map(|(o, y)| (record.values[o + horizon] - y[index]).powi(2));
        (squares.sum::<f64>() / origins.len() as f64).sqrt()
    })
}

/// The forecasts of persistence.
pub(super) fn persistent(record: &Record, origins: &Range<usize>) -> Vec<[f64; HORIZONS]> {
    origins
        .clone()
        .map(|origin| [persistence(&record.values[..=origin]); HORIZONS])
        .collect()
}

/// All of them, autoregressions fitted to the training part and chosen for each horizon by their
/// errors in the validation part.
pub(super) fn baselines(record: &Record, origins: &Range<usize>) -> Vec<Forecasts> {
    let (season, horizons) = (record.facts.season, record.facts.horizons);
    let simple = |name, forecast: &dyn Fn(&[f64], usize) -> f64| Forecasts {
        name,
        detail: String::new(),
        values: origins
            .clone()
            .map(|origin| horizons.map(|h| forecast(&record.values[..=origin], h)))
            .collect(),
    };
    vec![
        Forecasts {
            name: "persistence",
            detail: String::new(),
            values: persistent(record, origins),
        },
        simple("seasonal naive", &|past, h| seasonal(past, h, season)),
        simple("seasonal with drift", &|past, h| {
            seasonal_with_drift(past, h, season)
        }),
        autoregression(record, origins),
    ]
}

fn autoregression(record: &Record, origins: &Range<usize>) -> Forecasts {
    let train = &record.values[record.periods.train.clone()];
    let orders = record.facts.orders;
    let models: Vec<Autoregression> = [false, true]
        .into_par_iter()
        .flat_map_iter(|of_changes| Autoregression::fit(train, orders, of_changes))
        .collect();
    let validation = record.origins(&record.periods.validation);
    let scores: Vec<[f64; HORIZONS]> = models
        .par_iter()
        .map(|model| errors(&forecasts(model, record, &validation), record, &validation))
        .collect();
    let best = |index: usize| {
        let scored = scores.iter().zip(&models);
        let best = scored.min_by(|a, b| a.0[index].total_cmp(&b.0[index]));
        best.expect("there is an autoregression of order 1").1
    };
    let chosen: [&Autoregression; HORIZONS] = std::array::from_fn(best);
    let each = chosen.map(|model| forecasts(model, record, origins));
    let rows = (0..origins.len()).map(|row| std::array::from_fn(|index| each[index][row][index]));
    let orders = chosen.map(|model| {
        let of = if model.is_of_changes() { "d" } else { "" };
        format!("{}{of}", model.order())
    });
    Forecasts {
        name: "AR(p)",
        detail: format!("p = {}", orders.join(", ")),
        values: rows.collect(),
    }
}

fn forecasts(
    model: &Autoregression,
    record: &Record,
    origins: &Range<usize>,
) -> Vec<[f64; HORIZONS]> {
    let horizons = record.facts.horizons;
    let each = origins.clone().map(|origin| {
        let forecast = model.forecast(&record.values[..=origin], horizons[HORIZONS - 1]);
        horizons.map(|horizon| forecast[horizon - 1])
    });
    each.collect()
}
