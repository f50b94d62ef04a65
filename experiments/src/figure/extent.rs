//! The ranges of a panel's axes, from its marks.

use super::heat::{self, edges};
use super::scale::{Interval, Scale};
use super::{Axis, Mark, Panel};

/// Of a range, left free at either end of an axis.
const MARGIN: f64 = 0.04;

/// The range of the x axis.
pub(super) fn across(panel: &Panel) -> Interval {
    let (axis, scale) = (&panel.x, panel.x.scale);
    if let Some(fixed) = fixed(axis) {
        return fixed;
    }
    let range = panel.marks.iter().filter_map(|mark| match mark {
        Mark::Line { points, .. } | Mark::Scatter(points) => extent(scale, &points.x),
        Mark::Band { low, .. } => extent(scale, &low.x),
        Mark::Reference {
            at, vertical: true, ..
        } => extent(scale, &[*at]),
        // Bars stand on categories, whose range is fixed.
        Mark::Bars(_) | Mark::Reference { .. } => None,
        Mark::Heat(heat) => Interval::around(edges(scale, &heat.x)),
    });
    let range = range.reduce(Interval::union).unwrap_or(Interval {
        low: 0.0,
        high: 1.0,
    });
    let range = range.with_width(scale);
    // Lines run to the frame; a symbol on the frame would be cut in half.
    let symbols = panel
        .marks
        .iter()
        .any(|mark| matches!(mark, Mark::Scatter(_)));
    if symbols && !heat::within(panel) {
        range.widened(MARGIN * range.span())
    } else {
        range
    }
}

/// The range of the y axis.
pub(super) fn upward(panel: &Panel) -> Interval {
    let (axis, scale) = (&panel.y, panel.y.scale);
    if let Some(fixed) = fixed(axis) {
        return fixed;
    }
    let range = panel.marks.iter().filter_map(|mark| match mark {
        Mark::Bars(points) if scale == Scale::Linear => {
            let zero = Interval {
                low: 0.0,
                high: 0.0,
            };
            Some(extent(scale, &points.y).map_or(zero, |range| range.union(zero)))
        }
        Mark::Line { points, .. } | Mark::Scatter(points) | Mark::Bars(points) => {
            extent(scale, &points.y)
        }
        Mark::Band { low, high } => {
            let ends = [extent(scale, &low.y), extent(scale, high)];
            ends.into_iter().flatten().reduce(Interval::union)
        }
        Mark::Reference {
            at,
            vertical: false,
            ..
        } => extent(scale, &[*at]),
        Mark::Reference { .. } => None,
        Mark::Heat(heat) => Interval::around(edges(scale, &heat.y)),
    });
    let range = range.reduce(Interval::union).unwrap_or(Interval {
        low: 0.0,
        high: 1.0,
    });
    if heat::within(panel) {
        return range.with_width(scale);
    }
    roomy(range, scale)
}

/// `range` with a margin, ending at zero or at a whole decade where that is close.
fn roomy(range: Interval, scale: Scale) -> Interval {
    let wide = range.with_width(scale);
    let margin = MARGIN * wide.span();
    let mut roomy = wide.widened(margin);
    match scale {
        Scale::Linear => {
            if range.low >= 0.0 && wide.low < 0.25 * wide.span() {
                roomy.low = 0.0;
            }
            if range.low < 0.0 && range.high <= 0.0 && -wide.high < 0.25 * wide.span() {
                roomy.high = 0.0;
            }
        }
        Scale::Log => {
            let near = 3.0 * margin;
            if wide.low - wide.low.floor() <= near {
                roomy.low = roomy.low.min(wide.low.floor());
            }
            if wide.high.ceil() - wide.high <= near {
                roomy.high = roomy.high.max(wide.high.ceil());
            }
        }
    }
    roomy
}

fn fixed(axis: &Axis) -> Option<Interval> {
    if !axis.categories.is_empty() {
        return Some(Interval {
            low: -0.5,
            high: axis.categories.len() as f64 - 0.5,
        });
    }
    let (low, high) = axis.range?;
    Some(Interval {
        low: axis.scale.position(low)?,
        high: axis.scale.position(high)?,
    })
}

fn extent(scale: Scale, values: &[f64]) -> Option<Interval> {
    Interval::around(values.iter().filter_map(|value| scale.position(*value)))
}
