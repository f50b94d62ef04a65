//! TensorBoard's event file, derived from `metrics.jsonl`: every number of a line is a scalar.
//!
//! The format is a sequence of records (TensorFlow's `record_writer`), each a length, its checksum,
//! a message and its checksum; the message is an `Event` in protocol buffers, of which four fields
//! are needed (`tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value};
use wengert_rnn::disk::write_atomically;

use crate::verdict::number_of;

/// TensorBoard takes any file with `tfevents` in its name.
const FILE: &str = "events.out.tfevents.0.wengert";
/// The first event of a file.
const VERSION: &str = "brain.Event:2";

/// Writes the event file of the run in `directory` from its `metrics.jsonl`, and returns its path.
/// Words on a line go before the name of its numbers: `part/loss`. Numbers are kept in single
/// precision, which is TensorBoard's, and the time of an event is its step, in seconds since 1970:
/// the same metrics give the same bytes.
///
/// # Errors
/// When there are no metrics, a line is damaged, or the file cannot be written. A last line without
/// its end, which a killed run leaves, is no error.
pub fn write(directory: &Path) -> Result<PathBuf> {
    let source = directory.join("metrics.jsonl");
    let text =
        fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut bytes = Vec::new();
    let mut version = double(1, 0.0);
    version.extend(block(3, VERSION.as_bytes()));
    record(&mut bytes, &version);
    // A line without its end is the last of a killed run, and no line.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    for (index, line) in whole.lines().enumerate() {
        let place = || format!("{}:{}", source.display(), index + 1);
        let line: Map<String, Value> = serde_json::from_str(line).with_context(place)?;
        let step = line.get("step").and_then(Value::as_u64);
        let step = step.ok_or_else(|| anyhow!("{}: no step; expected a whole number", place()))?;
        let mut event = double(1, step as f64);
        event.extend(integer(2, step));
        event.extend(block(5, &summary(&line)));
        record(&mut bytes, &event);
    }
    let path = directory.join(FILE);
    write_atomically(&path, &bytes)?;
    Ok(path)
}

/// A `Summary` of the numbers of a line but its step, named after its words.
fn summary(line: &Map<String, Value>) -> Vec<u8> {
    let words = line.values().filter(|value| number_of(value).is_none());
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    let numbers = line.iter().filter(|(name, _)| *name != "step");
    let numbers = numbers.filter_map(|(name, value)| Some((name, number_of(value)?)));
    let values = numbers.map(|(name, number)| {
        let tag = [&words[..], &[name]].concat().join("/");
        let mut value = block(1, tag.as_bytes());
        value.extend(single(2, number as f32));
        block(1, &value)
    });
    values.flatten().collect()
}

/// Appends a record that holds `message`.
fn record(bytes: &mut Vec<u8>, message: &[u8]) {
    let length = (message.len() as u64).to_le_bytes();
    bytes.extend(length);
    bytes.extend(masked(&length));
    bytes.extend(message);
    bytes.extend(masked(message));
}

/// The checksum of `bytes`, CRC-32C, in the disguise in which records keep it.
fn masked(bytes: &[u8]) -> [u8; 4] {
    let sum = crc32c::crc32c(bytes).rotate_right(15);
    sum.wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A field of variable length: a text, or another message.
fn block(field: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 2];
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

fn integer(field: u8, value: u64) -> Vec<u8> {
    let mut bytes = vec![field << 3];
    bytes.extend(varint(value));
    bytes
}

fn double(field: u8, value: f64) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 1];
    bytes.extend(value.to_le_bytes());
    bytes
}

fn single(field: u8, value: f32) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 5];
    bytes.extend(value.to_le_bytes());
    bytes
}

/// Seven bits to a byte, the lowest first; all but the last byte have the eighth set.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
