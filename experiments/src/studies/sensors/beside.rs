//! What the network is measured beside, at the same origins.

use std::ops::Range;

use rayon::prelude::*;

use super::record::{HORIZONS, Record};
use crate::baselines::series::{Autoregression, persistence, seasonal, seasonal_with_drift};
use crate::statistics::{Mean, newey_west_lags};

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

/// For each horizon the share s, from 0 to 1, at which s times the forecast and 1 - s times
/// persistence have the least squared error (Bates & Granger 1969).
pub(super) fn shares(
    forecasts: &[[f64; HORIZONS]],
    record: &Record,
    origins: &Range<usize>,
) -> [f64; HORIZONS] {
    std::array::from_fn(|index| {
        let horizon = record.facts.horizons[index];
        let (mut product, mut square) = (0.0, 0.0);
        for (origin, forecast) in origins.clone().zip(forecasts) {
            let last = record.values[origin];
            let (came, said) = (
                record.values[origin + horizon] - last,
                forecast[index] - last,
            );
            product += came * said;
            square += said * said;
        }
        if square > 0.0 {
            (product / square).clamp(0.0, 1.0)
        } else {
            0.0
        }
    })
}

/// The forecasts with these shares, and persistence with the rest.
pub(super) fn combined(
    forecasts: &[[f64; HORIZONS]],
    shares: [f64; HORIZONS],
    record: &Record,
    origins: &Range<usize>,
) -> Vec<[f64; HORIZONS]> {
    let rows = origins.clone().zip(forecasts);
    let row = |(origin, forecast): (usize, &[f64; HORIZONS])| {
        let last = record.values[origin];
        std::array::from_fn(|index| last + shares[index] * (forecast[index] - last))
    };
    rows.map(row).collect()
}

/// How shares are written: in hundredths.
pub(super) fn written(shares: [f64; HORIZONS]) -> String {
    shares.map(|share| format!("{share:.2}")).join(", ")
}

/// The forecasts of persistence.
pub(super) fn persistent(record: &Record, origins: &Range<usize>) -> Vec<[f64; HORIZONS]> {
    origins
        .clone()
        .map(|origin| [persistence(&record.values[..=origin]); HORIZONS])
        .collect()
}

/// By how many standard errors the squared errors of `own` forecasts are below those of `other` ones
/// at a horizon (Diebold & Mariano 1995).
pub(super) fn better(
    [own, other]: [&Forecasts; 2],
    index: usize,
    record: &Record,
    origins: &Range<usize>,
) -> f64 {
    let horizon = record.facts.horizons[index];
    let rows = origins.clone().zip(own.values.iter().zip(&other.values));
    let differences = rows.map(|(origin, (own, other))| {
        let came = record.values[origin + horizon];
        (came - other[index]).powi(2) - (came - own[index]).powi(2)
    });
    // Errors over a horizon go together as long as their horizons meet.
    let mean = Mean::of(
        &differences.collect::<Vec<_>>(),
        horizon.max(newey_west_lags(origins.len())),
    );
    mean.statistic()
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
    let mut all = vec![
        Forecasts {
            name: "persistence",
            detail: String::new(),
            values: persistent(record, origins),
        },
        simple("seasonal naive", &|past, h| seasonal(past, h, season)),
        simple("seasonal with drift", &|past, h| {
            seasonal_with_drift(past, h, season)
        }),
    ];
    all.extend(autoregression(record, origins));
    all
}

/// The autoregression, and its combination with persistence.
fn autoregression(record: &Record, origins: &Range<usize>) -> [Forecasts; 2] {
    let train = &record.values[record.periods.train.clone()];
    let orders = record.facts.orders;
    let models: Vec<Autoregression> = [false, true]
        .into_par_iter()
        .flat_map_iter(|of_changes| Autoregression::fit(train, orders, of_changes))
        .collect();
    let validation = record.origins(&record.periods.validation);
    let tried: Vec<Vec<[f64; HORIZONS]>> = models
        .par_iter()
        .map(|model| forecasts(model, record, &validation))
        .collect();
    let scores: Vec<_> = tried
        .iter()
        .map(|tried| errors(tried, record, &validation))
        .collect();
    let chosen: [usize; HORIZONS] = std::array::from_fn(|index| {
        let best = (0..models.len()).min_by(|&a, &b| scores[a][index].total_cmp(&scores[b][index]));
        best.expect("there is an autoregression of order 1")
    });
    let shares =
        std::array::from_fn(|index| shares(&tried[chosen[index]], record, &validation)[index]);
    let each = chosen.map(|model| forecasts(&models[model], record, origins));
    let rows = (0..origins.len()).map(|row| std::array::from_fn(|index| each[index][row][index]));
    let values: Vec<[f64; HORIZONS]> = rows.collect();
    let orders = chosen.map(|model| {
        let of = if models[model].is_of_changes() {
            "d"
        } else {
            ""
        };
        format!("{}{of}", models[model].order())
    });
    let both = Forecasts {
        name: "AR(p) and persistence",
        detail: format!("shares {}", written(shares)),
        values: combined(&values, shares, record, origins),
    };
    let alone = Forecasts {
        name: "AR(p)",
        detail: format!("p = {}", orders.join(", ")),
        values,
    };
    [alone, both]
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
