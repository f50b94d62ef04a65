//! What can be said without a network: the name of the nearest picture, and one name for all.

use super::model::Picture;
use super::spell::least;
use crate::baselines::nearest::nearest;

/// For each of `pictures` the name of the most similar one of `known`.
pub(super) fn nearest_names(known: &[Picture], pictures: &[Picture]) -> Vec<Vec<usize>> {
    let pixels = |pictures| -> Vec<&[u8]> {
        let pictures: &[Picture] = pictures;
        pictures.iter().map(|picture| &picture.pixels[..]).collect()
    };
    let found = nearest(&pixels(known), &pixels(pictures));
    found.into_iter().map(|i| known[i].name.clone()).collect()
}

/// The name of `known` from which the sum of edit distances to all their names is least: the best
/// answer that never looks.
pub(super) fn medoid(known: &[Picture]) -> Vec<usize> {
    let names: Vec<Vec<usize>> = known.iter().map(|picture| picture.name.clone()).collect();
    least(&names, &names)
}
