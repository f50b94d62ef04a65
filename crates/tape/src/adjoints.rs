//! Adjoint buffers: one lives from the first contribution to its node's turn in the sweep.
//!
//! Only the front of the sweep is live, so that the adjoints of a long recording stay in cache;
//! a second arena would be as large as the first (measured 2026-11-22: 0.4-1.4 MB against 126-214).

use wengert_kernels::map::{Identity, zip_slices};
use wengert_kernels::{Real, Write, flush};

use crate::arena::poison;
use crate::graph::NodeId;

/// The place of a node's adjoint in `Adjoints::buffers`; 0 is none.
type Place = u32;

/// Buffers in use, by node, and free ones, by size.
pub(crate) struct Adjoints<T> {
    places: Vec<Place>,
    /// Buffer 0 is never used, so that a zeroed `places` means no adjoints.
    buffers: Vec<Vec<T>>,
    /// Of each free buffer, the next free one of its class, or 0.
    next_free: Vec<Place>,
    /// The first free buffer of each class, or 0.
    first_free: [Place; CLASSES],
    /// Elements in use and the most there were.
    live: usize,
    peak: usize,
    /// Adjoints smaller than this become 0, and how many did since the last `clear`.
    pub flush_below: f64,
    pub flushed: u64,
}

impl<T: Real> Adjoints<T> {
    pub fn new() -> Self {
        Self {
            places: Vec::new(),
            buffers: vec![Vec::new()],
            next_free: vec![0],
            first_free: [0; CLASSES],
            live: 0,
            peak: 0,
            flush_below: T::FLUSH,
            flushed: 0,
        }
    }

    /// Frees all buffers, not their memory.
    pub fn clear(&mut self) {
        self.truncate(0);
        (self.live, self.peak, self.flushed) = (0, 0, 0);
    }

    /// Frees the buffers of the nodes from the `nodes`-th on.
    pub fn truncate(&mut self, nodes: usize) {
        for i in nodes..self.places.len() {
            if self.places[i] != 0 {
                self.release(self.places[i]);
            }
        }
        self.places.truncate(nodes);
    }

    /// Makes room for `nodes` nodes.
    pub fn extend(&mut self, nodes: usize) {
        self.places.resize(nodes, 0);
    }

    /// Bytes of bookkeeping in use: everything but adjoints and room for them.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.places[..])
    }

    /// Bytes of adjoints at the peak of the last sweep.
    pub fn peak_bytes(&self) -> usize {
        self.peak * size_of::<T>()
    }

    /// The adjoint of a node, if it has received a contribution.
    pub fn get(&self, id: NodeId) -> Option<&[T]> {
        match self.places.get(id.index()) {
            Some(&place) if place != 0 => Some(&self.buffers[place as usize]),
            _ => None,
        }
    }

    /// The adjoint of a node of `len` elements, to write to; `whole` tells that the contribution
    /// covers all of it. The first contribution, if whole, finds unspecified content and overwrites
    /// it; if not, it finds zeros. Later ones add.
    #[inline]
    pub fn open(&mut self, id: NodeId, len: usize, whole: bool) -> (&mut [T], Write) {
        let place = self.places[id.index()];
        if place != 0 {
            return (&mut self.buffers[place as usize], Write::Add);
        }
        let place = self.acquire(len);
        self.places[id.index()] = place;
        let buffer = &mut self.buffers[place as usize][..];
        if whole {
            poison(buffer);
            (buffer, Write::Set)
        } else {
            buffer.fill(T::ZERO);
            (buffer, Write::Add)
        }
    }

    /// Moves a node's adjoint out, so that its rule may write to all others.
    #[inline]
    pub fn take(&mut self, id: NodeId) -> Option<Taken<T>> {
        let place = std::mem::take(&mut self.places[id.index()]);
        (place != 0).then(|| Taken {
            place,
            data: std::mem::take(&mut self.buffers[place as usize]),
        })
    }

    /// Sets to 0 what has vanished.
    #[inline]
    pub fn flush(&mut self, gy: &mut Taken<T>) {
        self.flushed += match &mut gy.data[..] {
            [g] if g.is_below(T::from_f64(self.flush_below)) => {
                u64::from(!std::mem::take(g).is_zero())
            }
            [_] => 0,
            all => flush(all, self.flush_below) as u64,
        };
    }

    /// Keeps, passes on or frees the adjoint of `id` after its rule has read it. All of it is still
    /// to be added to that of `heir`, an input of the same shape.
    #[inline]
    pub fn settle(&mut self, id: NodeId, gy: Taken<T>, retained: bool, heir: Option<NodeId>) {
        if let Some(heir) = heir {
            if !retained && self.places[heir.index()] == 0 {
                return self.put(heir, gy);
            }
            let (dst, write) = self.open(heir, gy.data.len(), true);
            zip_slices(Identity, [&gy.data], dst, write);
        }
        if retained {
            self.put(id, gy);
        } else {
            self.recycle(gy);
        }
    }

    /// Frees a moved-out adjoint.
    #[inline]
    pub fn recycle(&mut self, taken: Taken<T>) {
        self.buffers[taken.place as usize] = taken.data;
        self.release(taken.place);
    }

    /// Makes a moved-out adjoint, or a scratch buffer, that of a node which has none.
    #[inline]
    pub fn put(&mut self, id: NodeId, taken: Taken<T>) {
        self.buffers[taken.place as usize] = taken.data;
        self.places[id.index()] = taken.place;
    }

    /// A buffer of `len` elements of unspecified content that belongs to no node.
    pub fn scratch(&mut self, len: usize) -> Taken<T> {
        let place = self.acquire(len);
        let mut data = std::mem::take(&mut self.buffers[place as usize]);
        poison(&mut data);
        Taken { place, data }
    }

    #[inline]
    fn acquire(&mut self, len: usize) -> Place {
        let class = size_class(len);
        self.live += len;
        self.peak = self.peak.max(self.live);
        let place = self.first_free[class];
        if place == 0 {
            return self.grow(len, class);
        }
        self.first_free[class] = self.next_free[place as usize];
        let buffer = &mut self.buffers[place as usize];
        if buffer.len() != len {
            // Lengths within a class differ; the capacity is that of the class.
            buffer.resize(len, T::ZERO);
        }
        place
    }

    #[cold]
    fn grow(&mut self, len: usize, class: usize) -> Place {
        let mut buffer = Vec::with_capacity(class_capacity(class));
        buffer.resize(len, T::ZERO);
        self.buffers.push(buffer);
        self.next_free.push(0);
        (self.buffers.len() - 1) as Place
    }

    #[inline]
    fn release(&mut self, place: Place) {
        let len = self.buffers[place as usize].len();
        self.live -= len.min(self.live);
        let first = &mut self.first_free[size_class(len)];
        self.next_free[place as usize] = std::mem::replace(first, place);
    }
}

/// An adjoint moved out of the pool.
pub(crate) struct Taken<T> {
    place: Place,
    pub data: Vec<T>,
}

/// Classes of all lengths that fit in memory.
const CLASSES: usize = 4 * usize::BITS as usize;

/// Four classes an octave: at most a quarter of a buffer is wasted.
#[inline]
fn size_class(len: usize) -> usize {
    if len <= 4 {
        return len;
    }
    let octave = (usize::BITS - 1 - (len - 1).leading_zeros()) as usize;
    // Quarters of the octave, counted from its start: 0 to 3.
    let quarter = ((len - 1) >> (octave - 2)) & 3;
    octave * 4 + quarter - 3
}

/// The largest length of a class.
fn class_capacity(class: usize) -> usize {
    if class <= 4 {
        return class;
    }
    let (octave, quarter) = (class.div_ceil(4), (class + 3) % 4);
    (4 + quarter + 1) << (octave - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_their_lengths_and_waste_at_most_a_quarter() {
        for len in (0..5000).chain([1 << 20, (1 << 20) + 1, 3 << 30]) {
            let capacity = class_capacity(size_class(len));
            assert!(capacity >= len, "{len}");
            assert!(capacity * 3 <= len * 4 || len <= 4, "{len}: {capacity}");
            assert_eq!(size_class(capacity), size_class(len), "{len}");
        }
    }
}
