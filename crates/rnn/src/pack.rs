//! Sequences of any lengths as one batch.

use crate::sequence::Lengths;

/// Sequences of any lengths as one packed batch, and its lengths (see [`Lengths`]): `width` elements
/// a step, with a width of 1 for tokens and labels. Sequences of equal lengths are packed alike.
///
/// ```
/// use wengert_rnn::pack;
///
/// let (tokens, lengths) = pack(&[vec![10], vec![20, 21]], 1);
/// assert_eq!(tokens, [20, 10, 21]);
/// assert_eq!(lengths.lengths(), [1, 2]);
/// ```
///
/// # Panics
/// If there are no sequences, or one is empty or not of whole steps.
#[track_caller]
pub fn pack<V: Copy>(sequences: &[impl AsRef<[V]>], width: usize) -> (Vec<V>, Lengths) {
    assert!(
        !sequences.is_empty() && width > 0,
        "pack: {} sequences of {width} elements a step: neither may be 0",
        sequences.len()
    );
    let mut own = Vec::with_capacity(sequences.len());
    for (b, sequence) in sequences.iter().enumerate() {
        let len = sequence.as_ref().len();
        assert!(
            len > 0 && len.is_multiple_of(width),
            "pack: sequence {b} has {len} elements, but at least one step of {width} is needed, \
             and no part of one"
        );
        own.push(len / width);
    }
    let longest = own.iter().copied().max().unwrap_or(0);
    let lengths = Lengths::ragged(longest, own.len(), &own).packed();
    let mut packed = Vec::with_capacity(lengths.height() * width);
    for (t, &running) in lengths.running().iter().enumerate() {
        for &b in &lengths.order()[..running] {
            packed.extend_from_slice(&sequences[b].as_ref()[t * width..(t + 1) * width]);
        }
    }
    (packed, lengths)
}
