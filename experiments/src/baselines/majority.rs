//! The most frequent class.

/// The class that most of `labels` are, the first of several; 0 without labels.
pub fn majority(labels: &[usize]) -> usize {
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let mut counts = vec![0; classes];
    for &label in labels {
        counts[label] += 1;
    }
    let most = counts.iter().max();
    counts
        .iter()
        .position(|count| Some(count) == most)
        .unwrap_or(0)
}
