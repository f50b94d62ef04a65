//! The event file for TensorBoard, decoded again.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wengert_experiments::tensorboard;

fn written(metrics: &str) -> (TempDir, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("metrics.jsonl"), metrics).unwrap();
    let path = tensorboard::write(directory.path()).unwrap();
    let bytes = fs::read(path).unwrap();
    (directory, bytes)
}

/// The messages of the records, whose lengths and checksums must be right.
fn messages(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_at(8);
        let (sum, rest) = rest.split_at(4);
        assert_eq!(sum, masked(length));
        let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
        let (message, rest) = rest.split_at(length);
        let (sum, rest) = rest.split_at(4);
        assert_eq!(sum, masked(message));
        messages.push(message.to_vec());
        bytes = rest;
    }
    messages
}

/// The masked CRC-32C of `bytes`, bit by bit.
fn masked(bytes: &[u8]) -> [u8; 4] {
    let sum = bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0x82f6_3b78 * (sum & 1))
        })
    });
    (!sum)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
        .to_le_bytes()
}

/// The fields of a message: number and content, which is empty for an integer's.
fn fields(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut fields = Vec::new();
    while let Some((key, rest)) = bytes.split_first() {
        let (length, rest) = match key & 7 {
            0 => (
                rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1,
                rest,
            ),
            1 => (8, rest),
            2 => (usize::from(rest[0]), &rest[1..]),
            5 => (4, rest),
            wire => panic!("no wire type {wire}"),
        };
        fields.push((key >> 3, rest[..length].to_vec()));
        bytes = &rest[length..];
    }
    fields
}

/// Time, step and scalars of an event.
fn event(message: &[u8]) -> (f64, Vec<u8>, Vec<(String, f32)>) {
    let fields = fields(message);
    let [(1, time), (2, step), (5, summary)] = &fields[..] else {
        panic!("{fields:?}");
    };
    let scalar = |value: &[u8]| match &self::fields(value)[..] {
        [(1, tag), (2, number)] => {
            let number = f32::from_le_bytes(number[..].try_into().unwrap());
            (String::from_utf8(tag.clone()).unwrap(), number)
        }
        other => panic!("{other:?}"),
    };
    let scalars = self::fields(summary)
        .iter()
        .map(|(_, value)| scalar(value))
        .collect();
    (
        f64::from_le_bytes(time[..].try_into().unwrap()),
        step.clone(),
        scalars,
    )
}

#[test]
fn every_number_is_a_scalar_named_after_the_words_of_its_line() {
    let (_directory, bytes) = written(
        "{\"loss\":0.5,\"step\":300}\n{\"loss\":\"NaN\",\"accuracy\":0.25,\"part\":\"held out\",\"step\":2}\n",
    );
    let messages = messages(&bytes);
    assert_eq!(fields(&messages[0])[1], (3, b"brain.Event:2".to_vec()));
    let (time, step, scalars) = event(&messages[1]);
    assert_eq!((time, step), (300.0, vec![0xac, 0x02]));
    assert_eq!(scalars, [("loss".to_owned(), 0.5)]);
    let (_, step, scalars) = event(&messages[2]);
    assert_eq!(step, [2]);
    assert_eq!(scalars[0], ("held out/accuracy".to_owned(), 0.25));
    assert!(
        scalars[1].0 == "held out/loss" && scalars[1].1.is_nan(),
        "{scalars:?}"
    );
    assert_eq!(messages.len(), 3);
}

#[test]
fn the_same_metrics_give_the_same_bytes_and_a_cut_line_is_left_out() {
    let line = "{\"loss\":0.5,\"step\":1}\n";
    let (_directory, whole) = written(line);
    let (_directory, cut) = written(&format!("{line}{{\"loss\":0."));
    assert_eq!(whole, cut);
    let (_directory, none) = written("");
    assert_eq!(messages(&none).len(), 1);
}

#[test]
fn a_damaged_line_is_named() {
    let refused = |metrics: &str| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("metrics.jsonl"), metrics).unwrap();
        let error = format!("{:#}", tensorboard::write(directory.path()).unwrap_err());
        assert!(!error.contains('\n'), "{error}");
        error
    };
    assert!(refused("{\"step\":1}\n{loss}\n").contains("metrics.jsonl:2: "));
    assert!(
        refused("{\"loss\":1}\n").contains("metrics.jsonl:1: no step; expected a whole number")
    );
    let missing = tensorboard::write(Path::new("no/such")).unwrap_err();
    assert!(format!("{missing:#}").contains("cannot read no/such/metrics.jsonl"));
}
