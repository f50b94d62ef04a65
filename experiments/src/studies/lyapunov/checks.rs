//! The checks: the largest exponent, the law of small gains, the onset of chaos, extensivity.

use super::theory::MeanField;
use super::{Config, Measured, rank};
use crate::fit::mean;
use crate::verdict::{Accept, Check, Mark};

/// Gains at which a check asks for the exponent of theory: those of theory's own table.
const ASKED: [f64; 3] = [2.0, 3.0, 5.0];

pub(super) fn checks(
    config: &Config,
    theories: &[MeanField],
    spectra: &[Measured],
    onset: &[Measured],
) -> Vec<Check> {
    let (Some(&fewest), Some(&most)) = (config.units.first(), config.units.last()) else {
        return Vec::new();
    };
    let at = |gain: f64, units: usize| {
        let found = spectra.iter().find(|m| m.gain == gain && m.units == units);
        found.map(Measured::largest)
    };
    let mut checks = Vec::new();
    for theory in theories
        .iter()
        .filter(|theory| ASKED.contains(&theory.gain()))
    {
        let (gain, exact) = (theory.gain(), theory.largest());
        if let (Some(small), Some(large)) = (at(gain, fewest), at(gain, most)) {
            let accept = Accept::Relative {
                value: exact,
                fraction: 0.1,
            };
            let quantity = format!("λ_1, g = {gain}, N = {most}");
            checks.push(
                Check::new(&quantity, "mean-field theory", accept, mean(&large))
                    .marked(Mark::Derived)
                    .over(&large),
            );
            let bias = |values: &[f64]| (mean(values) - exact).abs();
            checks.push(
                Check::new(
                    &format!("its error over that at N = {fewest}"),
                    "N -> infinity",
                    Accept::AtMost(1.0),
                    bias(&large) / bias(&small),
                )
                .marked(Mark::Derived),
            );
        }
    }
    checks.extend(law_checks(theories, spectra, most));
    checks.extend(onset_checks(onset, most));
    checks.extend(extensive_checks(config, spectra));
    checks
}

/// For g < 1, where nothing but the linear map is left: the mean distance from the circular law.
fn law_checks(theories: &[MeanField], spectra: &[Measured], units: usize) -> Vec<Check> {
    let below = theories.iter().filter(|theory| theory.gain() < 1.0);
    let found = below.filter_map(|theory| {
        let of_gain = |m: &&Measured| m.gain == theory.gain() && m.units == units;
        let measured = spectra.iter().find(of_gain)?;
        let distances = measured.means().into_iter().enumerate().map(|(i, lambda)| {
            let u = rank(i, units);
            (lambda - (theory.gain().ln() + 0.5 * (1.0 - u).ln())).abs()
        });
        let distance = mean(&distances.collect::<Vec<_>>());
        let quantity = format!("λ(u), g = {}, N = {units}: mean distance", theory.gain());
        let anchor = "ln g + ln(1 - u) / 2";
        let check = Check::new(&quantity, anchor, Accept::AtMost(0.05), distance);
        Some(check.marked(Mark::Derived))
    });
    found.collect()
}

/// Up to this gain every network of some size is at rest, where its largest exponent is ln g + ln rho, rho
/// the spectral radius of the matrix at g = 1: the rest state loses its stability at g = 1 / rho.
const AT_REST: f64 = 0.9;

/// Where the largest exponent reaches 0 from below, and that it is positive at the largest gain. Between
/// them its sign says little: finite networks settle on cycles, whose exponent is about 0.
fn onset_checks(onset: &[Measured], units: usize) -> Vec<Check> {
    let of_size: Vec<&Measured> = onset.iter().filter(|m| m.units == units).collect();
    let at_rest: Vec<&&Measured> = of_size.iter().filter(|m| m.gain <= AT_REST).collect();
    let (Some(last), false) = (of_size.last(), at_rest.is_empty()) else {
        return Vec::new();
    };
    let changes: Vec<f64> = (0..last.exponents.len())
        .map(|network| {
            let logs = at_rest
                .iter()
                .map(|m| m.gain.ln() - m.exponents[network][0]);
            mean(&logs.collect::<Vec<_>>()).exp()
        })
        .collect();
    let accept = Accept::Absolute {
        value: 1.0,
        tolerance: 0.1,
    };
    let anchor = "Sompolinsky, Crisanti & Sommers 1988";
    let largest = last.largest();
    vec![
        Check::new(
            &format!("gain at which λ_1 reaches 0, N = {units}"),
            anchor,
            accept,
            mean(&changes),
        )
        .marked(Mark::FromMemory)
        .over(&changes),
        Check::new(
            &format!("λ_1, g = {}, N = {units}: least of all", last.gain),
            anchor,
            Accept::AtLeast(0.0),
            largest.iter().copied().fold(f64::INFINITY, f64::min),
        )
        .marked(Mark::FromMemory)
        .over(&largest),
    ]
}

/// How far the dimensions for each unit of the two largest sizes may be apart: as far as the largest
/// exponent may be from theory, and three times the standard deviation over networks, which is 3 % at
/// N = 128.
const APART: f64 = 0.1;

/// Whether the two largest sizes have the same dimension for each unit.
fn extensive_checks(config: &Config, spectra: &[Measured]) -> Vec<Check> {
    let [.., half, whole] = config.units[..] else {
        return Vec::new();
    };
    let at = |gain: f64, units: usize| {
        let found = spectra.iter().find(|m| m.gain == gain && m.units == units);
        found.map(Measured::dimensions).filter(|d| d.len() > 1)
    };
    let found = ASKED.into_iter().filter_map(|gain| {
        let (small, large) = (at(gain, half)?, at(gain, whole)?);
        let accept = Accept::Relative {
            value: mean(&large),
            fraction: APART,
        };
        let quantity = format!("D/N, g = {gain}, N = {half}");
        let anchor = format!("extensivity: D/N at N = {whole}");
        let check = Check::new(&quantity, &anchor, accept, mean(&small)).over(&small);
        Some(check)
    });
    found.collect()
}
