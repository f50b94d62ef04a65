//! Checkpoints: the state of a run as a file of tensors, so that the run can go on from it and give
//! the same bits.
//!
//! The file is a valid safetensors file; Python opens it and finds the weights. Its metadata holds
//! the format, its version, the architecture, and a checksum over the whole file.

mod checksum;
mod snapshots;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use wengert_tape::Real;

use crate::disk::{FileError, write_atomically};
use crate::tensors::{Element, TensorFile, TensorWriter};

const FORMAT: &str = "wengert checkpoint";
const VERSION: &str = "1";

/// Something whose state a checkpoint keeps: of a type of your own, write down everything that the
/// next steps depend on and that the program does not build anew.
///
/// ```
/// use wengert_rnn::checkpoint::{Reader, Snapshot, Writer};
/// use wengert_rnn::disk::FileError;
///
/// struct Record {
///     best: f64,
///     at: u64,
/// }
///
/// impl Snapshot for Record {
///     fn save(&self, to: &mut Writer) {
///         to.words("record", &[self.best.to_bits(), self.at]);
///     }
///     fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
///         let [best, at] = from.words("record")?;
///         (self.best, self.at) = (f64::from_bits(best), at);
///         Ok(())
///     }
/// }
///
/// let path = std::env::temp_dir().join(format!("record-{}", std::process::id()));
/// let mut writer = Writer::new("nothing trained");
/// writer.part("record", &Record { best: f64::INFINITY, at: 12 });
/// writer.write(&path)?;
///
/// let mut record = Record { best: 0.0, at: 0 };
/// let mut reader = Reader::read(&path, "nothing trained")?;
/// reader.part("record", &mut record)?;
/// reader.finish()?;
/// assert_eq!((record.best, record.at), (f64::INFINITY, 12));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), FileError>(())
/// ```
pub trait Snapshot {
    /// Writes the state down.
    fn save(&self, to: &mut Writer);

    /// Takes the state from where [`Snapshot::save`] wrote it, into a value built with the same
    /// settings.
    ///
    /// # Errors
    /// When something is missing or does not fit; the state is then partly the old one, and not to
    /// be used.
    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError>;
}

/// A checkpoint to be written.
#[derive(Clone, Debug)]
pub struct Writer {
    tensors: TensorWriter,
    prefix: String,
}

impl Writer {
    /// Of a run with this architecture: any text that tells apart what must not be mixed up, such as
    /// `lstm 2 layers of 64`.
    pub fn new(architecture: &str) -> Self {
        let mut tensors = TensorWriter::new();
        tensors.set("format", FORMAT);
        tensors.set("version", VERSION);
        tensors.set("architecture", architecture);
        tensors.set("checksum", checksum::BLANK);
        Self {
            tensors,
            prefix: String::new(),
        }
    }

    /// Writes the state of `part` down, `name` and a dot before the names of its tensors.
    pub fn part(&mut self, name: &str, part: &(impl Snapshot + ?Sized)) {
        let outer = self.prefix.len();
        self.prefix += name;
        self.prefix.push('.');
        part.save(self);
        self.prefix.truncate(outer);
    }

    /// Writes a tensor down.
    ///
    /// # Panics
    /// If there is one of that name, or the shape has another number of elements.
    #[track_caller]
    pub fn values<E: Element>(&mut self, name: &str, shape: &[usize], values: &[E]) {
        let name = format!("{}{name}", self.prefix);
        self.tensors.push(&name, shape, values);
    }

    /// Writes counts, positions, or the bits of single numbers down.
    ///
    /// # Panics
    /// If there is a tensor of that name.
    #[track_caller]
    pub fn words(&mut self, name: &str, words: &[u64]) {
        self.values(name, &[words.len()], words);
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.tensors.to_bytes();
        checksum::seal(&mut bytes);
        bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        write_atomically(path, &self.to_bytes())
    }
}

/// A checkpoint that was read.
#[derive(Debug)]
pub struct Reader {
    file: TensorFile,
    /// Tensors not asked for yet.
    left: BTreeSet<String>,
    prefix: String,
}

impl Reader {
    /// Reads the checkpoint at `path`, of a run with this architecture.
    ///
    /// # Errors
    /// When it cannot be read, is damaged in any byte, or is of another version or architecture.
    pub fn read(path: &Path, architecture: &str) -> Result<Self, FileError> {
        Self::check(TensorFile::read(path)?, architecture)
    }

    /// The checkpoint with these bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>, architecture: &str) -> Result<Self, FileError> {
        Self::check(TensorFile::from_bytes(path, bytes)?, architecture)
    }

    fn check(file: TensorFile, architecture: &str) -> Result<Self, FileError> {
        checksum::check(file.bytes()).map_err(|fault| file.error(fault))?;
        let wanted = [
            ("format", FORMAT),
            ("version", VERSION),
            ("architecture", architecture),
        ];
        for (key, wanted) in wanted {
            let found = file.metadata(key).unwrap_or_default();
            if found != wanted {
                return Err(file.error(format_args!(
                    "its {key} is {found:?}, but {wanted:?} is wanted"
                )));
            }
        }
        let left = file.tensors().map(|(name, ..)| name.to_owned()).collect();
        Ok(Self {
            file,
            left,
            prefix: String::new(),
        })
    }

    /// Takes the state of `part`.
    ///
    /// # Errors
    /// As [`Snapshot::restore`].
    pub fn part(
        &mut self,
        name: &str,
        part: &mut (impl Snapshot + ?Sized),
    ) -> Result<(), FileError> {
        let outer = self.prefix.len();
        self.prefix += name;
        self.prefix.push('.');
        part.restore(self)?;
        self.prefix.truncate(outer);
        Ok(())
    }

    /// Takes a tensor of numbers.
    ///
    /// # Errors
    /// When there is none of this name, it has another shape or type, or an element is not finite.
    ///
    /// # Panics
    /// If `values` has not the shape's number of elements.
    #[track_caller]
    pub fn values<T: Real + Element>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: &mut [T],
    ) -> Result<(), FileError> {
        let name = format!("{}{name}", self.prefix);
        let found = self.file.values::<T>(&name, shape)?;
        assert!(
            values.len() == found.len(),
            "checkpoint: {} elements for {name} {shape:?}",
            values.len()
        );
        for (i, (value, found)) in values.iter_mut().zip(found).enumerate() {
            if !found.is_finite() {
                return Err(self
                    .file
                    .error(format_args!("tensor {name:?}: element {i} is {found}")));
            }
            *value = found;
        }
        self.left.remove(&name);
        Ok(())
    }

    /// Takes counts, positions, or the bits of single numbers.
    ///
    /// # Errors
    /// When there are none of this name, or not so many.
    pub fn words<const N: usize>(&mut self, name: &str) -> Result<[u64; N], FileError> {
        let name = format!("{}{name}", self.prefix);
        let mut found = self.file.values(&name, &[N])?;
        let words = [(); N].map(|()| found.next().expect("as many as the shape has"));
        self.left.remove(&name);
        Ok(words)
    }

    /// Takes a list, however long it is, as [`Writer::values`] wrote it with one dimension. Its
    /// elements are not checked.
    ///
    /// # Errors
    /// When there is none of this name, or it has another type or rank.
    pub fn list<E: Element>(&mut self, name: &str) -> Result<Vec<E>, FileError> {
        let name = format!("{}{name}", self.prefix);
        let mut tensors = self.file.tensors();
        let length = match tensors.find(|(known, ..)| *known == name) {
            Some((_, _, &[length])) => length,
            _ => 0,
        };
        let list = self.file.values(&name, &[length])?.collect();
        self.left.remove(&name);
        Ok(list)
    }

    /// Takes words that must be these, such as settings that must not change.
    ///
    /// # Errors
    /// When they are missing, or others.
    pub fn expect<const N: usize>(
        &mut self,
        name: &str,
        wanted: &[u64; N],
    ) -> Result<(), FileError> {
        let found = self.words::<N>(name)?;
        if found != *wanted {
            return Err(self.error(format_args!("{name} {found:?}, but {wanted:?} is wanted")));
        }
        Ok(())
    }

    /// A fault of the part that is being read.
    pub fn error(&self, fault: impl fmt::Display) -> FileError {
        match self.prefix.strip_suffix('.') {
            Some(part) => self.file.error(format_args!("{part}: {fault}")),
            None => self.file.error(fault),
        }
    }

    /// Asserts that every tensor was asked for.
    ///
    /// # Errors
    /// Names the first that was not.
    pub fn finish(self) -> Result<(), FileError> {
        match self.left.first() {
            Some(name) => Err(self
                .file
                .error(format_args!("tensor {name:?} is not of this run"))),
            None => Ok(()),
        }
    }
}
