//! Forecasts of a series without a network: the last value, the last season, a linear recurrence.

use super::least_squares::nested;

/// The forecast that nothing changes.
///
/// # Panics
/// Without a past.
#[track_caller]
pub fn persistence(past: &[f64]) -> f64 {
    *past.last().expect("persistence: there is no past")
}

/// The forecast, `horizon` steps after the `past`, that the last season of so many steps repeats.
///
/// # Panics
/// If horizon or season are 0, or the past is shorter than a season.
#[track_caller]
pub fn seasonal(past: &[f64], horizon: usize, season: usize) -> f64 {
    past[same_phase(past, horizon, season)]
}

/// As [`seasonal`], moved by the change over the last season, once for each season between.
///
/// # Panics
/// If horizon or season are 0, or the past has no value a season before its last.
#[track_caller]
pub fn seasonal_with_drift(past: &[f64], horizon: usize, season: usize) -> f64 {
    assert!(past.len() > season, "seasonal: the past is too short");
    let change = persistence(past) - past[past.len() - 1 - season];
    let seasons = horizon.div_ceil(season) as f64;
    seasonal(past, horizon, season) + seasons * change
}

/// The last step in the past that is whole seasons before the step to be forecast.
#[track_caller]
fn same_phase(past: &[f64], horizon: usize, season: usize) -> usize {
    assert!(
        horizon > 0 && season > 0 && past.len() >= season,
        "seasonal: horizon {horizon}, season {season}, {} values",
        past.len()
    );
    past.len() - 1 + horizon - season * horizon.div_ceil(season)
}

/// A linear autoregression, of values or of their changes:
///
/// ```text
/// z_t = c + a_1 z_{t-1} + ... + a_p z_{t-p},    z_t = x_t   or   z_t = x_t - x_{t-1}
/// ```
///
/// by least squares. Later steps are forecast by going on with the forecasts themselves.
#[derive(Clone, PartialEq, Debug)]
pub struct Autoregression {
    constant: f64,
    /// Of lag 1, of lag 2, and so on.
    coefficients: Vec<f64>,
    of_changes: bool,
}

impl Autoregression {
    /// One of each of the `orders` p, all fitted to the same steps of `values`: those that have as
    /// many before them as the largest order needs. With `of_changes` the values are differenced
    /// first. An order too large for the number of steps is left out.
    pub fn fit(values: &[f64], orders: &[usize], of_changes: bool) -> Vec<Self> {
        let differenced: Vec<f64>;
        let z = if of_changes {
            differenced = changes(values);
            &differenced
        } else {
            values
        };
        // Twice as many equations as unknowns, at least.
        let fits = |order: &usize| z.len() >= 3 * order + 2;
        let orders: Vec<usize> = orders.iter().copied().filter(fits).collect();
        let Some(&longest) = orders.iter().max() else {
            return Vec::new();
        };
        let rows = z.len() - longest;
        let mut columns = vec![vec![1.0; rows]];
        for lag in 1..=longest {
            columns.push(z[longest - lag..z.len() - lag].to_vec());
        }
        let unknowns: Vec<usize> = orders.iter().map(|order| order + 1).collect();
        let solutions = nested(columns, z[longest..].to_vec(), &unknowns);
        let model = |solution: Vec<f64>| Self {
            constant: solution[0],
            coefficients: solution[1..].to_vec(),
            of_changes,
        };
        solutions.into_iter().map(model).collect()
    }

    /// The order p.
    pub fn order(&self) -> usize {
        self.coefficients.len()
    }

    /// Whether changes are regressed, not values.
    pub fn is_of_changes(&self) -> bool {
        self.of_changes
    }

    /// The constant c.
    pub fn constant(&self) -> f64 {
        self.constant
    }

    /// The coefficients, that of lag 1 first.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Steps of the past that a forecast needs.
    pub fn reach(&self) -> usize {
        (self.order() + usize::from(self.of_changes)).max(1)
    }

    /// Forecasts of the `steps` values after the `past`.
    ///
    /// # Panics
    /// If the past is shorter than [`Autoregression::reach`].
    #[track_caller]
    pub fn forecast(&self, past: &[f64], steps: usize) -> Vec<f64> {
        assert!(
            past.len() >= self.reach(),
            "autoregression: {} values, but {} are needed",
            past.len(),
            self.reach()
        );
        let recent = &past[past.len() - self.reach()..];
        let mut z = if self.of_changes {
            changes(recent)
        } else {
            recent[recent.len() - self.order()..].to_vec()
        };
        let mut level = persistence(past);
        let mut forecasts = Vec::with_capacity(steps);
        for _ in 0..steps {
            let lags = self.coefficients.iter().zip(z.iter().rev());
            let next = self.constant + lags.map(|(a, z)| a * z).sum::<f64>();
            z.push(next);
            level = if self.of_changes { level + next } else { next };
            forecasts.push(level);
        }
        forecasts
    }
}

/// From each value to the next: one fewer than values.
pub fn changes(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}
