//! What a checkpoint keeps of the types of this crate and of generators.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_tape::Real;

use super::{Reader, Snapshot, Writer};
use crate::disk::FileError;
use crate::params::Params;
use crate::tensors::Element;

/// Each tensor under its own name.
impl<T: Real + Element> Snapshot for Params<T> {
    fn save(&self, to: &mut Writer) {
        for p in self.iter() {
            to.values(p.name, p.shape.dims(), p.values);
        }
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        for (name, shape, values) in self.iter_mut() {
            from.values(name, shape.dims(), values)?;
        }
        Ok(())
    }
}

/// Its key, stream and position.
impl Snapshot for ChaCha8Rng {
    fn save(&self, to: &mut Writer) {
        let key = self.get_seed();
        let key = key.chunks_exact(8).map(<u64 as Element>::from_bytes);
        to.words("key", &key.collect::<Vec<_>>());
        let position = self.get_word_pos();
        let words = [self.get_stream(), position as u64, (position >> 64) as u64];
        to.words("position", &words);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip(from.words::<4>("key")?) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let [stream, low, high] = from.words("position")?;
        *self = Self::from_seed(key);
        self.set_stream(stream);
        self.set_word_pos(u128::from(low) | u128::from(high) << 64);
        Ok(())
    }
}
