//! Tests of whether one forecast is better than another.

use wengert_tape::Real;

/// A mean of values that depend on those before them, and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Mean {
    /// Of `values`, in the order of time, whose covariances up to `lags` steps are counted, with
    /// weights that fall along a line (Newey & West 1987). NaN of none.
    pub fn of(values: &[f64], lags: usize) -> Self {
        let count = values.len() as f64;
        let value = values.iter().sum::<f64>() / count;
        let covariance = |lag: usize| {
            let pairs = values.iter().zip(values.iter().skip(lag));
            pairs.map(|(a, b)| (a - value) * (b - value)).sum::<f64>() / count
        };
        let weight = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
        let later = (1..=lags).map(|lag| 2.0 * weight(lag) * covariance(lag));
        let variance = covariance(0) + later.sum::<f64>();
        Self {
            value,
            error: (variance / count).sqrt(),
        }
    }

    /// The interval that holds the true mean with a probability of 95 %, by the normal distribution.
    pub fn interval(self) -> [f64; 2] {
        let reach = 1.959_963_985 * self.error;
        [self.value - reach, self.value + reach]
    }

    /// The statistic of Diebold and Mariano (1995), where the values are differences of losses:
    /// nearly standard normal if the true mean is 0.
    pub fn statistic(self) -> f64 {
        self.value / self.error
    }

    /// The probability of a statistic as far from 0, either way, if the true mean is 0.
    pub fn p_value(self) -> f64 {
        1.0 - Real::erf(self.statistic().abs() / std::f64::consts::SQRT_2)
    }
}

/// The lags to count of so many values whose dependence is not known (Newey & West 1994).
pub fn newey_west_lags(count: usize) -> usize {
    (4.0 * (count as f64 / 100.0).powf(2.0 / 9.0)) as usize
}
