//! Where everything goes: margins from measured labels, panels in a grid, then the drawing.

use super::decor::Names;
use super::scale::{Interval, Ruler, Scale};
use super::svg::{self, Px, Svg};
use super::ticks::{self, Ticks};
use super::{Axis, Figure, Mark, Panel, decor, extent, heat, marks, style};

/// Free around the figure.
pub(super) const BORDER: f64 = 10.0;
/// Between two panels, and right of the last tick label.
const GAP: f64 = 16.0;
/// More names than this below a panel take a wide figure.
const CROWD: usize = 40;

/// The labels of a figure's series; the index of one is its colour.
pub(super) struct Palette(Vec<String>);

impl Palette {
    pub(super) fn of(figure: &Figure) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let marks = figure.panels.iter().flat_map(|panel| &panel.marks);
        for label in marks.filter_map(Mark::series) {
            if !labels.iter().any(|known| known == label) {
                labels.push(label.into());
            }
        }
        Self(labels)
    }

    pub(super) fn index(&self, label: &str) -> usize {
        self.0.iter().position(|known| known == label).unwrap_or(0)
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().map(String::as_str).enumerate()
    }
}

/// A panel on the page. Its coordinates start at the upper left of its frame.
pub(super) struct Plot<'a> {
    pub(super) panel: &'a Panel,
    pub(super) palette: &'a Palette,
    pub(super) x: Ruler,
    pub(super) y: Ruler,
    pub(super) x_ticks: Ticks,
    pub(super) y_ticks: Ticks,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Height of the rows of zeros under the frame.
    pub(super) floor: f64,
    pub(super) labels_x: bool,
    pub(super) labels_y: bool,
    pub(super) names: Names,
    /// Room under the axis for its labels.
    pub(super) x_room: f64,
    /// Room left of the axis, the same in a column.
    pub(super) y_room: f64,
}

impl Plot<'_> {
    /// Room across for one tick label.
    pub(super) fn slot(&self) -> f64 {
        slot(self.panel, self.width)
    }

    /// Room under the frame.
    fn foot(&self) -> f64 {
        let swatches = self.panel.marks.iter().filter_map(|mark| match mark {
            Mark::Heat(cells) => Some(heat::swatch_room(cells)),
            _ => None,
        });
        swatches.fold(self.floor + self.x_room, f64::max)
    }
}

/// Draws the whole document.
pub(super) fn render(figure: &Figure) -> String {
    let palette = Palette::of(figure);
    let columns = figure.columns.min(figure.panels.len()).max(1);
    let crowded = figure
        .panels
        .iter()
        .any(|panel| panel.x.categories.len() > CROWD);
    let width = if columns < 3 && !crowded {
        640.0
    } else {
        800.0
    };
    let mut body = Svg::default();
    let mut top = body.title(&figure.title, BORDER, width);
    top += decor::draw_legend(&mut body, figure, &palette, (BORDER, width - BORDER), top);
    let plots = arrange(figure, &palette, columns, width);
    let (mut kinds, mut lost) = (Vec::new(), 0);
    for row in plots.chunks(columns) {
        let titled = row.iter().any(|plot| !plot.panel.title.is_empty());
        top += if titled { 24.0 } else { 10.0 };
        let mut left = 0.0;
        for (column, plot) in row.iter().enumerate() {
            left += plot.y_room;
            body.put(format_args!(
                r#"<g transform="translate({} {})">"#,
                Px(left),
                Px(top)
            ));
            let (found, missing) = draw(&mut body, plot);
            body.put(format_args!("</g>"));
            kinds.extend(found);
            lost += missing;
            left += plot.width + right_room(figure, columns, column, plot.height);
        }
        top += row[0].height + row.iter().map(Plot::foot).fold(0.0, f64::max);
    }
    top += decor::draw_notes(&mut body, &kinds, lost, (BORDER, top + 4.0));
    let heading = [&figure.title, &figure.description].map(String::as_str);
    svg::document(heading, width, top + BORDER, &body)
}

/// Sizes every panel: heights are given, so the y labels are known, so the widths are.
fn arrange<'a>(
    figure: &'a Figure,
    palette: &'a Palette,
    columns: usize,
    width: f64,
) -> Vec<Plot<'a>> {
    let panels = &figure.panels;
    let height = if panels.len() == 1 { 300.0 } else { 180.0 };
    let (xs, ys) = axes(figure);
    let y_ticks = |index: usize| {
        let axis = &panels[index].y;
        named(axis).unwrap_or_else(|| ticks::upright(axis.scale, ys[index], height))
    };
    let labels_y = |index: usize| !figure.shared_y || index.is_multiple_of(columns);
    let labels_x = |index: usize| !figure.shared_x || index + columns >= panels.len();
    let left_room = |column: usize| {
        let labelled = (column..panels.len())
            .step_by(columns)
            .filter(|i| labels_y(*i));
        let rooms = labelled.map(|i| decor::y_room(&panels[i].y.label, &y_ticks(i)));
        rooms.fold(BORDER, f64::max)
    };
    let rooms: f64 = (0..columns)
        .map(|c| left_room(c) + right_room(figure, columns, c, height))
        .sum();
    let width = (width - rooms) / columns as f64;
    let plots = panels.iter().enumerate().map(|(index, panel)| {
        let (x, y) = (xs[index], ys[index]);
        let x_ticks =
            named(&panel.x).unwrap_or_else(|| ticks::level(panel.x.scale, x, width, style::TICK));
        let (names, x_room) = decor::x_room(&panel.x.label, &x_ticks, slot(panel, width));
        Plot {
            panel,
            palette,
            x: Ruler {
                scale: panel.x.scale,
                interval: x,
                from: 0.0,
                to: width,
            },
            y: Ruler {
                scale: panel.y.scale,
                interval: y,
                from: height,
                to: 0.0,
            },
            x_ticks,
            y_ticks: y_ticks(index),
            width,
            height,
            floor: floor(figure, columns, index),
            labels_x: labels_x(index),
            labels_y: labels_y(index),
            names,
            x_room: if labels_x(index) { x_room } else { 0.0 },
            y_room: left_room(index % columns),
        }
    });
    plots.collect()
}

/// Height of the rows of zeros under panel `index`: the same along a row that shares its y axis.
fn floor(figure: &Figure, columns: usize, index: usize) -> f64 {
    let row = match index / columns * columns {
        start if figure.shared_y => start..figure.panels.len().min(start + columns),
        _ => index..index + 1,
    };
    figure.panels[row]
        .iter()
        .map(marks::floor)
        .fold(0.0, f64::max)
}

/// Room across for one tick label; numbers have been spaced already.
fn slot(panel: &Panel, width: f64) -> f64 {
    match panel.x.categories.len() {
        0 => f64::INFINITY,
        count => width / count as f64 - decor::SLOT_GAP,
    }
}

/// Room right of the plots of `column`.
fn right_room(figure: &Figure, columns: usize, column: usize, height: f64) -> f64 {
    let panels = figure.panels.iter().skip(column).step_by(columns);
    let bars = panels
        .flat_map(|panel| &panel.marks)
        .filter_map(|mark| match mark {
            Mark::Heat(cells) => Some(heat::bar_room(cells, height)),
            _ => None,
        });
    bars.fold(GAP, f64::max)
}

/// The ranges of the x axes and of the y axes of all panels.
pub(super) fn axes(figure: &Figure) -> (Vec<Interval>, Vec<Interval>) {
    let panels = &figure.panels;
    let across = |panel: &Panel| (panel.x.scale, extent::across(panel));
    let upward = |panel: &Panel| (panel.y.scale, extent::upward(panel));
    (
        ranges(panels, figure.shared_x, across),
        ranges(panels, figure.shared_y, upward),
    )
}

/// The range of one axis of each panel, or if `shared` of all of them for each.
fn ranges(
    panels: &[Panel],
    shared: bool,
    axis: impl Fn(&Panel) -> (Scale, Interval),
) -> Vec<Interval> {
    let (scales, own): (Vec<Scale>, Vec<Interval>) = panels.iter().map(axis).unzip();
    match own.iter().copied().reduce(Interval::union) {
        Some(all) if shared => {
            let one_scale = scales.windows(2).all(|pair| pair[0] == pair[1]);
            assert!(
                one_scale,
                "panels that share an axis need the same scale on it"
            );
            vec![all; own.len()]
        }
        _ => own,
    }
}

fn named(axis: &Axis) -> Option<Ticks> {
    (!axis.categories.is_empty()).then(|| Ticks::named(&axis.categories))
}

/// Draws one panel; returns the kinds of gaps that occurred and the points without a place.
fn draw(svg: &mut Svg, plot: &Plot<'_>) -> (Vec<super::gaps::Kind>, usize) {
    decor::draw_grid(svg, plot);
    // An inner document clips without an identifier, which would clash when several figures are
    // pasted into one page.
    let (width, height) = (Px(plot.width), Px(plot.height));
    svg.put(format_args!(
        r#"<svg width="{width}" height="{height}" overflow="hidden">"#
    ));
    let gaps = marks::draw(svg, plot);
    svg.put(format_args!("</svg>"));
    let kinds = marks::draw_gaps(svg, plot, &gaps);
    decor::draw_axes(svg, plot);
    for mark in &plot.panel.marks {
        if let Mark::Heat(cells) = mark {
            heat::draw_bar(svg, plot, cells);
        }
    }
    (kinds, marks::lost(&gaps))
}
