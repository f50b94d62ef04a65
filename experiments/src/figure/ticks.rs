//! Ticks: round numbers and decades, as many as there is room to read.

use super::scale::{Interval, Scale};
use super::style::Face;
use super::text;

/// The marks of one axis, in its positions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    /// Position and label.
    pub(super) major: Vec<(f64, String)>,
    pub(super) minor: Vec<f64>,
    /// All labels are to be multiplied by ten to this power.
    pub(super) power: i32,
}

/// Room between the baselines of two labels on an upright axis, in pixels.
const UPRIGHT_GAP: f64 = 30.0;
/// Decades between two labels, from the densest.
const STRIDES: [f64; 19] = [
    1., 2., 3., 4., 5., 6., 8., 10., 12., 15., 20., 24., 30., 40., 50., 60., 80., 100., 200.,
];

/// No axis of f64 numbers is longer, in decades.
const SPARSEST: f64 = 700.0;
/// A range of up to so many decades is labelled between the powers of ten.
const FEW_DECADES: f64 = 2.2;
const ALL: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

/// Ticks for an upright axis of `length` pixels.
pub(super) fn upright(scale: Scale, interval: Interval, length: f64) -> Ticks {
    spaced(scale, interval, length, UPRIGHT_GAP)
}

/// Ticks for a level axis of `length` pixels, whose labels in `face` must not touch.
pub(super) fn level(scale: Scale, interval: Interval, length: f64, face: Face) -> Ticks {
    let mut gap = 36.0;
    loop {
        let ticks = spaced(scale, interval, length, gap);
        let widest = ticks.widest(face);
        if widest + face.size <= gap || gap > length {
            return ticks;
        }
        gap = (widest + face.size).max(gap * 1.1);
    }
}

impl Ticks {
    /// A tick for each category.
    pub(super) fn named(categories: &[String]) -> Self {
        let major = categories
            .iter()
            .enumerate()
            .map(|(i, name)| (i as f64, name.clone()));
        Self {
            major: major.collect(),
            ..Self::default()
        }
    }

    /// Width of the widest label in `face`.
    pub(super) fn widest(&self, face: Face) -> f64 {
        self.major
            .iter()
            .map(|(_, label)| text::width(label, face))
            .fold(0.0, f64::max)
    }
}

fn spaced(scale: Scale, interval: Interval, length: f64, gap: f64) -> Ticks {
    match scale {
        Scale::Linear => linear(interval, length, gap),
        Scale::Log => decades(interval, length, gap),
    }
}

/// Multiples of 1, 2 or 5 times a power of ten, at least `gap` pixels apart.
fn linear(interval: Interval, length: f64, gap: f64) -> Ticks {
    let least = interval.span() * gap / length;
    let power = least.log10().floor();
    let unit = 10f64.powf(power);
    let multiple = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|m| m * unit >= least)
        .unwrap_or(10.0);
    let step = multiple * unit;
    let largest = interval.low.abs().max(interval.high.abs());
    let magnitude = exponent(largest);
    let shared = if (-3..6).contains(&magnitude) {
        0
    } else {
        magnitude
    };
    let decimals = usize::try_from(shared - exponent(step)).unwrap_or(0);
    let (first, last) = (
        (interval.low / step - 1e-9).ceil(),
        (interval.high / step + 1e-9).floor(),
    );
    let major = (0..=(last - first) as i32)
        .map(|i| {
            let position = (first + f64::from(i)) * step;
            let shown = position / 10f64.powi(shared);
            (position, text::grouped(&format!("{shown:.decimals$}")))
        })
        .collect();
    Ticks {
        major,
        minor: Vec::new(),
        power: shared,
    }
}

/// Powers of ten, thinned to `gap` pixels; 2 to 9 between them where there is room, and labelled
/// where the range holds too few decades.
fn decades(interval: Interval, length: f64, gap: f64) -> Ticks {
    let per_decade = length / interval.span();
    if interval.span() <= FEW_DECADES {
        let fits = |pair: &[(f64, String)]| (pair[1].0 - pair[0].0) * per_decade >= gap;
        let sets = [&ALL[..], &[1.0, 2.0, 5.0], &[1.0, 3.0]].map(|set| multiples(interval, set));
        let dense = sets
            .into_iter()
            .find(|set| set.len() >= 2 && set.windows(2).all(fits));
        if let Some(major) = dense {
            return Ticks {
                major,
                minor: positions(interval, &ALL),
                power: 0,
            };
        }
    }
    if interval.span() < 1.0 {
        return few_values(interval, length, gap);
    }
    let powers = multiples(interval, &[1.0]);
    let stride = STRIDES
        .into_iter()
        .find(|s| s * per_decade >= gap)
        .unwrap_or(SPARSEST);
    let minor = if stride == 1.0 && per_decade >= 18.0 {
        positions(interval, &ALL)
    } else if per_decade >= 2.5 {
        positions(interval, &[1.0])
    } else {
        Vec::new()
    };
    let major = powers
        .into_iter()
        .filter(|(power, _)| power % stride == 0.0)
        .collect();
    Ticks {
        major,
        minor,
        power: 0,
    }
}

/// The `set` times each power of ten, inside `interval`, with labels.
fn multiples(interval: Interval, set: &[f64]) -> Vec<(f64, String)> {
    let powers = interval.low.floor() as i32..=interval.high.ceil() as i32;
    powers
        .flat_map(|power| {
            set.iter()
                .map(move |m| (f64::from(power) + m.log10(), *m, power))
        })
        .filter(|(p, ..)| *p >= interval.low - 1e-9 && *p <= interval.high + 1e-9)
        .map(|(position, multiple, power)| (position, multiple_of_ten(multiple, power)))
        .collect()
}

fn positions(interval: Interval, set: &[f64]) -> Vec<f64> {
    multiples(interval, set)
        .into_iter()
        .map(|(position, _)| position)
        .collect()
}

/// Linear ticks on a log axis too short to hold two multiples of a power of ten.
fn few_values(interval: Interval, length: f64, gap: f64) -> Ticks {
    let values = Interval {
        low: 10f64.powf(interval.low),
        high: 10f64.powf(interval.high),
    };
    let ticks = linear(values, length, gap);
    let major = ticks
        .major
        .into_iter()
        .map(|(value, label)| (value.log10(), label))
        .collect();
    Ticks { major, ..ticks }
}

fn multiple_of_ten(multiple: f64, power: i32) -> String {
    if multiple != 1.0 && (-3..4).contains(&power) {
        let decimals = usize::try_from(-power).unwrap_or(0);
        return format!("{:.decimals$}", multiple * 10f64.powi(power));
    }
    match (multiple, power) {
        (1.0, 0) => "1".into(),
        (1.0, 1) => "10".into(),
        (1.0, _) => format!("10^{{{}}}", text::signed(&power.to_string())),
        _ => format!("{multiple}×10^{{{}}}", text::signed(&power.to_string())),
    }
}

/// The decimal exponent of `value`; 0 for 0.
fn exponent(value: f64) -> i32 {
    // Through the printed digits: the logarithm of 1000 is just below 3 on some machines.
    let text = format!("{value:e}");
    text.split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::style::TICK;
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks
            .major
            .iter()
            .map(|(_, label)| label.as_str())
            .collect()
    }

    fn upright_labels(scale: Scale, low: f64, high: f64) -> Ticks {
        upright(scale, Interval { low, high }, 300.0)
    }

    #[test]
    fn linear_ticks_are_round_and_have_the_decimals_of_their_step() {
        let ticks = upright_labels(Scale::Linear, 0.0, 1.0);
        let tenths = [
            "0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0",
        ];
        assert_eq!(labels(&ticks), tenths);
        assert_eq!(
            labels(&upright_labels(Scale::Linear, -3.0, 2.9)),
            ["−3", "−2", "−1", "0", "1", "2"]
        );
    }

    #[test]
    fn large_and_small_values_share_a_power_of_ten() {
        let ticks = upright_labels(Scale::Linear, 0.0, 4.1e-7);
        assert_eq!((labels(&ticks)[1], ticks.power), ("0.5", -7));
        let ticks = upright_labels(Scale::Linear, 0.0, 9e4);
        assert_eq!((labels(&ticks)[1], ticks.power), ("10\u{2009}000", 0));
    }

    #[test]
    fn forty_eight_decades_are_thinned_to_what_fits() {
        let ticks = upright_labels(Scale::Log, -48.0, 0.0);
        assert_eq!(labels(&ticks)[0], "10^{−45}");
        assert_eq!(ticks.major.len(), 10);
        assert_eq!(ticks.minor.len(), 49);
        assert!(
            ticks
                .major
                .windows(2)
                .all(|w| (w[1].0 - w[0].0) * 300.0 / 48.0 >= UPRIGHT_GAP)
        );
    }

    #[test]
    fn few_decades_have_minor_ticks_from_two_to_nine() {
        let ticks = upright_labels(Scale::Log, -4.0, 0.0);
        assert_eq!(
            labels(&ticks),
            ["10^{−4}", "10^{−3}", "10^{−2}", "10^{−1}", "1"]
        );
        let between = ticks
            .minor
            .iter()
            .filter(|p| **p > -3.99 && **p < -3.01)
            .count();
        assert_eq!(between, 8);
    }

    #[test]
    fn less_than_a_decade_is_labelled_at_multiples() {
        let (low, high) = (2f64.log10(), 7f64.log10());
        assert_eq!(
            labels(&upright_labels(Scale::Log, low, high)),
            ["2", "3", "4", "5", "6", "7"]
        );
        let ticks = upright_labels(Scale::Log, 3.11f64.log10(), 3.21f64.log10());
        assert!(ticks.major.len() >= 3, "{ticks:?}");
    }

    #[test]
    fn level_labels_do_not_touch() {
        let interval = Interval {
            low: 0.0,
            high: 123_456.0,
        };
        let ticks = level(Scale::Linear, interval, 300.0, TICK);
        let step = 300.0 * (ticks.major[1].0 - ticks.major[0].0) / interval.span();
        assert!(
            ticks.major.len() >= 3 && step > ticks.widest(TICK),
            "{ticks:?}"
        );
    }
}
