//! Edit distance, and the error rates made of it.

/// The least number of insertions, deletions and substitutions that make `b` of `a` (Levenshtein
/// 1966), in time |a| |b| and memory |b| (Wagner & Fischer 1974).
///
/// ```
/// assert_eq!(wengert_rnn::metrics::edit_distance(b"kitten", b"sitting"), 3);
/// ```
pub fn edit_distance<S: PartialEq>(a: &[S], b: &[S]) -> usize {
    // Of the prefix of `a` so far and each prefix of `b`.
    let mut distances: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        distances[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = distances[j + 1];
            distances[j + 1] = substituted.min(distances[j].min(diagonal) + 1);
        }
    }
    distances[b.len()]
}

/// All edit distances over all symbols of the references: the character error rate of characters,
/// the word error rate of words. It may be above 1.
///
/// ```
/// let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
/// let read = [words("the cat sat"), words("down")];
/// let said = [words("the cat sat down"), words("down")];
/// assert_eq!(wengert_rnn::metrics::error_rate(&read, &said), 0.2);
/// ```
///
/// # Panics
/// If there is not one reference for each hypothesis, or they are all empty.
#[track_caller]
pub fn error_rate<S: PartialEq>(
    hypotheses: &[impl AsRef<[S]>],
    references: &[impl AsRef<[S]>],
) -> f64 {
    assert!(
        hypotheses.len() == references.len(),
        "error rate: {} hypotheses for {} references",
        hypotheses.len(),
        references.len()
    );
    let symbols: usize = references.iter().map(|r| r.as_ref().len()).sum();
    assert!(
        symbols > 0,
        "error rate: the {} references are empty; at least one symbol is needed",
        references.len()
    );
    let pairs = hypotheses.iter().zip(references);
    let edits: usize = pairs
        .map(|(h, r)| edit_distance(h.as_ref(), r.as_ref()))
        .sum();
    edits as f64 / symbols as f64
}
