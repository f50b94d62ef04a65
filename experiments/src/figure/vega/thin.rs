//! Which points of a long series are written: those that can be seen.

use std::collections::BTreeSet;

use super::Frame;
use crate::figure::Points;

/// Series of up to so many points are written whole.
const LONG: usize = 5000;

/// The points of a path through (x\[i\], y\[i\]) for each y of `heights`: of a long one, in each
/// pixel column the first, lowest, highest and last.
pub(super) fn path(frame: &Frame<'_>, x: &[f64], heights: &[&[f64]]) -> Vec<usize> {
    let all: Vec<usize> = (0..x.len()).collect();
    if all.len() <= LONG {
        return all;
    }
    let column = |i: usize| frame.x.locate(x[i]).map(f64::floor);
    let placed = |i: usize| {
        heights
            .iter()
            .map(move |y| frame.y.scale.position(y[i]).is_some())
    };
    let alike = |a: &usize, b: &usize| column(*a) == column(*b) && placed(*a).eq(placed(*b));
    let mut kept = BTreeSet::new();
    for run in all.chunk_by(alike) {
        kept.extend([run.first(), run.last()].into_iter().flatten());
        for y in heights {
            let by_height = |a: &&usize, b: &&usize| y[**a].total_cmp(&y[**b]);
            kept.extend(
                [run.iter().min_by(by_height), run.iter().max_by(by_height)]
                    .into_iter()
                    .flatten(),
            );
        }
    }
    kept.into_iter().collect()
}

/// The points of a cloud: of a large one, one in each half pixel.
pub(super) fn cloud(frame: &Frame<'_>, points: &Points) -> Vec<usize> {
    let all = 0..points.x.len();
    if all.len() <= LONG {
        return all.collect();
    }
    let mut seen = BTreeSet::new();
    let cell = |pixel: f64| (2.0 * pixel).round() as i64;
    let place = |i: usize| {
        let at = (frame.x.locate(points.x[i])?, frame.y.locate(points.y[i])?);
        Some((cell(at.0), cell(at.1)))
    };
    all.filter(|i| place(*i).is_some_and(|cell| seen.insert(cell)))
        .collect()
}
