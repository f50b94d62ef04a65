//! Files of named tensors, in the safetensors format: PyTorch, NumPy and JAX open them.
//!
//! ```text
//! file   = length of the header (u64, little-endian), header, data
//! header = {"__metadata__": {key: text, ..},
//!           name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [from, to]}, ..}
//! ```
//!
//! The crate `safetensors` is the oracle of the tests, and not used here: its writer puts metadata
//! in hash order, so that equal runs would leave unequal files, and its reader (0.8) lets the last
//! of two tensors of one name win and spends 30 bytes of memory on a byte of a hostile header.

mod header;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::header::{Extent, Header, MAX_HEADER, METADATA, check, json};
use crate::disk::{FileError, write_atomically};

/// The type of a tensor's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Dtype {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Counts and positions.
    U64,
    /// Counts and positions, in PyTorch.
    I64,
}

impl Dtype {
    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 | Self::U64 | Self::I64 => 8,
        }
    }
}

/// A type that elements of a [`TensorFile`] can have.
pub trait Element: Copy {
    /// Its name in a file.
    const DTYPE: Dtype;
    /// Appends its bytes, little-endian.
    fn append_to(self, bytes: &mut Vec<u8>);
    /// The element of these bytes, as many as it has.
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! impl_element {
    ($($type:ident $dtype:ident)*) => {
        $(impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            fn append_to(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn from_bytes(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("as many bytes as the type has"))
            }
        })*
    };
}

impl_element!(f32 F32 f64 F64 u64 U64 i64 I64);

/// Named tensors read from a file.
///
/// Reading takes the memory of the file; [`TensorFile::values`] decodes on the way.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    header: Header,
    bytes: Vec<u8>,
    /// Where the data starts in `bytes`.
    start: usize,
}

impl TensorFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is cut or has bytes too many, or its header is too long, is not such
    /// a header, names a tensor twice or gives it another extent than its shape and type need. The
    /// size of the file is checked before the memory for it is taken.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let unreadable = |error| FileError::new(path, format_args!("cannot be read: {error}"));
        let mut file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut bytes = Vec::new();
        let first = (8 + MAX_HEADER) as u64;
        file.by_ref()
            .take(first)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        check(&bytes, length).map_err(|fault| FileError::new(path, fault))?;
        bytes
            .try_reserve_exact((length as usize).saturating_sub(bytes.len()))
            .map_err(|error| FileError::new(path, error))?;
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        Self::from_bytes(path, bytes)
    }

    /// The tensors of a file that has these bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`TensorFile::read`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, FileError> {
        let (header, start) =
            check(&bytes, bytes.len() as u64).map_err(|fault| FileError::new(path, fault))?;
        Ok(Self {
            path: path.to_owned(),
            header,
            bytes,
            start,
        })
    }

    /// The text of this key, if there is one.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata.get(key).map(String::as_str)
    }

    /// The name, type and shape of each tensor, by rising name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, Dtype, &[usize])> {
        let tensors = self.header.tensors.iter();
        tensors.map(|(name, extent)| (&name[..], extent.dtype, &extent.shape[..]))
    }

    /// The elements, row-major, of the tensor of this name, which must have this shape.
    ///
    /// # Errors
    /// When there is no such tensor, or it has another shape or other elements.
    pub fn values<E: Element>(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<impl ExactSizeIterator<Item = E>, FileError> {
        let Some(extent) = self.header.tensors.get(name) else {
            return Err(self.error(format_args!("tensor {name:?} is missing")));
        };
        if extent.dtype != E::DTYPE || extent.shape != shape {
            return Err(self.error(format_args!(
                "tensor {name:?} is {:?} {:?}, but {:?} {shape:?} is wanted",
                extent.dtype,
                extent.shape,
                E::DTYPE,
            )));
        }
        let [from, to] = extent.data_offsets.map(|at| self.start + at);
        let elements = self.bytes[from..to].chunks_exact(extent.dtype.size());
        Ok(elements.map(E::from_bytes))
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A fault of this file.
    pub fn error(&self, fault: impl fmt::Display) -> FileError {
        FileError::new(&self.path, fault)
    }
}

/// Named tensors to be written to a file: equal tensors and metadata make equal bytes.
///
/// ```
/// use std::path::Path;
/// use wengert_rnn::tensors::{TensorFile, TensorWriter};
///
/// let mut writer = TensorWriter::new();
/// writer.set("title", "two numbers");
/// writer.push("x", &[2], &[1.0, -2.5]);
///
/// let file = TensorFile::from_bytes(Path::new("x.safetensors"), writer.to_bytes()).unwrap();
/// assert_eq!(file.metadata("title"), Some("two numbers"));
/// let x: Vec<f64> = file.values("x", &[2]).unwrap().collect();
/// assert_eq!(x, [1.0, -2.5]);
/// ```
#[derive(Clone, Default, Debug)]
pub struct TensorWriter {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Extent, Vec<u8>)>,
}

impl TensorWriter {
    /// Without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the text of a key of the metadata.
    pub fn set(&mut self, key: &str, text: &str) {
        self.metadata.insert(key.to_owned(), text.to_owned());
    }

    /// Appends a tensor, its elements row-major.
    ///
    /// # Panics
    /// If there is a tensor of that name, or the shape has another number of elements.
    #[track_caller]
    pub fn push<E: Element>(&mut self, name: &str, shape: &[usize], values: &[E]) {
        assert!(
            name != METADATA && self.tensors.iter().all(|(other, ..)| other != name),
            "tensors: there is a tensor {name} already"
        );
        assert!(
            values.len() == shape.iter().product::<usize>(),
            "tensors: {} values came for {name} {shape:?}",
            values.len()
        );
        let mut bytes = Vec::with_capacity(values.len() * E::DTYPE.size());
        for &value in values {
            value.append_to(&mut bytes);
        }
        let extent = Extent {
            dtype: E::DTYPE,
            shape: shape.to_vec(),
            data_offsets: [0, bytes.len()],
        };
        self.tensors.push((name.to_owned(), extent, bytes));
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Wide elements first: all lie at multiples of their size.
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_by_key(|(_, extent, _)| std::cmp::Reverse(extent.dtype.size()));
        let mut entries = vec![format!("{}:{}", json(METADATA), json(&self.metadata))];
        let mut end = 0;
        for (name, extent, bytes) in &tensors {
            let placed = Extent {
                data_offsets: [end, end + bytes.len()],
                ..extent.clone()
            };
            end += bytes.len();
            entries.push(format!("{}:{}", json(name), json(&placed)));
        }
        let mut header = format!("{{{}}}", entries.join(","));
        let padding = header.len().next_multiple_of(8) - header.len();
        header.extend(std::iter::repeat_n(' ', padding));
        let mut file = Vec::with_capacity(8 + header.len() + end);
        file.extend_from_slice(&(header.len() as u64).to_le_bytes());
        file.extend_from_slice(header.as_bytes());
        for (_, _, bytes) in tensors {
            file.extend_from_slice(bytes);
        }
        file
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        write_atomically(path, &self.to_bytes())
    }
}
