//! Ticks: round numbers and decades, as many as there is room to read.

use super::scale::{Interval, Scale};
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
const UPRIGHT_GAP: f64 = 26.0;
/// Decades between two labels, from the densest.
const STRIDES: [f64; 19] = [
    1., 2., 3., 4., 5., 6., 8., 10., 12., 15., 20., 24., 30., 40., 50., 60., 80., 100., 200.,
];

/// Ticks for an upright axis of `length` pixels.
pub(super) fn upright(scale: Scale, interval: Interval, length: f64) -> Ticks {
    spaced(scale, interval, length, UPRIGHT_GAP)
}

/// Ticks for a level axis of `length` pixels, whose labels in `size` must not touch.
pub(super) fn level(scale: Scale, interval: Interval, length: f64, size: f64) -> Ticks {
    let mut gap = 36.0;
    loop {
        let ticks = spaced(scale, interval, length, gap);
        let widest = ticks.widest(size);
        if widest + size <= gap || gap > length {
            return ticks;
        }
        gap = (widest + size).max(gap * 1.1);
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

    /// Width of the widest label in `size`.
    pub(super) fn widest(&self, size: f64) -> f64 {
        self.major
            .iter()
            .map(|(_, label)| text::width(label, size))
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
    let inside = |p: &f64| *p >= interval.low - 1e-9 && *p <= interval.high + 1e-9;
    let (first, last) = (interval.low.floor() as i32, interval.high.ceil() as i32);
    let within_decades = |multiples: &'static [f64]| {
        (first..=last).flat_map(move |e| {
            multiples
                .iter()
                .map(move |m| (e, *m, f64::from(e) + m.log10()))
        })
    };
    let all: &[f64] = &[1., 2., 3., 4., 5., 6., 7., 8., 9.];
    let sets: [(&'static [f64], f64); 3] =
        [(all, 0.0458), (&[1., 2., 5.], 0.301), (&[1., 3.], 0.477)];
    let few = if interval.span() <= 2.2 {
        // The narrowest distance in each set, in decades, decides whether its labels fit.
        sets.into_iter()
            .find(|(_, narrowest)| narrowest * per_decade >= gap)
    } else {
        None
    };
    if let Some((multiples, _)) = few {
        let labelled = within_decades(multiples).filter(|(_, _, p)| inside(p));
        let major: Vec<_> = labelled
            .map(|(e, m, p)| (p, multiple_of_ten(m, e)))
            .collect();
        if major.len() >= 2 {
            let minor = within_decades(all)
                .map(|(_, _, p)| p)
                .filter(inside)
                .collect();
            return Ticks {
                major,
                minor,
                power: 0,
            };
        }
    }
    let wanted = STRIDES
        .into_iter()
        .find(|s| s * per_decade >= gap)
        .unwrap_or(400.0);
    let powers: Vec<f64> = (first..=last).map(f64::from).filter(inside).collect();
    let labelled = powers.iter().filter(|p| *p % wanted == 0.0);
    let major: Vec<_> = labelled.map(|p| (*p, power_of_ten(*p as i32))).collect();
    if major.len() < 2 && interval.span() < 1.0 {
        return few_values(interval, length, gap);
    }
    let minor = if wanted == 1.0 && per_decade >= 18.0 {
        within_decades(all)
            .map(|(_, _, p)| p)
            .filter(inside)
            .collect()
    } else if per_decade >= 2.5 {
        powers
    } else {
        Vec::new()
    };
    Ticks {
        major,
        minor,
        power: 0,
    }
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

fn power_of_ten(power: i32) -> String {
    match power {
        0 => "1".into(),
        1 => "10".into(),
        _ => format!("10^{{{}}}", text::signed(&power.to_string())),
    }
}

fn multiple_of_ten(multiple: f64, power: i32) -> String {
    if (-3..4).contains(&power) {
        let decimals = usize::try_from(-power).unwrap_or(0);
        return format!("{:.decimals$}", multiple * 10f64.powi(power));
    }
    if multiple == 1.0 {
        return power_of_ten(power);
    }
    format!("{multiple}×{}", power_of_ten(power))
}

/// The decimal exponent of `value`; 0 for 0.
fn exponent(value: f64) -> i32 {
    // Through the printed digits: the logarithm of 1000 is just below 3 on some machines.
    let text = format!("{value:e}");
    text.split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or(0)
}
