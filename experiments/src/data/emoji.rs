//! Emoji: pictures of 16 x 16 pixels, and what they are called.
//!
//! What comes with the binary: 1911 pictures, none in other skin tones. Names are in lower case, of
//! up to 78 characters, all different but for one ("man in tuxedo" twice). 270 are flags; 10 pictures
//! serve several names (overseas territories, families), and many people come as woman, man and
//! person in almost the same picture: [`groups`] tells.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use super::source::{Source, shipped};
use super::split::{linked, normalised};
use super::tsv;

/// Rows of a picture, and pixels of a row.
pub const SIDE: usize = 16;
/// Bytes of a pixel: red, green, blue, and alpha, which is 0 where nothing is.
pub const CHANNELS: usize = 4;
/// Bytes of a picture.
pub const BYTES: usize = SIDE * SIDE * CHANNELS;

/// A picture with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// [`SIDE`] x [`SIDE`] x [`CHANNELS`], row-major from the top left.
    pub pixels: Vec<u8>,
    /// What programs call it, of its own: `woman-running`.
    pub short_name: String,
    /// What it is called: `woman running`.
    pub name: String,
    /// One of ten, such as `Animals & Nature`.
    pub category: String,
    /// A part of it, such as `animal-bird`.
    pub subcategory: String,
}

/// The pictures and names in two files, plain or gzip: [`BYTES`] for each picture, and rows of
/// short name, name, category and subcategory between tabs; or those that come with the binary
/// (`experiments/data/README.md`).
///
/// # Errors
/// One path without the other ([`crate::config::Usage`]); files that cannot be read, are not of the format, or do
/// not belong together: names line, what came and what is expected.
pub fn load(pictures: Option<&Path>, names: Option<&Path>) -> Result<Vec<Emoji>> {
    let shipped = [
        shipped!("emoji_rgba16x16.bin.gz"),
        shipped!("emoji_names.tsv.gz"),
    ];
    let [pictures, names] = Source::open_both([pictures, names], ["pictures", "names"], shipped)?;
    parse(&pictures, &names)
}

fn parse(pictures: &Source, names: &Source) -> Result<Vec<Emoji>> {
    let bytes = pictures.bytes();
    let whole = bytes.len() - bytes.len() % BYTES;
    ensure!(
        whole == bytes.len() && whole > 0,
        "{}: {} bytes, the last picture from byte offset {whole} on cut short; expected {BYTES} \
         for each picture",
        pictures.name(),
        bytes.len()
    );
    let rows = tsv::rows(names, ["short name", "name", "category", "subcategory"])?;
    let count = bytes.len() / BYTES;
    ensure!(
        rows.len() == count,
        "{}: {} names for the {count} pictures in {}; expected one each",
        names.name(),
        rows.len(),
        pictures.name()
    );
    let emoji = rows
        .iter()
        .zip(bytes.chunks_exact(BYTES))
        .map(|(row, pixels)| {
            let [short_name, name, category, subcategory] = row.fields.map(String::from);
            Emoji {
                pixels: pixels.into(),
                short_name,
                name,
                category,
                subcategory,
            }
        });
    Ok(emoji.collect())
}

/// Words of a name that tell variants of a picture apart.
const VARIANT: [&str; 17] = [
    "man", "woman", "person", "people", "men", "women", "male", "female", "boy", "girl", "boys",
    "girls", "adult", "child", "with", "facing", "right",
];
/// The root mean square difference of pixels, of 255, below which two pictures of people are
/// variants: below it are the woman and the person who surf, above it a farmer and a cook.
const ALIKE: f64 = 0.08 * 255.0;

/// The group of each emoji, for a split with [`super::split::by_group`]: variants are in one, which
/// are equal pictures, people in almost equal pictures or doing the same, families, skin tones,
/// flags, keycaps and clocks.
pub fn groups(emoji: &[Emoji]) -> Vec<usize> {
    let keys = emoji
        .iter()
        .map(|emoji| vec![subject(emoji), format!("{:?}", emoji.pixels)]);
    let mut keys: Vec<Vec<String>> = keys.collect();
    let people = (0..emoji.len()).filter(|index| emoji[*index].category == "People & Body");
    let people: Vec<(usize, Vec<f64>)> = people.map(|i| (i, on_white(&emoji[i]))).collect();
    for (at, (one, picture)) in people.iter().enumerate() {
        for (other, another) in &people[..at] {
            let squares = picture.iter().zip(another).map(|(a, b)| (a - b).powi(2));
            if squares.sum::<f64>() < ALIKE.powi(2) * picture.len() as f64 {
                let pair = format!("pair {one} {other}");
                keys[*one].push(pair.clone());
                keys[*other].push(pair);
            }
        }
    }
    linked(&keys)
}

/// What an emoji shows, the same for its variants.
fn subject(emoji: &Emoji) -> String {
    if emoji.category == "Flags" || ["keycap", "skin-tone"].contains(&emoji.subcategory.as_str()) {
        return format!("all {}", emoji.category);
    }
    let name = normalised(&emoji.name);
    if let Some(kind) = ["family", "clock face"]
        .into_iter()
        .find(|kind| name.starts_with(kind))
    {
        return format!("all {kind}");
    }
    let variant = BTreeSet::from(VARIANT);
    let words = name.split(' ').filter(|word| !variant.contains(word));
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        name
    } else {
        words.join(" ")
    }
}

/// Red, green and blue of each pixel, laid on white, from 0 to 255.
pub fn on_white(emoji: &Emoji) -> Vec<f64> {
    let pixels = emoji.pixels.chunks_exact(CHANNELS);
    let colours = pixels.flat_map(|pixel| {
        let alpha = f64::from(pixel[3]) / 255.0;
        [0, 1, 2].map(|channel| f64::from(pixel[channel]) * alpha + 255.0 * (1.0 - alpha))
    });
    colours.collect()
}
