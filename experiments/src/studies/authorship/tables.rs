//! What is printed: how the methods do, and what they say of each paper.

use super::calibration::probability;
use super::papers::{Origin, Papers};
use super::{Judged, Rights, agreement};
use crate::table;

/// The shares of papers that each method is right about.
pub(super) fn methods(papers: &Papers, judges: &[Judged], baseline: f64) -> String {
    let [first, second] = &papers.authors;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let rows = judges.iter().map(|judged| {
        let Rights { all, each } = judged.rights(papers);
        let (agreed, count) = agreement(papers, judged);
        [
            judged.name.into(),
            percent(all),
            percent(each[0]),
            percent(each[1]),
            format!("{agreed} of {count}"),
        ]
    });
    let most = [
        "author of most papers".into(),
        percent(baseline),
        percent(1.0),
        percent(0.0),
        "-".into(),
    ];
    let by = |author: &str| format!("{author}'s");
    table::align(
        &[
            "method",
            "held-out known papers right",
            &by(first),
            &by(second),
            "disputed as held",
        ],
        rows.chain([most]),
    )
}

/// The papers whose author is not known.
pub(super) fn disputed(papers: &Papers, judges: &[Judged; 2]) -> String {
    probabilities(papers, judges, |origin| match *origin {
        Origin::Known { .. } => None,
        Origin::Disputed { author } => {
            Some(format!("disputed, held to be {}'s", papers.authors[author]))
        }
        Origin::Joint => Some("by both".into()),
    })
}

/// All papers, for whoever looks for one.
pub(super) fn every_paper(papers: &Papers, judges: &[Judged; 2]) -> String {
    probabilities(papers, judges, |origin| {
        Some(match *origin {
            Origin::Known { author, .. } => papers.authors[author].clone(),
            Origin::Disputed { .. } => "disputed".into(),
            Origin::Joint => "both".into(),
        })
    })
}

/// What both judges say of the papers that `author` has a word for.
fn probabilities(
    papers: &Papers,
    judges: &[Judged; 2],
    author: impl Fn(&Origin) -> Option<String>,
) -> String {
    let header = format!("P({})", papers.authors[1]);
    let rows = papers.samples.iter().enumerate().filter_map(|(i, sample)| {
        let shown = |judged: &Judged| format!("{:.3}", probability(judged.log_odds[i]));
        Some([
            sample.number.to_string(),
            author(&sample.origin)?,
            shown(&judges[0]),
            shown(&judges[1]),
        ])
    });
    table::align(
        &[
            "paper",
            "author",
            &format!("{header}, network"),
            &format!("{header}, chains"),
        ],
        rows,
    )
}
