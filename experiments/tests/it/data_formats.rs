//! Files of each format read back as what was written.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use wengert_experiments::data::emoji::{self, BYTES};
use wengert_experiments::data::series::{self, Set};
use wengert_experiments::data::source::Source;
use wengert_experiments::data::{
    chorales, csv, federalist, idx, mnist, sentiment, stocks, ts, tsv, verses, vowels,
};

use crate::data_source::packed;

/// A directory of files, one for each content.
fn files<const N: usize>(contents: [&[u8]; N]) -> (TempDir, [PathBuf; N]) {
    let directory = tempfile::tempdir().unwrap();
    let mut number = 0;
    let paths = contents.map(|content| {
        number += 1;
        let path = directory.path().join(format!("file{number}"));
        fs::write(&path, content).unwrap();
        path
    });
    (directory, paths)
}

fn source(content: &[u8]) -> Source {
    Source::read("f", content).unwrap()
}

/// An idx file of u8 with these dimensions.
pub(crate) fn idx_file(sizes: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, sizes.len() as u8];
    file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(elements);
    file
}

#[test]
fn idx_images_of_any_size() {
    let images = idx_file(&[3, 1, 2], &[1, 2, 3, 4, 5, 255]);
    let labels = idx_file(&[3], &[9, 0, 7]);
    let (_directory, [one, other]) = files([&packed(&images), &labels]);
    let read = mnist::load(Some(&one), Some(&other)).unwrap();
    assert_eq!(
        (read.len(), read.rows, read.columns, read.size()),
        (3, 1, 2, 2)
    );
    assert_eq!(read.labels, [9, 0, 7]);
    assert_eq!(read.image(1), [3, 4]);
    assert_eq!(
        read,
        idx::parse(&source(&images), &source(&labels)).unwrap()
    );
}

const TS: &str = "# made by hand
@problemName Two Words
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength false
@classLabel true low high

@data
1,2,3:-1,-2,-3e0:high
# between series
0.5:1:low
";

#[test]
fn series_of_unequal_length() {
    let read = ts::parse(&source(TS.as_bytes())).unwrap();
    assert_eq!((read.name.as_str(), read.channels), ("Two Words", 2));
    assert_eq!(read.classes, ["low", "high"]);
    let [first, second] = &read.series[..] else {
        panic!("{} series", read.series.len())
    };
    // Row-major in time: both channels of a step are neighbours.
    assert_eq!(first.values, [1.0, -1.0, 2.0, -2.0, 3.0, -3.0]);
    assert_eq!((first.steps, first.class), (3, 1));
    assert_eq!(
        (&second.values[..], second.steps, second.class),
        (&[0.5, 1.0][..], 1, 0)
    );
    let (_directory, [train, test]) = files([TS.as_bytes(), &packed(TS.as_bytes())]);
    let both = vowels::load(Some(&train), Some(&test)).unwrap();
    assert_eq!((&both.train, &both.test), (&read, &read));
}

#[test]
fn channels_can_be_left_to_the_series() {
    let univariate = "@univariate true\n@classLabel true a b\n@data\n1,2:a\n3:b\n";
    let silent = "@CLASSLABEL true a b\n@Data\n1,2:a\n3:b";
    for text in [univariate, silent] {
        let read = ts::parse(&source(text.as_bytes())).unwrap();
        assert_eq!((read.channels, read.series.len()), (1, 2), "{text}");
    }
}

#[test]
fn csv_columns_in_any_order_with_quotes_and_line_ends() {
    let text =
        "\u{feff}note,\"close\" , date\r\n\"a, \"\"b\"\"\",1.5,x\r\n\r\n\"two\nlines\",-2e3,y\r\n";
    let file = source(text.as_bytes());
    let table = csv::Table::read(&file).unwrap();
    let notes: Vec<&str> = table.column("note").unwrap().texts().collect();
    assert_eq!(notes, ["a, \"b\"", "two\nlines"]);
    let closes = table.column("close").unwrap();
    assert_eq!(closes.numbers().unwrap(), [1.5, -2000.0]);
    let dates: Vec<&str> = table.column("date").unwrap().texts().collect();
    assert_eq!(dates, ["x", "y"]);
    // The empty line is no row, and counts.
    assert_eq!(
        (table.place(0), table.place(1)),
        ("f:2".into(), "f:4".into())
    );
}

#[test]
fn prices_by_ticker() {
    let text = "date,close,ticker\n2020-01-02,3,B\n2020-01-02,1,A\n2020-01-03,4,B\n";
    let (_directory, [path]) = files([text.as_bytes()]);
    let stocks = stocks::load(Some(&path)).unwrap();
    let read: Vec<_> = stocks
        .iter()
        .map(|s| (s.ticker.as_str(), s.closes.clone()))
        .collect();
    assert_eq!(read, [("B", vec![3.0, 4.0]), ("A", vec![1.0])]);
    assert_eq!(stocks[0].dates[1].to_string(), "2020-01-03");
}

#[test]
fn missing_values_lie_between_their_neighbours() {
    let text = "t,v\na,1\nb,\nc, \nd,4\ne,2\nf,\ng,3\n";
    let read = series::parse(&source(text.as_bytes()), "t", "v").unwrap();
    assert_eq!(read.values, [1.0, 2.0, 3.0, 4.0, 2.0, 2.5, 3.0]);
    assert_eq!(read.filled, [1, 2, 5]);
    assert_eq!(read.times.concat(), "abcdefg");
    let (_directory, [path]) = files([b"YEAR,SUNACTIVITY\n1,2\n" as &[u8]]);
    assert_eq!(
        series::load(Set::Sunspots, Some(&path)).unwrap().values,
        [2.0]
    );
}

#[test]
fn tabs_part_fields_and_a_header_is_left_out() {
    let rows = "1\tweb\tGood, \"very\".\r\n0\tweb\tBad.\r\n";
    let header = "label\tsource\ttext\n";
    for text in [rows.to_owned(), format!("{header}{rows}")] {
        let (_directory, [path]) = files([text.as_bytes()]);
        let read = sentiment::load(Some(&path)).unwrap();
        let read: Vec<_> = read.iter().map(|s| (s.positive, s.text.as_str())).collect();
        assert_eq!(read, [(true, "Good, \"very\"."), (false, "Bad.")]);
    }
    let (_directory, [path]) = files([b"I 1:1\tOne.\tUno.\n" as &[u8]]);
    let verse = &verses::load(Some(&path)).unwrap()[0];
    assert_eq!(
        (verse.english.as_str(), verse.spanish.as_str()),
        ("One.", "Uno.")
    );
    let (_directory, [path]) = files([b"7\tJay\tdisputed\tText.\n" as &[u8]]);
    let paper = &federalist::load(Some(&path)).unwrap()[0];
    assert_eq!((paper.number, paper.disputed), (7, true));
    let file = source(b"a\tb\n");
    assert_eq!(tsv::rows(&file, ["x", "y"]).unwrap()[0].fields, ["a", "b"]);
}

#[test]
fn pieces_with_rests_and_their_keys() {
    let piece = |id: &str, shift: i64| {
        let steps = (0..32).map(|step| [70 + step % 5 + shift, 60 + shift, -1, 40 + shift]);
        let steps: Vec<_> = steps.collect();
        format!("{{\"id\": {id:?}, \"steps\": {steps:?}}}\n")
    };
    let text = piece("one", 0) + &piece("two", -3);
    let (_directory, [path]) = files([text.as_bytes()]);
    let read = chorales::load(Some(&path)).unwrap();
    assert_eq!(read[1].id, "two");
    assert_eq!(read[0].steps[6], [Some(71), Some(60), None, Some(40)]);
    // A transposed piece is the same piece.
    assert_eq!(read[0].keys(), read[1].keys());
    // Eight quarters are no tune to know a piece by.
    assert_eq!(read[0].keys().len(), 2);
}

#[test]
fn pictures_and_names() {
    let pixels: Vec<u8> = (0..2 * BYTES).map(|i| (i % 256) as u8).collect();
    let names = "a\tman mage\tx\ty\nb\twoman mage\tx\ty\n";
    let (_directory, [pictures, names]) = files([&packed(&pixels), names.as_bytes()]);
    let read = emoji::load(Some(&pictures), Some(&names)).unwrap();
    assert_eq!(
        (read[1].short_name.as_str(), read[1].name.as_str()),
        ("b", "woman mage")
    );
    assert_eq!(read[1].pixels, pixels[BYTES..]);
    assert_eq!(emoji::groups(&read), [0, 0]);
}
