//! Figures of classifiers: classes confused, and pictures got wrong.

use wengert_rnn::metrics::Confusion;

use crate::figure::{Axis, Figure, Panel, Pictures, Scale};

/// Mistakes shown, at most.
const SHOWN: usize = 24;

/// A picture, as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Pixels of a row.
    pub columns: usize,
    /// Row-major, from 0 (paper) to 1 (ink).
    pub ink: Vec<f64>,
}

/// How many examples of each class are taken for each, on a logarithmic scale; `title` and
/// `description` are those of the figure, and classes are called by their number.
pub fn confusion(title: &str, description: &str, confusion: &Confusion) -> Figure {
    let classes = confusion.counts().len().isqrt();
    // The first row of a heat map is its lowest; that of a confusion matrix the highest.
    let rows = confusion.counts().chunks(classes).rev();
    let counts: Vec<f64> = rows.flatten().map(|&count| count as f64).collect();
    let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = names.iter().rev().copied().collect();
    let places: Vec<f64> = (0..classes).map(|place| place as f64).collect();
    let (x, y) = (
        Axis::categories("read as", &names),
        Axis::categories("written", &reversed),
    );
    Figure::new(title, description).panel(Panel::new(x, y).heat(
        "images",
        Scale::Log,
        &places,
        &places,
        &counts,
    ))
}

/// Images of the classes `labels` that are taken for others, if any are, evenly spread; `shown`
/// gives the picture at a position.
///
/// # Panics
/// If there is not one answer for each label.
#[track_caller]
pub fn mistakes(
    classes: &[usize],
    labels: &[usize],
    shown: impl Fn(usize) -> Shown,
) -> Option<Pictures> {
    assert_eq!(classes.len(), labels.len(), "one answer for each image");
    let wrong = (0..labels.len()).filter(|&i| classes[i] != labels[i]);
    let wrong: Vec<usize> = wrong.collect();
    let title = match wrong.len() {
        0 => return None,
        count if count > SHOWN => format!("{SHOWN} of {count} digits misread"),
        count => format!("All {count} digits misread, of {}", labels.len()),
    };
    let sheet = Pictures::new(&title, "Held-out images, with their class and the answer.");
    let count = wrong.len().min(SHOWN);
    let spread = (0..count).map(|place| wrong[place * wrong.len() / count]);
    Some(spread.fold(sheet, |sheet, i| {
        let Shown { columns, ink } = shown(i);
        sheet.picture(
            &format!("{} read as {}", labels[i], classes[i]),
            columns,
            &ink,
        )
    }))
}
