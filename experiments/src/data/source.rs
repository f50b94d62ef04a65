//! Where data come from: a file, or one that comes with the binary, plain or gzip; as bytes or text.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::bufread::MultiGzDecoder;

use crate::config::Usage;

/// Bytes of the largest data that are read, unpacked: half a GiB, ten times MNIST. A stream
/// without end, or a small file that unpacks to a huge one, must not fill the memory.
pub const LARGEST: u64 = 512 << 20;

/// A data file that is compiled in.
#[derive(Clone, Copy)]
pub(super) struct Shipped {
    pub name: &'static str,
    pub bytes: &'static [u8],
}

/// The file of that name in `experiments/data`, compiled in.
macro_rules! shipped {
    ($name:literal) => {
        $crate::data::source::Shipped {
            name: $name,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", $name)),
        }
    };
}
pub(super) use shipped;

/// All bytes of a data file, unpacked, and the name that errors call it by.
pub struct Source {
    name: String,
    bytes: Vec<u8>,
}

impl Source {
    /// The file at `path`; or without one the one that comes with the binary.
    pub(super) fn open(path: Option<&Path>, or: Shipped) -> Result<Self> {
        let Some(path) = path else {
            return Self::read(or.name, or.bytes);
        };
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        Self::read(&name, BufReader::new(file))
    }

    /// The files at two `paths`, which hold `what`; or without any those that come with the binary.
    pub(super) fn open_both(
        paths: [Option<&Path>; 2],
        what: [&str; 2],
        or: [Shipped; 2],
    ) -> Result<[Self; 2]> {
        let given = paths.iter().position(Option::is_some);
        if let Some(given) = given.filter(|_| paths.contains(&None)) {
            let [one, other] = [what[given], what[1 - given]];
            bail!(Usage(format!(
                "a file of {one} is given and none of {other}; expected both or neither"
            )));
        }
        Ok([Self::open(paths[0], or[0])?, Self::open(paths[1], or[1])?])
    }

    /// All that `reader` gives, unpacked if it starts as gzip does: told apart by content, not by
    /// name. Errors call it `name`.
    ///
    /// # Errors
    /// What cannot be read, gzip that is damaged or cut short, and more than [`LARGEST`] bytes.
    pub fn read(name: &str, reader: impl BufRead) -> Result<Self> {
        Self::read_at_most(LARGEST, name, reader)
    }

    /// [`Source::read`] with another bound, in bytes.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn read_at_most(bound: u64, name: &str, mut reader: impl BufRead) -> Result<Self> {
        let head = reader.fill_buf();
        let head = head.with_context(|| format!("cannot read {name}"))?;
        let packed = head.starts_with(&[0x1f, 0x8b]);
        let mut bytes = Vec::new();
        let outcome = if packed {
            let unpacked = MultiGzDecoder::new(reader);
            unpacked.take(bound + 1).read_to_end(&mut bytes)
        } else {
            reader.take(bound + 1).read_to_end(&mut bytes)
        };
        let task = if packed { "unpack" } else { "read" };
        outcome
            .with_context(|| format!("cannot {task} {name} after byte offset {}", bytes.len()))?;
        ensure!(
            bytes.len() as u64 <= bound,
            "{name}: more than {bound} bytes of data; expected at most that"
        );
        let name = name.to_owned();
        Ok(Self { name, bytes })
    }

    /// What errors call it: its path, or the name of the shipped file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Everything in it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its text, without a byte order mark. The error about a file with nothing in it says that
    /// `expected` was.
    ///
    /// # Errors
    /// An empty file, bytes that are not UTF-8, and a NUL byte (no text has one, but files that
    /// are no text do): names line and byte offset, from the start of the unpacked file.
    pub fn text(&self, expected: &str) -> Result<&str> {
        let Self { name, bytes } = self;
        let mark: &[u8] = "\u{feff}".as_bytes();
        let content = bytes.strip_prefix(mark).unwrap_or(bytes);
        ensure!(
            !content.is_empty(),
            "{name}: the file is empty; expected {expected}"
        );
        let refused = |offset: usize, what: &str| {
            let offset = bytes.len() - content.len() + offset;
            let line = line_of(bytes, offset);
            let byte = bytes[offset];
            format!("{name}:{line}: byte {byte:#04x} at byte offset {offset} {what}; expected text")
        };
        let text = match std::str::from_utf8(content) {
            Ok(text) => text,
            Err(error) => bail!(refused(error.valid_up_to(), "is not UTF-8")),
        };
        if let Some(offset) = text.find('\0') {
            bail!(refused(offset, "is NUL"));
        }
        Ok(text)
    }
}

/// The line, from 1, that `offset` into `bytes` is on.
pub(super) fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes[..offset].split(|byte| *byte == b'\n').count()
}
