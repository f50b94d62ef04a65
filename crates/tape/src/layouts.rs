//! Interned layouts: equal id means equal shape and strides.

use std::collections::HashMap;

use wengert_kernels::{Layout, Shape};

/// Index of an interned layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LayoutId(u32);

struct Interned {
    layout: Layout,
    /// Number of elements.
    len: usize,
    /// The layout of the same shape without gaps.
    contiguous: LayoutId,
}

/// All layouts a tape has met; they survive its reset.
pub(crate) struct Layouts {
    interned: Vec<Interned>,
    index: HashMap<Layout, LayoutId>,
    /// The layouts found last, by a cheap hash: hashing for `index` costs more than recording an op.
    recent: [LayoutId; 64],
}

impl Layouts {
    pub fn new() -> Self {
        let mut layouts = Self {
            interned: Vec::new(),
            index: HashMap::new(),
            recent: [LayoutId(0); 64],
        };
        layouts.intern_contiguous(Shape::SCALAR);
        layouts
    }

    #[inline]
    pub fn get(&self, id: LayoutId) -> &Layout {
        &self.interned[id.0 as usize].layout
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self, id: LayoutId) -> usize {
        self.interned[id.0 as usize].len
    }

    /// The layout of the same shape without gaps; `id` itself if it has none.
    #[inline]
    pub fn contiguous(&self, id: LayoutId) -> LayoutId {
        self.interned[id.0 as usize].contiguous
    }

    #[inline]
    pub fn intern_contiguous(&mut self, shape: Shape) -> LayoutId {
        self.intern(&Layout::contiguous(shape))
    }

    #[inline]
    pub fn intern(&mut self, layout: &Layout) -> LayoutId {
        let slot = slot(layout);
        if let Some(known) = self.interned.get(self.recent[slot].0 as usize)
            && known.layout == *layout
        {
            return self.recent[slot];
        }
        let id = match self.index.get(layout) {
            Some(&id) => id,
            None => self.insert(layout),
        };
        self.recent[slot] = id;
        id
    }

    #[cold]
    fn insert(&mut self, layout: &Layout) -> LayoutId {
        let dense = Layout::contiguous(layout.shape());
        let contiguous = (*layout != dense).then(|| self.intern(&dense));
        let id = LayoutId(self.interned.len() as u32);
        self.interned.push(Interned {
            layout: *layout,
            len: layout.shape().len(),
            contiguous: contiguous.unwrap_or(id),
        });
        self.index.insert(*layout, id);
        id
    }
}

/// Mixes the four sizes and strides into an index of `Layouts::recent`.
#[inline]
fn slot(layout: &Layout) -> usize {
    let shape = layout.shape();
    let words = shape.slots().into_iter().zip(layout.strides());
    let mixed = words.fold(shape.rank() as u64, |h, (size, stride)| {
        (h ^ size as u64 ^ (stride as u64).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    });
    (mixed >> 58) as usize
}
