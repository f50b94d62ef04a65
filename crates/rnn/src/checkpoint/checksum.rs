//! A checksum over a whole file that holds it, as eight hexadecimal digits in its header.
//!
//! CRC-32 (ISO 3309), as in gzip and PNG: it finds every single flipped bit and every burst of up to
//! 32 bits for certain, which no hash promises, at gigabytes a second. It is no guard against
//! forgery, and a checkpoint's reader does not rely on one.

use std::ops::Range;

use crc32fast::Hasher;

/// What the field counts as.
pub(super) const BLANK: &str = "00000000";

/// What stands before the field in the metadata. No text can hold it: there, quotes are escaped.
const KEY: &[u8] = b"\"checksum\":\"";

/// Puts the checksum into its field.
pub(super) fn seal(bytes: &mut [u8]) {
    let field = field(bytes).expect("a header with a checksum");
    let digits = digits(bytes, &field);
    bytes[field].copy_from_slice(digits.as_bytes());
}

/// What is wrong with the checksum of a file, if anything.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let Some(field) = field(bytes) else {
        return Err("not a checkpoint: it holds no checksum".to_owned());
    };
    let computed = digits(bytes, &field);
    if bytes[field.clone()] != *computed.as_bytes() {
        let stated = String::from_utf8_lossy(&bytes[field]);
        return Err(format!(
            "damaged: its checksum is {computed}, but {stated:?} is stated"
        ));
    }
    Ok(())
}

/// Where the field is, of a file whose header is sound.
fn field(bytes: &[u8]) -> Option<Range<usize>> {
    let length = u64::from_le_bytes(*bytes.first_chunk()?);
    let header = bytes.get(..8 + length as usize)?;
    let key = header.windows(KEY.len()).position(|window| window == KEY)?;
    let start = key + KEY.len();
    let field = start..start + BLANK.len();
    header.get(field.clone()).map(|_| field)
}

fn digits(bytes: &[u8], field: &Range<usize>) -> String {
    let mut hasher = Hasher::new();
    hasher.update(&bytes[..field.start]);
    hasher.update(BLANK.as_bytes());
    hasher.update(&bytes[field.end..]);
    format!("{:08x}", hasher.finalize())
}
