//! Where a number lies on an axis: linear or logarithmic, and all that lies on neither.

/// How an axis or a colour bar measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal distances.
    Linear,
    /// Equal ratios are equal distances; a decade has length 1.
    Log,
}

/// Where a number lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// On the axis, in its own measure: the value, or its decimal logarithm.
    At(f64),
    /// An exact zero on a log axis.
    Zero,
    /// Plus infinity, or so large that a linear axis would overflow.
    Above,
    /// Minus infinity or as far down, and what is negative on a log axis.
    Below,
    /// Not a number.
    Undefined,
}

impl Scale {
    pub(super) fn place(self, value: f64) -> Place {
        if value.is_nan() {
            Place::Undefined
        } else if value > self.end() {
            Place::Above
        } else if value < -self.end() || (self == Self::Log && value < 0.0) {
            Place::Below
        } else if self == Self::Log && value == 0.0 {
            Place::Zero
        } else {
            Place::At(if self == Self::Log {
                value.log10()
            } else {
                value
            })
        }
    }

    /// The largest value with a position.
    fn end(self) -> f64 {
        match self {
            // Short of overflow, so that the span of any two positions is a number.
            Self::Linear => 1e300,
            Self::Log => f64::MAX,
        }
    }

    pub(super) fn position(self, value: f64) -> Option<f64> {
        match self.place(value) {
            Place::At(position) => Some(position),
            _ => None,
        }
    }
}

/// A range of positions, `low < high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Interval {
    /// The smallest range that holds all `positions`; it may have no width.
    pub(super) fn around(positions: impl IntoIterator<Item = f64>) -> Option<Self> {
        positions
            .into_iter()
            .map(|p| Self { low: p, high: p })
            .reduce(Self::union)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    pub(super) fn span(self) -> f64 {
        self.high - self.low
    }

    pub(super) fn widened(self, by: f64) -> Self {
        Self {
            low: self.low - by,
            high: self.high + by,
        }
    }

    /// `self`, or a range around it when it is too narrow to have distinct ticks.
    pub(super) fn with_width(self, scale: Scale) -> Self {
        let magnitude = self.low.abs().max(self.high.abs());
        match scale {
            Scale::Log if self.span() < 1e-6 => self.widened(0.5),
            // Below 1e-280 the powers of ten of the labels would underflow.
            Scale::Linear if magnitude < 1e-280 => Self {
                low: -1.0,
                high: 1.0,
            },
            Scale::Linear if self.span() <= 1e-12 * magnitude => self.widened(0.1 * magnitude),
            _ => self,
        }
    }
}

/// An axis on the page: an interval of positions laid over pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruler {
    pub(super) scale: Scale,
    pub(super) interval: Interval,
    /// Pixel of the interval's low end.
    pub(super) from: f64,
    /// Pixel of its high end.
    pub(super) to: f64,
}

impl Ruler {
    pub(super) fn pixel(&self, position: f64) -> f64 {
        let fraction = (position - self.interval.low) / self.interval.span();
        self.from + fraction * (self.to - self.from)
    }

    /// The pixel of a value that has a place.
    pub(super) fn locate(&self, value: f64) -> Option<f64> {
        self.scale
            .position(value)
            .map(|position| self.pixel(position))
    }
}
