//! What each data set refuses, and the line that says so.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;
use wengert_experiments::config::Usage;
use wengert_experiments::data::series::{self, Set};
use wengert_experiments::data::{
    chorales, digits, emoji, federalist, mnist, sentiment, stocks, text, verses, vowels,
};

use crate::data_formats::idx_file;

/// Two files, `a` and `b`.
struct Files {
    directory: TempDir,
}

impl Files {
    fn new(contents: [&[u8]; 2]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in ["a", "b"].into_iter().zip(contents) {
            fs::write(directory.path().join(name), content).unwrap();
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The error, with short names of the files.
    #[track_caller]
    fn refusal<T>(&self, outcome: Result<T>) -> String {
        let error = format!("{:#}", outcome.err().expect("refused"));
        assert_eq!(error.lines().count(), 1, "{error}");
        let directory = format!("{}/", self.directory.path().display());
        error.replace(&directory, "")
    }
}

/// Each content is refused with just the words beside it.
#[track_caller]
fn assert_refused<T>(load: impl Fn(&Path) -> Result<T>, cases: &[(&str, &str)]) {
    for (content, expected) in cases {
        let files = Files::new([content.as_bytes(), b""]);
        assert_eq!(
            files.refusal(load(&files.path("a"))),
            *expected,
            "{content:?}"
        );
    }
}

#[test]
fn sentences() {
    let cases = [
        (
            "",
            "a: the file is empty; expected label, source, text between tabs",
        ),
        (
            "1\tweb\n",
            "a:1: 2 fields; expected 3: label, source, text between tabs",
        ),
        (
            "1\tw\tx\n0\tw\tx\ty",
            "a:2: 4 fields; expected 3: label, source, text between tabs",
        ),
        (
            "1\tw\tx\n\n",
            "a:2: 1 fields; expected 3: label, source, text between tabs",
        ),
        (
            "1\tw\tx\r\n2\tw\tx\r\n",
            "a:2: label \"2\"; expected 0 or 1",
        ),
        ("1\t \tx\n", "a:1: field 2 is empty; expected source"),
        (
            "label\tsource\ttext\n",
            "a:1: a header and no row below it; expected label, source, text between tabs",
        ),
        (
            "1\tw\tx\0",
            "a:1: byte 0x00 at byte offset 5 is NUL; expected text",
        ),
    ];
    assert_refused(|path| sentiment::load(Some(path)), &cases);
}

#[test]
fn papers_and_verses() {
    let cases = [
        (
            "0\tJay\tknown\tx",
            "a:1: paper \"0\"; expected its number, 1 or more",
        ),
        (
            "two\tJay\tknown\tx",
            "a:1: paper \"two\"; expected its number, 1 or more",
        ),
        (
            "2\tJay\tmaybe\tx",
            "a:1: status \"maybe\"; expected known, unknown or disputed",
        ),
        (
            "2\tJay\tknown\tx\n2\tJay\tknown\ty",
            "a:2: paper 2 for the second time; expected each once",
        ),
    ];
    assert_refused(|path| federalist::load(Some(path)), &cases);
    let cases = [(
        "I 1:1\tOne.",
        "a:1: 2 fields; expected 3: reference, english, spanish between tabs",
    )];
    assert_refused(|path| verses::load(Some(path)), &cases);
    let cases = [("", "a: the file is empty; expected text")];
    assert_refused(|path| text::load(Some(path)), &cases);
    let expected = "a: the file is empty; expected 64 pixels and a label";
    assert_refused(|path| digits::load(Some(path)), &[("", expected)]);
}

#[test]
fn series_and_prices() {
    let cases = [
        (
            "",
            "a: the file is empty; expected a header of column names, and rows",
        ),
        (
            "YEAR,SUNACTIVITY\r\n",
            "a: no rows below the header; expected a header of column names, and rows",
        ),
        (
            "YEAR,SUNACTIVTY\n1,2\n",
            "a:1: unknown column `SUNACTIVITY`; did you mean `SUNACTIVTY`? (known: YEAR, SUNACTIVTY)",
        ),
        (
            "YEAR,YEAR\n1,2\n",
            "a:1: column 2 is called \"YEAR\"; expected a name, and each once",
        ),
        (
            "YEAR,\n1,2\n",
            "a:1: column 2 is called \"\"; expected a name, and each once",
        ),
        (
            "YEAR,SUNACTIVITY\r\n1,2\r\n\r\n3,x\r\n",
            "a:4: column SUNACTIVITY: \"x\"; expected a finite number",
        ),
        (
            "YEAR,SUNACTIVITY\n1,NaN\n",
            "a:2: column SUNACTIVITY: \"NaN\"; expected a finite number",
        ),
        (
            "YEAR,SUNACTIVITY\n1,1e999\n",
            "a:2: column SUNACTIVITY: \"1e999\"; expected a finite number",
        ),
        (
            "YEAR,SUNACTIVITY\n1\n",
            "a:2: 1 fields; expected 2: YEAR, SUNACTIVITY",
        ),
        (
            "YEAR,SUNACTIVITY\n1,2\n1,2,3\n",
            "a:3: 3 fields; expected 2: YEAR, SUNACTIVITY",
        ),
        (
            "YEAR,SUNACTIVITY\n1,\n2,3\n",
            "a:2: column SUNACTIVITY: the first value is missing; expected a finite number",
        ),
        (
            "YEAR,SUNACTIVITY\n1,2\n2,\n",
            "a:3: column SUNACTIVITY: the last value is missing; expected a finite number",
        ),
    ];
    assert_refused(|path| series::load(Set::Sunspots, Some(path)), &cases);
    let cases = [
        (
            "ticker,date,close\nA,2020-02-30,1\n",
            "a:2: column date: \"2020-02-30\"; expected a date such as 2013-03-01",
        ),
        (
            "ticker,date,close\nA,2020-01-02,0\n",
            "a:2: column close: 0; expected a price above 0",
        ),
        (
            "ticker,date,close\nA,2020-01-02,\n",
            "a:2: column close: \"\"; expected a finite number",
        ),
        (
            "ticker,date,close\nA,2020-01-02,1\nB,2019-01-01,1\nA,2020-01-02,1\n",
            "a:4: column date: 2020-01-02 after 2020-01-02; expected days of A ascending",
        ),
    ];
    assert_refused(|path| stocks::load(Some(path)), &cases);
}

#[test]
fn pieces() {
    let format = "expected {\"id\": NAME, \"steps\": [[SOPRANO, ALTO, TENOR, BASS], ...]}";
    let wrong = |place, what: &str| format!("a:{place}: {what}; {format}");
    let good = "{\"id\": \"x\", \"steps\": [[1, 2, 3, -1]]}\n";
    let cases = [
        (String::new(), format!("a: the file is empty; {format}")),
        (
            format!("{good}\n"),
            wrong(2, "column 1: EOF while parsing a value"),
        ),
        (
            "{".into(),
            wrong(1, "column 1: EOF while parsing an object"),
        ),
        (
            "{\"id\": \"x\"}".into(),
            wrong(1, "column 11: missing field `steps`"),
        ),
        (
            "{\"id\": \"x\", \"steps\": [[1, 2, 3]]}".into(),
            wrong(
                1,
                "column 31: invalid length 3, expected an array of length 4",
            ),
        ),
        (
            format!("{good}{}", good.replace("1, 2", "1.5, 2")),
            wrong(
                2,
                "column 26: invalid type: floating point `1.5`, expected i64",
            ),
        ),
        (
            good.replace("[1, 2, 3, -1]", ""),
            wrong(1, "x has no steps"),
        ),
        (
            good.replace("2,", "128,"),
            "a:1: x, step 1: pitch 128; expected 0 to 127, or -1 for a rest".into(),
        ),
        (
            good.replace("-1", "-2"),
            "a:1: x, step 1: pitch -2; expected 0 to 127, or -1 for a rest".into(),
        ),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_refused(|path| chorales::load(Some(path)), &cases);
}

#[test]
fn labelled_series() {
    let head = "@classLabel true 1 2\n@dimensions 2\n@data\n";
    let format = "expected a .ts file: lines that start with @, @data, then series";
    let cases = [
        (String::new(), format!("a: the file is empty; {format}")),
        ("# nothing\n".into(), format!("a: no @data line; {format}")),
        (
            "1,2:3,4:1\n".into(),
            format!("a:1: \"1,2:3,4:1\" before @data; {format}"),
        ),
        (
            head.into(),
            "a: no series after @data; expected one on each line".into(),
        ),
        (
            "@data\n1:1\n".into(),
            "a:1: no @classLabel before @data; expected @classLabel true NAMES".into(),
        ),
        (
            "@classLabel false\n".into(),
            "a:1: no class labels; expected @classLabel true NAMES".into(),
        ),
        (
            "@dimensions 0\n".into(),
            "a:1: @dimensions \"0\"; expected a number of channels from 1".into(),
        ),
        (
            "@missing maybe\n".into(),
            "a:1: @missing \"maybe\"; expected true or false".into(),
        ),
        (
            "@timestamps true\n".into(),
            "a:1: @timestamps true; expected false: series of plain numbers with classes".into(),
        ),
        (
            format!("{head}1,2:1\n"),
            "a:4: 1 channels before the label; expected 2 between colons".into(),
        ),
        (
            format!("{head}1,2:3,4\n"),
            "a:4: 1 channels before the label; expected 2 between colons".into(),
        ),
        (
            format!("{head}1,2:3,4:5\n"),
            "a:4: label \"5\"; expected one of 1, 2".into(),
        ),
        (
            format!("{head}1,2:3,4:1\n\n1,2:3:2\n"),
            "a:6: channel 2 has 1 steps; expected 2 as in channel 1".into(),
        ),
        (
            format!("{head}1,2:3,?:1\n"),
            "a:4: channel 2, step 2: \"?\"; expected a finite number".into(),
        ),
        (
            format!("{head}1,NaN:3,4:1\n"),
            "a:4: channel 1, step 2: \"NaN\"; expected a finite number".into(),
        ),
        (
            format!("{head}:3:1\n"),
            "a:4: channel 1, step 1: \"\"; expected a finite number".into(),
        ),
        (
            format!("@equalLength true\n{head}1:2:1\n1,2:3,4:2\n"),
            "a:6: 2 steps; expected 1 as in the first series, for @equalLength is true".into(),
        ),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_refused(|path| vowels::load(Some(path), Some(path)), &cases);
    let one = "@classLabel true 1 2\n@data\n1:2:1\n";
    for (other, expected) in [
        (
            one.replace("1:2:1", "1:1"),
            "b: 1 channels; expected 2 as in a",
        ),
        (
            one.replace("true 1 2", "true 2 1"),
            "b: @classLabel 2 1; expected 1 2 as in a",
        ),
    ] {
        let files = Files::new([one.as_bytes(), other.as_bytes()]);
        let outcome = vowels::load(Some(&files.path("a")), Some(&files.path("b")));
        assert_eq!(files.refusal(outcome), expected);
    }
}

#[test]
fn images() {
    let images = idx_file(&[2, 1, 2], &[1, 2, 3, 4]);
    let labels = idx_file(&[2], &[0, 9]);
    let huge = idx_file(&[u32::MAX; 3], &[0; 4]);
    let what = "images, rows and columns in u8";
    let cases: Vec<(Vec<u8>, Vec<u8>, String)> = vec![
        (
            images[..15].into(),
            labels.clone(),
            "a: 15 bytes; expected an idx header of 16 bytes".into(),
        ),
        (
            Vec::new(),
            labels.clone(),
            "a: 0 bytes; expected an idx header of 16 bytes".into(),
        ),
        (
            [&labels[..], &[0; 8]].concat(),
            labels.clone(),
            format!(
                "a: bytes [0, 0, 8, 1] at byte offset 0; expected [0, 0, 8, 3], the magic number \
                 of an idx file of {what}"
            ),
        ),
        (
            images[..19].into(),
            labels.clone(),
            format!("a: 3 bytes from byte offset 16 on; expected 4, [2, 1, 2] {what}"),
        ),
        (
            [&images[..], &[0]].concat(),
            labels.clone(),
            format!("a: 5 bytes from byte offset 16 on; expected 4, [2, 1, 2] {what}"),
        ),
        (
            huge,
            labels.clone(),
            format!(
                "a: 4 bytes from byte offset 16 on; expected 79228162458924105385300197375, \
                 [4294967295, 4294967295, 4294967295] {what}"
            ),
        ),
        (
            idx_file(&[2, 0, 2], &[]),
            labels.clone(),
            "a: dimension 2 of 3 is 0 at byte offset 8; expected 1 or more images, rows and columns"
                .into(),
        ),
        (
            images.clone(),
            idx_file(&[3], &[0, 1, 2]),
            "b: 3 labels for the 2 images in a; expected one each".into(),
        ),
        (
            images.clone(),
            idx_file(&[2], &[0, 10]),
            "b: label 10 at byte offset 9; expected 0 to 9".into(),
        ),
    ];
    for (images, labels, expected) in cases {
        let files = Files::new([&images, &labels]);
        let outcome = mnist::load(Some(&files.path("a")), Some(&files.path("b")));
        assert_eq!(files.refusal(outcome), expected);
    }
}

#[test]
fn pictures() {
    let good = vec![0; 2 * emoji::BYTES];
    let names = "a\tb\tc\td\n";
    let cases = [
        (
            &good[..1500],
            "a: 1500 bytes, the last picture from byte offset 1024 on cut short; expected 1024 \
             for each picture",
        ),
        (
            &[],
            "a: 0 bytes, the last picture from byte offset 0 on cut short; expected 1024 for each \
             picture",
        ),
        (
            &good[..],
            "b: 1 names for the 2 pictures in a; expected one each",
        ),
    ];
    for (pictures, expected) in cases {
        let files = Files::new([pictures, names.as_bytes()]);
        let outcome = emoji::load(Some(&files.path("a")), Some(&files.path("b")));
        assert_eq!(files.refusal(outcome), expected);
    }
}

#[test]
fn one_file_of_two_is_a_mistake_of_use() {
    let path = Some(Path::new("f"));
    let outcomes = [
        mnist::load(path, None).err(),
        vowels::load(None, path).err(),
        emoji::load(path, None).err(),
    ];
    let expected = [
        "a file of images is given and none of labels; expected both or neither",
        "a file of test series is given and none of training series; expected both or neither",
        "a file of pictures is given and none of names; expected both or neither",
    ];
    for (outcome, expected) in outcomes.into_iter().zip(expected) {
        let error = outcome.expect("refused");
        assert!(error.is::<Usage>());
        assert_eq!(error.to_string(), expected);
    }
}
