//! One growing block of values, kept at its high-water mark.

use wengert_kernels::Real;

/// Values and workspaces of all nodes, in recording order.
pub(crate) struct Arena<T> {
    data: Vec<T>,
    used: usize,
}

impl<T: Real> Arena<T> {
    pub fn new() -> Self {
        Self {
            data: Vec::new(),
            used: 0,
        }
    }

    /// Forgets all values, keeps the memory.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Forgets the values from the `used`-th on, keeps the memory.
    pub fn truncate(&mut self, used: usize) {
        self.used = used;
    }

    /// Elements in use.
    #[inline]
    pub fn used(&self) -> usize {
        self.used
    }

    /// The elements in use.
    #[inline]
    pub fn values(&self) -> &[T] {
        &self.data[..self.used]
    }

    #[inline]
    pub fn slice_mut(&mut self, start: usize, len: usize) -> &mut [T] {
        &mut self.data[start..start + len]
    }

    /// Appends `len` elements of unspecified content; returns what was there and the new ones.
    #[inline]
    pub fn extend(&mut self, len: usize) -> (&[T], &mut [T]) {
        let end = self.used + len;
        if end > self.data.len() {
            // No further: memory that is reserved, but never written, takes no room.
            self.data.resize(end, T::ZERO);
        }
        let (before, rest) = self.data.split_at_mut(self.used);
        self.used = end;
        let new = &mut rest[..len];
        poison(new);
        (before, new)
    }
}

/// In debug builds, fills memory about to be written with NaN: a kernel that forgets an element
/// would otherwise return the last step's number.
#[inline]
pub(crate) fn poison<T: Real>(memory: &mut [T]) {
    if cfg!(debug_assertions) {
        memory.fill(T::NAN);
    }
}
