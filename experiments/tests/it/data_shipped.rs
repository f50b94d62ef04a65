//! The data sets that come with the binary are what their README says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use wengert_experiments::data::emoji::{self, BYTES};
use wengert_experiments::data::series::{self, Set};
use wengert_experiments::data::split::linked;
use wengert_experiments::data::{
    chorales, federalist, mnist, sentiment, stocks, text, verses, vowels,
};

fn counts<K: Ord>(keys: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// How many repeat an earlier one.
fn repeated<K: Ord>(keys: impl IntoIterator<Item = K>) -> usize {
    counts(keys).values().map(|count| count - 1).sum()
}

/// Sizes of the groups of more than one, ascending.
fn shared(groups: Vec<usize>) -> Vec<usize> {
    let mut sizes: Vec<usize> = counts(groups).into_values().collect();
    sizes.retain(|size| *size > 1);
    sizes.sort_unstable();
    sizes
}

#[test]
fn every_data_file_is_described() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let readme = fs::read_to_string(directory.join("README.md")).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || readme.contains(&format!("`{name}`")),
            "{name}"
        );
    }
}

#[test]
fn mnist_is_sorted_by_class_and_repeats_nothing() {
    let images = mnist::load(None, None).unwrap();
    assert_eq!(
        (images.len(), images.rows, images.columns),
        (10_000, 28, 28)
    );
    assert_eq!(images.pixels.len(), 10_000 * images.size());
    assert!(images.labels.is_sorted());
    let of_class: Vec<usize> = counts(&images.labels).into_values().collect();
    let expected = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
    assert_eq!(of_class, expected);
    assert_eq!(
        repeated((0..images.len()).map(|index| images.image(index))),
        0
    );
}

#[test]
fn vowels_have_the_published_split() {
    let vowels = vowels::load(None, None).unwrap();
    for (part, size, longest) in [(&vowels.train, 270, 26), (&vowels.test, 370, 29)] {
        assert_eq!(part.name, "JapaneseVowels");
        assert_eq!(
            (part.series.len(), part.channels, part.classes.len()),
            (size, 12, 9)
        );
        let steps = part.series.iter().map(|series| series.steps);
        assert_eq!((steps.clone().min(), steps.max()), (Some(7), Some(longest)));
        for series in &part.series {
            assert_eq!(series.values.len(), 12 * series.steps);
        }
    }
    // Row-major in time: the first series opens with the first value of each channel.
    let first = &vowels.train.series[0];
    assert_eq!(first.values[..3], [1.860936, -0.207383, 0.261557]);
    assert_eq!(first.values[12], 1.891651);
    let held_out = counts(vowels.test.series.iter().map(|series| series.class));
    // The sizes in UCI's description of the data set.
    assert_eq!(
        held_out.into_values().collect::<Vec<_>>(),
        [31, 35, 88, 44, 29, 24, 40, 50, 29]
    );
}

#[test]
fn sentences_are_balanced_and_equal_ones_agree() {
    let sentences = sentiment::load(None).unwrap();
    let cells = counts(sentences.iter().map(|s| (&s.source, s.positive)));
    assert_eq!(cells.into_values().collect::<Vec<_>>(), [500; 6]);
    assert_eq!(repeated(sentences.iter().map(|s| &s.text)), 18);
    assert_eq!(repeated(sentences.iter().map(sentiment::Sentence::key)), 28);
    let labelled = sentences.iter().map(|s| (s.key(), s.positive));
    assert_eq!(repeated(labelled), 28);
}

#[test]
fn verses_are_short_and_repeat() {
    let verses = verses::load(None).unwrap();
    assert_eq!(verses.len(), 6128);
    assert_eq!(repeated(verses.iter().map(|verse| &verse.reference)), 0);
    for verse in &verses {
        let words = [&verse.english, &verse.spanish].map(|side| side.split_whitespace().count());
        assert!(
            words.iter().all(|words| *words <= 15),
            "{}",
            verse.reference
        );
    }
    assert_eq!(
        repeated(verses.iter().map(|verse| verse.keys()[0].clone())),
        266
    );
    assert_eq!(
        repeated(verses.iter().map(|verse| verse.keys()[1].clone())),
        210
    );
    let groups = linked(&verses.iter().map(verses::Verse::keys).collect::<Vec<_>>());
    assert_eq!(shared(groups).last(), Some(&72));
}

#[test]
fn the_papers_have_their_authors() {
    let papers = federalist::load(None).unwrap();
    let authors = counts(
        papers
            .iter()
            .map(|paper| (paper.disputed, paper.author.as_str())),
    );
    let expected = [
        ((false, "Hamilton"), 51),
        ((false, "Hamilton & Madison"), 3),
        ((false, "Jay"), 5),
        ((false, "Madison"), 14),
        ((true, "Madison"), 12),
    ];
    assert_eq!(authors, BTreeMap::from(expected));
    let numbers: Vec<u32> = papers.iter().map(|paper| paper.number).collect();
    assert_eq!(numbers, (1..=85).collect::<Vec<_>>());
}

#[test]
fn shakespeare_is_of_66_characters() {
    let text = text::load(None).unwrap();
    assert_eq!(text.chars().count(), 1_123_784);
    assert_eq!(text.lines().count(), 40_000);
    assert_eq!(text.chars().collect::<BTreeSet<_>>().len(), 66);
    assert!(text.starts_with("First Citizen:\nBefore we proceed"));
}

#[test]
fn shares_are_followed_through_their_splits() {
    let stocks = stocks::load(None).unwrap();
    let days: Vec<_> = stocks
        .iter()
        .map(|s| (s.ticker.as_str(), s.dates.len()))
        .collect();
    let expected = [
        ("AAPL", 3270),
        ("FB", 196),
        ("GOOG", 2148),
        ("IBM", 3270),
        ("MSFT", 3270),
    ];
    assert_eq!(days, expected);
    assert_eq!(stocks[0].dates[0].to_string(), "2000-03-01");
    assert_eq!(
        (stocks[0].closes[0], stocks[0].closes[3269]),
        (130.31 / 4.0, 430.47)
    );
    // Only AAPL ever lost a third of its price in a day.
    let fall = |stock: &stocks::Stock| {
        let ratios = stock.closes.windows(2).map(|pair| pair[1] / pair[0]);
        ratios.fold(1.0, f64::min)
    };
    let falls: Vec<f64> = stocks.iter().map(fall).collect();
    assert!((falls[0] - 0.481).abs() < 1e-3, "{falls:?}");
    assert!(falls[1..].iter().all(|fall| *fall > 0.8), "{falls:?}");
}

#[test]
fn series_are_whole() {
    let cases = [
        (
            Set::SeaTemperature,
            19_226,
            0,
            "2016-02-15T00:00:00Z",
            4.929,
        ),
        (Set::Co2, 2284, 59, "19580329", 316.1),
        (Set::Sunspots, 309, 0, "1700", 5.0),
    ];
    for (set, steps, missing, time, value) in cases {
        let series = series::load(set, None).unwrap();
        assert_eq!(
            (series.values.len(), series.times.len()),
            (steps, steps),
            "{set:?}"
        );
        assert_eq!(series.filled.len(), missing, "{set:?}");
        assert_eq!(
            (series.times[0].as_str(), series.values[0]),
            (time, value),
            "{set:?}"
        );
    }
    let co2 = series::load(Set::Co2, None).unwrap();
    // 316.9, nothing, 317.5.
    assert_eq!(co2.filled[0], 6);
    assert!((co2.values[6] - 317.2).abs() < 1e-9, "{}", co2.values[6]);
    assert_eq!(co2.times[co2.filled[58]], "19850803");
}

#[test]
fn chorales_have_four_voices_and_near_duplicates() {
    let chorales = chorales::load(None).unwrap();
    let steps: Vec<usize> = chorales.iter().map(|chorale| chorale.steps.len()).collect();
    assert_eq!((steps.len(), steps.iter().sum::<usize>()), (363, 79_204));
    assert_eq!(
        (steps.iter().min(), steps.iter().max()),
        (Some(&96), Some(&772))
    );
    let rests = chorales.iter().flat_map(|chorale| &chorale.steps);
    let rests = rests.filter(|step| step[0].is_none()).count();
    assert_eq!(rests, 870);
    assert_eq!(repeated(chorales.iter().map(|chorale| &chorale.steps)), 2);
    let keys: Vec<_> = chorales.iter().map(chorales::Chorale::keys).collect();
    let openings = linked(&keys.iter().map(|keys| vec![&keys[0]]).collect::<Vec<_>>());
    assert_eq!(shared(openings).iter().sum::<usize>(), 46);
    let groups = linked(&keys);
    assert_eq!(counts(&groups).len(), 247);
    assert_eq!(shared(groups).last(), Some(&11));
}

#[test]
fn emoji_have_names_and_variants() {
    let emoji = emoji::load(None, None).unwrap();
    assert_eq!(emoji.len(), 1911);
    assert!(emoji.iter().all(|emoji| emoji.pixels.len() == BYTES));
    assert_eq!(repeated(emoji.iter().map(|emoji| &emoji.short_name)), 0);
    assert_eq!(repeated(emoji.iter().map(|emoji| &emoji.name)), 1);
    let groups = emoji::groups(&emoji);
    let group_of = |name: &str| {
        let index = emoji.iter().position(|emoji| emoji.name == name);
        groups[index.unwrap_or_else(|| panic!("no {name:?}"))]
    };
    for (one, other) in [
        ("woman farmer", "farmer"),
        ("man surfing", "surfer"),
        ("brazil flag", "pirate flag"),
        ("family: man, boy", "family: adult, child"),
        ("clock face one oclock", "clock face nine-thirty"),
    ] {
        assert_eq!(group_of(one), group_of(other), "{one}, {other}");
    }
    for (one, other) in [("farmer", "cook"), ("man", "family"), ("teapot", "ghost")] {
        assert_ne!(group_of(one), group_of(other), "{one}, {other}");
    }
    assert_eq!(shared(groups).last(), Some(&270));
}
