//! The header of a file of tensors: JSON, checked against the length of the file.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::Dtype;

/// Longest header read, in bytes: enough for 10 000 tensors, and little memory to lose.
pub(super) const MAX_HEADER: usize = 1 << 20;

/// The name under which the header holds texts.
pub(super) const METADATA: &str = "__metadata__";

/// What the header says of a tensor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extent {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// The bytes of the data from the first to before the second.
    pub data_offsets: [usize; 2],
}

#[derive(Debug)]
pub(super) struct Header {
    pub metadata: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, Extent>,
}

/// The header of a file of `length` bytes that starts with `bytes`, and where the data starts; or
/// what is wrong.
pub(super) fn check(bytes: &[u8], length: u64) -> Result<(Header, usize), String> {
    let Some((claimed, rest)) = bytes.split_first_chunk() else {
        return Err(match length {
            0 => "empty".to_owned(),
            _ => format!("cut: {length} bytes are no file of tensors"),
        });
    };
    let claimed = u64::from_le_bytes(*claimed);
    if claimed > MAX_HEADER as u64 {
        return Err(format!(
            "not a file of tensors: its header would have {claimed} bytes, and at most {MAX_HEADER} are allowed"
        ));
    }
    let Some(text) = rest.get(..claimed as usize) else {
        return Err(format!(
            "cut: its header has {claimed} bytes, but {} came",
            rest.len()
        ));
    };
    let header = Header::parse(text).map_err(|error| format!("header: {error}"))?;
    let start = 8 + text.len();
    let (needed, came) = (
        header.check_extents()? as u64,
        length.saturating_sub(start as u64),
    );
    if needed != came {
        let what = if came < needed { "cut" } else { "too long" };
        return Err(format!(
            "{what}: its tensors have {needed} bytes, but {came} came"
        ));
    }
    Ok((header, start))
}

impl Header {
    fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Unique(mut entries) = serde_json::from_slice::<Unique<&RawValue>>(text)?;
        let metadata = match entries.remove(METADATA) {
            Some(texts) => parse::<Unique<String>>(METADATA, texts)?.0,
            None => BTreeMap::new(),
        };
        let mut tensors = BTreeMap::new();
        for (name, extent) in entries {
            let extent = parse(&name, extent)?;
            tensors.insert(name, extent);
        }
        Ok(Self { metadata, tensors })
    }

    /// The number of bytes of all tensors, which must lie one behind the other.
    fn check_extents(&self) -> Result<usize, String> {
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_by_key(|(_, extent)| extent.data_offsets);
        let mut end = 0;
        for (name, extent) in tensors {
            let Extent {
                dtype,
                shape,
                data_offsets: [from, to],
            } = extent;
            let size = shape
                .iter()
                .try_fold(dtype.size(), |size, &n| size.checked_mul(n));
            let needed = size.and_then(|size| size.checked_add(end));
            if *from != end || Some(*to) != needed {
                return Err(format!(
                    "header: tensor {name:?}, {dtype:?} {shape:?}, cannot lie at bytes {from} to {to} behind {end} others"
                ));
            }
            end = *to;
        }
        Ok(end)
    }
}

fn parse<V: DeserializeOwned>(name: &str, text: &RawValue) -> Result<V, serde_json::Error> {
    serde_json::from_str(text.get())
        .map_err(|error| serde_json::Error::custom(format_args!("{name:?}: {error}")))
}

/// A JSON text of names, texts and numbers.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("names, texts and numbers print as JSON")
}

/// A map that refuses to hold a name twice, where serde's own keep the last.
struct Unique<V>(BTreeMap<String, V>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor(PhantomData))
    }
}

struct UniqueVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for UniqueVisitor<V> {
    type Value = Unique<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique<V>, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, V>()? {
            match entries.entry(name) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(place) => {
                    let name = place.key();
                    return Err(A::Error::custom(format_args!(
                        "{name:?} stands there twice"
                    )));
                }
            };
        }
        Ok(Unique(entries))
    }
}
