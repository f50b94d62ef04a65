//! Shares as they are forecast: what is known at the end of each day, and which days are for what.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use anyhow::{Result, ensure};
use jiff::civil::Date;

use crate::data::split;
use crate::data::stocks::{self, Stock};
use crate::forecast::Window;

/// Numbers that are known of a day.
pub(super) const WIDTH: usize = LAGS + 3;
/// Days that are read before the first forecast, and days to forecast from, in a window.
const WARM: usize = 30;
pub(super) const SCORED: usize = 30;

/// The last returns that the network is shown.
const LAGS: usize = 5;
/// Days of the mean that the price is compared with.
const MONTH: usize = 21;
/// What stays of the variance from day to day, that of `RiskMetrics` (J. P. Morgan 1996).
const DECAY: f64 = 0.94;
/// Days to learn from and to be tested on that a share must have, at least.
const ENOUGH: usize = 250;

/// Parts of the days to choose settings by, and to be tested on.
const HELD_OUT: [f64; 2] = [0.15, 0.25];

/// A share. Its day t has the return r_t = ln(close_t / close_{t-1}), that of the first day is 0.
pub(super) struct Share {
    pub ticker: String,
    pub dates: Vec<Date>,
    pub closes: Vec<f64>,
    pub returns: Vec<f64>,
    /// The standard deviation of the next day's return as known at the end of each day: the root of
    /// an exponential mean of squares.
    pub spreads: Vec<f64>,
    /// Days whose return is to be learned, to choose by, and to be tested on.
    pub train: Range<usize>,
    pub validation: Range<usize>,
    pub test: Range<usize>,
    inputs: Vec<f32>,
}

/// The shares with enough days in each part, and the names of the others.
pub(super) fn load(path: Option<&Path>) -> Result<(Vec<Share>, Vec<String>)> {
    let stocks = stocks::load(path)?;
    let days: BTreeSet<Date> = stocks
        .iter()
        .flat_map(|stock| stock.dates.clone())
        .collect();
    let days: Vec<Date> = days.into_iter().collect();
    let [validation, test] = HELD_OUT;
    let periods = split::in_time(days.len(), validation, test);
    let [validation, test] = [&periods.validation, &periods.test]
        .map(|part| days.get(part.start).copied().unwrap_or(Date::MAX));
    let shares = stocks
        .into_iter()
        .map(|stock| Share::new(stock, validation, test));
    let (shares, short): (Vec<Share>, Vec<Share>) = shares.partition(Share::is_long);
    ensure!(
        !shares.is_empty(),
        "no share has {ENOUGH} days before {validation} and after {test}"
    );
    Ok((
        shares,
        short.into_iter().map(|share| share.ticker).collect(),
    ))
}

impl Share {
    fn new(stock: Stock, validation: Date, test: Date) -> Self {
        let [first, second] =
            [validation, test].map(|day| stock.dates.partition_point(|date| *date < day));
        let steps = stock.closes.windows(2).map(|pair| (pair[1] / pair[0]).ln());
        let returns: Vec<f64> = std::iter::once(0.0).chain(steps).collect();
        let start = WARM.max(MONTH);
        let mut share = Self {
            ticker: stock.ticker,
            spreads: spreads(&returns),
            train: start.min(first)..first,
            validation: first..second,
            test: second..returns.len(),
            dates: stock.dates,
            closes: stock.closes,
            returns,
            inputs: Vec::new(),
        };
        let known = (0..share.returns.len()).flat_map(|day| share.known(day));
        share.inputs = known.map(|x| x as f32).collect();
        share
    }

    fn is_long(&self) -> bool {
        let parts = [&self.train, &self.validation, &self.test];
        parts.iter().all(|part| part.len() >= ENOUGH)
    }

    /// What is known at the end of a day, in units of the spread.
    fn known(&self, day: usize) -> [f64; WIDTH] {
        let spread = self.spreads[day];
        let back = |lag: usize| day.checked_sub(lag).map_or(0.0, |day| self.returns[day]);
        let month = &self.closes[day.saturating_sub(MONTH - 1)..=day];
        let mean = month.iter().sum::<f64>() / month.len() as f64;
        let mut known = [0.0; WIDTH];
        for (lag, known) in known[..LAGS].iter_mut().enumerate() {
            *known = back(lag) / spread;
        }
        known[LAGS] = back(0).abs() / spread - 1.0;
        known[LAGS + 1] = (self.closes[day] / mean).ln() / (spread * (MONTH as f64).sqrt());
        // Days on which the spread is twice 1 % are at 0.7.
        known[LAGS + 2] = (spread / 0.01).ln();
        known
    }

    /// The windows that training is shown: those whose last forecasts are of days to learn from.
    pub fn starts(&self) -> Range<usize> {
        0..self.train.end - WARM - SCORED
    }

    /// The window from a day on.
    pub fn window(&self, start: usize) -> Window {
        let targets = (start + WARM..start + WARM + SCORED)
            .map(|day| (self.returns[day + 1] / self.spreads[day]) as f32);
        Window {
            targets: targets.collect(),
            ..self.window_before(start + WARM + SCORED)
        }
    }

    /// The window up to a day, to forecast from its last days.
    pub fn window_before(&self, end: usize) -> Window {
        let start = end - WARM - SCORED;
        Window {
            inputs: self.inputs[start * WIDTH..end * WIDTH].to_vec(),
            targets: Vec::new(),
        }
    }
}

/// v_t = decay v_{t-1} + (1 - decay) r_t^2, from the mean square of the first month on.
fn spreads(returns: &[f64]) -> Vec<f64> {
    let first = &returns[..returns.len().min(MONTH)];
    let mean = first.iter().map(|r| r * r).sum::<f64>() / first.len() as f64;
    let mut variance = mean.max(1e-8);
    let next = |r: &f64| {
        variance = (DECAY * variance + (1.0 - DECAY) * r * r).max(1e-12);
        variance.sqrt()
    };
    returns.iter().map(next).collect()
}
