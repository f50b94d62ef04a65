//! A series cut into what an axis can show, and the gaps between, which are marked; and thinned
//! to what a page can show.

use std::collections::BTreeSet;

use super::scale::{Place, Ruler};

/// Why a point is not on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Zero,
    Above,
    Below,
    Undefined,
}

/// Neighbouring points of one kind, from one pixel along x to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    pub(super) kind: Kind,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A series in pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trace {
    /// Unbroken runs of points.
    pub(super) segments: Vec<Vec<(f64, f64)>>,
    pub(super) gaps: Vec<Gap>,
    /// Points without a place on the x axis.
    pub(super) lost: usize,
}

/// The position on an axis, or why there is none.
pub(super) fn fit(place: Place) -> Result<f64, Kind> {
    match place {
        Place::At(position) => Ok(position),
        Place::Zero => Err(Kind::Zero),
        Place::Above => Err(Kind::Above),
        Place::Below => Err(Kind::Below),
        Place::Undefined => Err(Kind::Undefined),
    }
}

/// Lays (x, y) over the rulers.
pub(super) fn trace(x: &[f64], y: &[f64], across: &Ruler, upward: &Ruler) -> Trace {
    let mut trace = Trace::default();
    let mut open: Option<Kind> = None;
    let mut broken = true;
    for (x, y) in x.iter().zip(y) {
        let Some(x) = across.locate(*x) else {
            trace.lost += 1;
            (open, broken) = (None, true);
            continue;
        };
        let kind = match fit(upward.scale.place(*y)) {
            Ok(position) => {
                let point = (x, upward.pixel(position));
                match trace.segments.last_mut() {
                    Some(segment) if !broken => segment.push(point),
                    _ => trace.segments.push(vec![point]),
                }
                (open, broken) = (None, false);
                continue;
            }
            Err(kind) => kind,
        };
        match trace.gaps.last_mut() {
            Some(gap) if open == Some(kind) => gap.to = x,
            _ => trace.gaps.push(Gap {
                kind,
                from: x,
                to: x,
            }),
        }
        (open, broken) = (Some(kind), true);
    }
    trace
}

/// Of each run of points in one pixel column the first, lowest, highest and last: the same
/// picture as all of them.
pub(super) fn thin(segment: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in segment.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let indices = || 0..column.len();
        let extremes = [indices().min_by(by_height), indices().max_by(by_height)];
        let ends = [Some(0), Some(column.len() - 1)];
        let chosen: BTreeSet<usize> = extremes.into_iter().chain(ends).flatten().collect();
        kept.extend(chosen.into_iter().map(|i| column[i]));
    }
    kept
}

/// The points, without those in the same half pixel as an earlier one.
pub(super) fn distinct(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut seen = BTreeSet::new();
    let cell = |v: f64| (2.0 * v).round() as i64;
    points
        .into_iter()
        .filter(|(x, y)| seen.insert((cell(*x), cell(*y))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::scale::{Interval, Scale};
    use super::*;

    fn ruler(scale: Scale, low: f64, high: f64) -> Ruler {
        Ruler {
            scale,
            interval: Interval { low, high },
            from: 0.0,
            to: 100.0,
        }
    }

    #[test]
    fn a_series_is_cut_at_every_value_without_a_place() {
        let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN, 7.0, 8.0];
        let y = [1.0, 10.0, 0.0, 0.0, f64::NAN, 1.0, 1.0, f64::INFINITY, -1.0];
        let trace = trace(
            &x,
            &y,
            &ruler(Scale::Linear, 0.0, 10.0),
            &ruler(Scale::Log, 0.0, 1.0),
        );
        assert_eq!(
            trace.segments,
            [vec![(0.0, 0.0), (10.0, 100.0)], vec![(50.0, 0.0)]]
        );
        let gap = |kind, from, to| Gap { kind, from, to };
        let expected = [
            gap(Kind::Zero, 20.0, 30.0),
            gap(Kind::Undefined, 40.0, 40.0),
            gap(Kind::Above, 70.0, 70.0),
            gap(Kind::Below, 80.0, 80.0),
        ];
        assert_eq!(trace.gaps, expected);
        assert_eq!(trace.lost, 1);
    }

    #[test]
    fn thinning_keeps_ends_and_extremes_of_each_pixel_column() {
        let column = [
            (5.0, 3.0),
            (5.1, 9.0),
            (5.2, 4.0),
            (5.3, 1.0),
            (5.9, 2.0),
            (6.0, 7.0),
        ];
        let kept = [(5.0, 3.0), (5.1, 9.0), (5.3, 1.0), (5.9, 2.0), (6.0, 7.0)];
        assert_eq!(thin(&column), kept);
    }
}
