//! Files of tensors: the official reader and writer as oracles, and what is refused.

use std::collections::HashMap;
use std::path::Path;

use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as OfficialDtype, TensorView};
use wengert_rnn::tensors::{Dtype, Element, TensorFile, TensorWriter};

const PATH: &str = "some.safetensors";

fn open(bytes: Vec<u8>) -> Result<TensorFile, String> {
    TensorFile::from_bytes(Path::new(PATH), bytes).map_err(|error| error.to_string())
}

fn small() -> TensorWriter {
    let mut writer = TensorWriter::new();
    writer.set("title", "a \"small\" file");
    writer.push("b", &[3], &[1.0f32, -2.0, f32::NAN]);
    writer.push("a", &[1, 2], &[0.1f64, f64::MIN_POSITIVE / 3.0]);
    writer.push("empty", &[0, 4], &[0.0f64; 0]);
    writer.push("position", &[], &[u64::MAX]);
    writer
}

/// A file with this header and this number of zeros behind it.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn the_official_reader_finds_what_was_written() {
    let bytes = small().to_bytes();
    let official = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let title = metadata.metadata().as_ref().unwrap()["title"].clone();
    assert_eq!(title, "a \"small\" file");
    assert_eq!(official.len(), 4);
    let b = official.tensor("b").unwrap();
    assert_eq!((b.dtype(), b.shape()), (OfficialDtype::F32, &[3][..]));
    assert_eq!(b.data()[..4], 1.0f32.to_le_bytes());
    let a = official.tensor("a").unwrap();
    assert_eq!((a.dtype(), a.shape()), (OfficialDtype::F64, &[1, 2][..]));
    assert_eq!(a.data()[..8], 0.1f64.to_le_bytes());
    assert_eq!(official.tensor("empty").unwrap().shape(), [0, 4]);
    assert_eq!(official.tensor("position").unwrap().data(), [0xff; 8]);
}

#[test]
fn elements_lie_at_multiples_of_their_size() {
    let mut writer = TensorWriter::new();
    writer.push("odd", &[1], &[1.0f32]);
    writer.push("wide", &[1], &[2.0f64]);
    let bytes = writer.to_bytes();
    let end = bytes.len();
    assert_eq!((end - 12) % 8, 0);
    assert_eq!(bytes[end - 12..end - 4], 2.0f64.to_le_bytes());
}

proptest! {
    #[test]
    fn what_the_official_writer_wrote_is_read(
        x in prop::collection::vec(any::<f32>(), 0..5),
        y in prop::collection::vec(any::<u64>(), 1..5),
    ) {
        let bytes_of = |x: &[f32]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
        let (x_bytes, y_bytes) = (bytes_of(&x), y.iter().flat_map(|y| y.to_le_bytes()).collect::<Vec<_>>());
        let views = [
            ("x", TensorView::new(OfficialDtype::F32, vec![1, x.len()], &x_bytes).unwrap()),
            ("y", TensorView::new(OfficialDtype::U64, vec![y.len()], &y_bytes).unwrap()),
        ];
        let info = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let file = open(safetensors::serialize(views, Some(info)).unwrap()).unwrap();
        prop_assert_eq!(file.metadata("format"), Some("pt"));
        let found: Vec<f32> = file.values("x", &[1, x.len()]).unwrap().collect();
        prop_assert_eq!(bytes_of(&found), x_bytes);
        prop_assert_eq!(file.values("y", &[y.len()]).unwrap().collect::<Vec<u64>>(), y);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = open(bytes.clone());
        let text: String = bytes.iter().map(|b| char::from(b % 95 + 32)).collect();
        prop_assert!(open(with_header(&text, 8)).is_err());
    }
}

#[test]
fn files_come_back_as_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.safetensors");
    small().write(&path).unwrap();
    let file = TensorFile::read(&path).unwrap();
    assert_eq!(file.bytes(), small().to_bytes());
    assert_eq!(file.metadata("title"), Some("a \"small\" file"));
    assert_eq!(file.metadata("other"), None);
    let tensors: Vec<_> = file.tensors().collect();
    let expected: [(&str, Dtype, &[usize]); 4] = [
        ("a", Dtype::F64, &[1, 2]),
        ("b", Dtype::F32, &[3]),
        ("empty", Dtype::F64, &[0, 4]),
        ("position", Dtype::U64, &[]),
    ];
    assert_eq!(tensors, expected);
    let values = file.values("a", &[1, 2]).unwrap();
    assert_eq!(values.collect::<Vec<f64>>(), [0.1, f64::MIN_POSITIVE / 3.0]);
    let left: Vec<_> = directory.path().read_dir().unwrap().collect();
    assert_eq!(left.len(), 1, "temporary files are gone: {left:?}");
}

#[test]
fn every_cut_and_every_byte_too_many_is_refused() {
    let bytes = small().to_bytes();
    for length in 0..bytes.len() {
        let fault = open(bytes[..length].to_vec()).unwrap_err();
        let expected = if length == 0 { "empty" } else { "cut: " };
        assert!(
            fault.starts_with(&format!("{PATH}: {expected}")),
            "{length}: {fault}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    let fault = open(longer).unwrap_err();
    assert!(
        fault.contains("too long: its tensors have 36 bytes, but 37 came"),
        "{fault}"
    );
}

#[test]
fn no_flipped_bit_makes_the_reader_panic() {
    let bytes = small().to_bytes();
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Err(fault) = open(flipped) {
            assert_eq!(fault.lines().count(), 1, "bit {bit}: {fault:?}");
        }
    }
}

#[test]
fn hostile_headers_are_refused() {
    let rows = [
        (
            r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            r#"header: "x" stands there twice"#,
        ),
        (
            r#"{"__metadata__":{"k":"1","k":"2"}}"#,
            r#""__metadata__": "k" stands there twice"#,
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
            r#"header: tensor "x", F32 [2], cannot lie at bytes 0 to 4 behind 0 others"#,
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
            "cannot lie at bytes 4 to 0",
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "cannot lie at bytes 4 to 8",
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[9223372036854775807,8],"data_offsets":[0,4]}}"#,
            "cannot lie at bytes 0 to 4",
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            r#"tensor "y", F32 [1], cannot lie at bytes 0 to 4 behind 4 others"#,
        ),
        (
            r#"{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#,
            r#""x": unknown variant `BF16`, expected one of `F32`, `F64`, `U64`"#,
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
            r#""x": invalid value"#,
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[1]}}"#,
            r#""x": missing field `data_offsets`"#,
        ),
        (
            r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#,
            "unknown field `more`",
        ),
        (
            r#"{"__metadata__":{"k":1}}"#,
            r#""__metadata__": invalid type"#,
        ),
        ("[]", "header: invalid type"),
        ("{", "header: EOF"),
        ("", "header: EOF"),
    ];
    for (header, expected) in rows {
        let fault = open(with_header(header, 4)).unwrap_err();
        assert!(fault.contains(expected), "{header}\n{fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
    }
    for length in [(1 << 20) + 1, u64::MAX, u64::MAX - 7] {
        let bytes = [&length.to_le_bytes()[..], &[b'{'; 9]].concat();
        let fault = open(bytes).unwrap_err();
        let expected =
            format!("its header would have {length} bytes, and at most 1048576 are allowed");
        assert!(fault.contains(&expected), "{fault}");
    }
    let not_text = with_header("{\"\u{fffd}\":0}", 0)
        .iter()
        .map(|&b| if b == 0xef { 0xff } else { b })
        .collect();
    assert!(
        open(not_text)
            .unwrap_err()
            .contains("header: invalid unicode")
    );
}

/// A sparse file may claim more data than there is memory.
#[test]
fn a_large_file_is_refused_before_memory_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let fault = TensorFile::read(&path).unwrap_err().to_string();
    assert!(
        fault.contains("large: header: EOF while parsing"),
        "{fault}"
    );
}

#[test]
fn paths_that_cannot_be_read_or_written_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    let fault = TensorFile::read(&missing).unwrap_err().to_string();
    assert!(
        fault.contains("missing: cannot be read: No such file"),
        "{fault}"
    );
    let fault = TensorFile::read(directory.path()).unwrap_err().to_string();
    assert!(fault.contains("cannot be read: Is a directory"), "{fault}");
    let inside = missing.join("x");
    let fault = small().write(&inside).unwrap_err().to_string();
    assert!(
        fault.contains("x: cannot be written: No such file"),
        "{fault}"
    );
    let fault = small().write(directory.path()).unwrap_err().to_string();
    assert!(fault.contains("cannot be written"), "{fault}");
    assert!(!directory.path().with_extension("tmp").exists());
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    fn fault<E: Element>(name: &str, shape: &[usize]) -> String {
        let file = open(small().to_bytes()).unwrap();
        let found = file.values::<E>(name, shape);
        found.err().expect("a refusal").to_string()
    }
    let rows = [
        (fault::<f64>("c", &[1]), r#"tensor "c" is missing"#),
        (
            fault::<f64>("a", &[2]),
            r#"tensor "a" is F64 [1, 2], but F64 [2] is wanted"#,
        ),
        (
            fault::<f32>("a", &[1, 2]),
            r#"tensor "a" is F64 [1, 2], but F32 [1, 2] is wanted"#,
        ),
    ];
    for (fault, expected) in rows {
        assert_eq!(fault, format!("{PATH}: {expected}"));
    }
}

#[test]
#[should_panic(expected = "tensors: there is a tensor a already")]
fn a_name_pushed_twice() {
    small().push("a", &[1], &[1.0]);
}

#[test]
#[should_panic(expected = "tensors: 2 values came for c [3]")]
fn values_that_do_not_fill_the_shape() {
    small().push("c", &[3], &[1.0, 2.0]);
}
