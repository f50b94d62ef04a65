//! A figure as data, drawn as SVG: what the studies plot, and nothing else.
//!
//! A [`Figure`] is a grid of [`Panel`]s, a panel two [`Axis`] and marks upon them. Marks with
//! the same label, in any panel, have the same colour and one legend entry. Labels understand
//! `x^{up}` and `x_{down}`.
//!
//! Nothing is dropped in silence: on a log axis exact zeros get a row below the axis, lines are
//! split and marked where a value is NaN or infinite, and what has no place on x is counted in a
//! note. The same figure gives the same bytes.

mod csv;
mod decor;
mod extent;
mod gaps;
mod heat;
mod layout;
mod marks;
mod pictures;
mod references;
mod scale;
mod style;
mod svg;
mod text;
mod ticks;
mod vega;

pub use pictures::Pictures;
pub use scale::Scale;
pub(crate) use svg::escape;

/// What a run directory keeps of a figure.
pub trait Drawing {
    /// A self-contained SVG document, light with a dark variant.
    fn to_svg(&self) -> String;

    /// The numbers drawn.
    fn to_csv(&self) -> String;

    /// A Vega-Lite specification with its data inline, to draw it anew: in the Vega editor, or
    /// from Python or JavaScript. It has the ranges and the colours of the SVG.
    fn to_vega_lite(&self) -> String;
}

/// A grid of panels under one title and one legend.
#[derive(Clone, Debug)]
pub struct Figure {
    title: String,
    description: String,
    panels: Vec<Panel>,
    columns: usize,
    shared_x: bool,
    shared_y: bool,
}

impl Figure {
    /// A figure without panels; `description` says in a sentence or two what is to be seen, for
    /// readers who do not see it (the SVG's `<desc>`).
    pub fn new(title: &str, description: &str) -> Self {
        Self {
            title: title.into(),
            description: description.into(),
            panels: Vec::new(),
            columns: 1,
            shared_x: false,
            shared_y: false,
        }
    }

    /// Adds a panel, after those before it: left to right, then down.
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// Sets the panels beside each other to `columns`, at least 1; one by default.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns.max(1);
        self
    }

    /// Gives all panels, whose x axes must have one scale, one range, written only below each
    /// column.
    pub fn share_x(mut self) -> Self {
        self.shared_x = true;
        self
    }

    /// Gives all panels, whose y axes must have one scale, one range, written only left of each
    /// row.
    pub fn share_y(mut self) -> Self {
        self.shared_y = true;
        self
    }
}

impl Drawing for Figure {
    /// # Panics
    /// When a shared axis is linear in one panel and logarithmic in another.
    fn to_svg(&self) -> String {
        layout::render(self)
    }

    /// One mark a line: `panel,mark,series,x,y,high,value`. A band has its lower end in `y` and its
    /// upper in `high`; a cell of a heat map has a `value`.
    fn to_csv(&self) -> String {
        csv::render(self)
    }

    /// What an axis cannot place is null in its line's data, which break there, and in a layer of
    /// signs: exact zeros of a log axis as dots in a row under it, the rest at the plot's edges.
    /// Series of more than 5000 points are thinned and small cells of heat maps merged, to what
    /// can be seen; the CSV has all.
    fn to_vega_lite(&self) -> String {
        vega::figure(self)
    }
}

/// One plot: two axes and the marks drawn upon them, in the order they were added.
#[derive(Clone, Debug)]
pub struct Panel {
    title: String,
    x: Axis,
    y: Axis,
    marks: Vec<Mark>,
}

impl Panel {
    /// An empty plot.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            title: String::new(),
            x,
            y,
            marks: Vec::new(),
        }
    }

    /// Writes `title` above the plot.
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.into();
        self
    }

    /// A line through (x\[i\], y\[i\]) in the given order. An empty label has no legend entry.
    ///
    /// # Panics
    /// When the lengths differ.
    #[track_caller]
    pub fn line(self, label: &str, x: &[f64], y: &[f64]) -> Self {
        self.mark(Mark::Line {
            points: Points::new(label, x, y),
            dashed: false,
        })
    }

    /// As [`Panel::line`], dashed: a prediction or bound beside what was measured.
    ///
    /// # Panics
    /// When the lengths differ.
    #[track_caller]
    pub fn dashed(self, label: &str, x: &[f64], y: &[f64]) -> Self {
        self.mark(Mark::Line {
            points: Points::new(label, x, y),
            dashed: true,
        })
    }

    /// A symbol at each (x\[i\], y\[i\]).
    ///
    /// # Panics
    /// When the lengths differ.
    #[track_caller]
    pub fn points(self, label: &str, x: &[f64], y: &[f64]) -> Self {
        self.mark(Mark::Scatter(Points::new(label, x, y)))
    }

    /// A shaded band from low\[i\] to high\[i\] along x.
    ///
    /// # Panics
    /// When the lengths differ.
    #[track_caller]
    pub fn band(self, label: &str, x: &[f64], low: &[f64], high: &[f64]) -> Self {
        assert_eq!(
            x.len(),
            high.len(),
            "band {label:?}: x and high have different lengths"
        );
        self.mark(Mark::Band {
            low: Points::new(label, x, low),
            high: high.into(),
        })
    }

    /// A bar for each category of the x axis; a second call puts its bars beside the first's.
    ///
    /// # Panics
    /// When there is not one value for each category.
    #[track_caller]
    pub fn bars(self, label: &str, values: &[f64]) -> Self {
        let categories = self.x.categories.len();
        assert_eq!(
            values.len(),
            categories,
            "bars {label:?}: not one value for each category"
        );
        let x: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
        self.mark(Mark::Bars(Points::new(label, &x, values)))
    }

    /// A dashed line across the panel at `y`, with its label where it crosses no curve.
    pub fn horizontal(self, label: &str, y: f64) -> Self {
        self.mark(Mark::Reference {
            label: label.into(),
            at: y,
            vertical: false,
        })
    }

    /// A dashed line up the panel at `x`, with its label where it crosses no curve.
    pub fn vertical(self, label: &str, x: f64) -> Self {
        self.mark(Mark::Reference {
            label: label.into(),
            at: x,
            vertical: true,
        })
    }

    /// A cell for each (x\[j\], y\[i\]) coloured by values\[i * `x.len()` + j\]; x and y are centres, in
    /// ascending order. The colour bar is called `label`. Cells under 2 pixels are drawn as
    /// blocks of their mean on the colour scale.
    ///
    /// # Panics
    /// When there is not one value for each cell, there is no cell, or the centres do not ascend
    /// on the panel's axes.
    #[track_caller]
    pub fn heat(self, label: &str, colour: Scale, x: &[f64], y: &[f64], values: &[f64]) -> Self {
        let cells = x.len() * y.len();
        assert!(
            cells > 0 && cells == values.len(),
            "heat {label:?}: not one value for each cell"
        );
        for (axis, centres) in [(&self.x, x), (&self.y, y)] {
            let placed = centres
                .iter()
                .all(|centre| axis.scale.position(*centre).is_some());
            let ascending = centres.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(
                placed && ascending,
                "heat {label:?}: centres do not ascend on {:?}",
                axis.label
            );
        }
        let (x, y, values) = (x.into(), y.into(), values.into());
        self.mark(Mark::Heat(Heat {
            label: label.into(),
            colour,
            x,
            y,
            values,
        }))
    }

    fn mark(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }
}

/// What one direction of a panel measures.
#[derive(Clone, Debug)]
pub struct Axis {
    label: String,
    scale: Scale,
    range: Option<(f64, f64)>,
    categories: Vec<String>,
}

impl Axis {
    /// A linear axis called `label`, unit included.
    pub fn linear(label: &str) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Linear,
            range: None,
            categories: Vec::new(),
        }
    }

    /// A logarithmic axis called `label`.
    pub fn log(label: &str) -> Self {
        Self {
            scale: Scale::Log,
            ..Self::linear(label)
        }
    }

    /// Named places 0, 1, ... instead of numbers.
    pub fn categories(label: &str, names: &[&str]) -> Self {
        let categories = names.iter().map(|name| (*name).into()).collect();
        Self {
            categories,
            ..Self::linear(label)
        }
    }

    /// Fixes the ends instead of taking them from the marks, which are cut off there.
    ///
    /// # Panics
    /// Unless `low < high` and both have a place on the axis.
    #[track_caller]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        let placed = self.scale.position(low).is_some() && self.scale.position(high).is_some();
        assert!(
            placed && low < high,
            "axis {:?}: no range {low} to {high}",
            self.label
        );
        self.range = Some((low, high));
        self
    }
}

#[derive(Clone, Debug)]
enum Mark {
    Line {
        points: Points,
        dashed: bool,
    },
    Scatter(Points),
    Band {
        low: Points,
        high: Vec<f64>,
    },
    Bars(Points),
    Reference {
        label: String,
        at: f64,
        vertical: bool,
    },
    Heat(Heat),
}

impl Mark {
    /// The label that the legend and the colours go by.
    fn series(&self) -> Option<&str> {
        match self {
            Self::Line { points, .. } | Self::Scatter(points) | Self::Bars(points) => {
                Some(&points.label)
            }
            Self::Band { low, .. } => Some(&low.label),
            Self::Reference { .. } | Self::Heat(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Points {
    label: String,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Points {
    #[track_caller]
    fn new(label: &str, x: &[f64], y: &[f64]) -> Self {
        assert_eq!(
            x.len(),
            y.len(),
            "{label:?}: x and y have different lengths"
        );
        Self {
            label: label.into(),
            x: x.into(),
            y: y.into(),
        }
    }
}

#[derive(Clone, Debug)]
struct Heat {
    label: String,
    colour: Scale,
    x: Vec<f64>,
    y: Vec<f64>,
    values: Vec<f64>,
}
