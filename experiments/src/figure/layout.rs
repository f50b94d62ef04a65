//! Where everything goes: margins from measured labels, panels in a grid, then the drawing.

use super::scale::{Interval, Ruler};
use super::svg::{Anchor, Px, Svg, escape};
use super::ticks::{self, Ticks};
use super::{Axis, Figure, Mark, Panel, decor, extent, heat, marks, style, text};

pub(super) const TICK_SIZE: f64 = 11.0;
pub(super) const LABEL_SIZE: f64 = 12.0;
const TITLE_SIZE: f64 = 14.0;
/// Free around the figure.
const BORDER: f64 = 10.0;
/// Between two panels, and right of the last tick label.
const GAP: f64 = 16.0;

/// The labels of a figure's series; the index of one is its colour.
pub(super) struct Palette(Vec<String>);

impl Palette {
    fn of(figure: &Figure) -> Self {
        let mut labels: Vec<String> = Vec::new();
        for label in figure
            .panels
            .iter()
            .flat_map(|p| &p.marks)
            .filter_map(Mark::series)
        {
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
    /// Whether the names below x are turned, because they would touch.
    pub(super) slanted: bool,
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
    let width = if columns < 3 { 640.0 } else { 800.0 };
    let mut body = Svg::default();
    let mut top = BORDER;
    for line in text::wrap(&figure.title, TITLE_SIZE, width - 2.0 * BORDER) {
        top += TITLE_SIZE + 3.0;
        body.text(
            style::TEXT,
            TITLE_SIZE,
            Anchor::Start,
            (BORDER, top - 4.0),
            &line,
        );
    }
    top += 4.0;
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
    document(figure, width, top + BORDER, &body)
}

fn document(figure: &Figure, width: f64, height: f64, body: &Svg) -> String {
    let (width, height) = (Px(width), Px(height));
    let title = escape(&text::plain(&figure.title));
    let description = escape(&figure.description);
    let (font, dark, page) = (style::FONT, style::dark(), style::PAGE);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{font}">
<title>{title}</title>
<desc>{description}</desc>
<style>
{dark}
</style>
<rect {page} width="{width}" height="{height}"/>
{}</svg>
"#,
        body.0
    )
}

/// Sizes every panel: heights are given, so the y labels are known, so the widths are.
fn arrange<'a>(
    figure: &'a Figure,
    palette: &'a Palette,
    columns: usize,
    width: f64,
) -> Vec<Plot<'a>> {
    let height = if figure.panels.len() == 1 {
        300.0
    } else {
        180.0
    };
    let xs = ranges(&figure.panels, figure.shared_x, extent::across);
    let ys = ranges(&figure.panels, figure.shared_y, extent::upward);
    let y_ticks: Vec<Ticks> = figure
        .panels
        .iter()
        .zip(&ys)
        .map(|(panel, range)| {
            named(&panel.y).unwrap_or_else(|| ticks::upright(panel.y.scale, *range, height))
        })
        .collect();
    let labelled_y = |index: usize| !figure.shared_y || index.is_multiple_of(columns);
    let y_rooms: Vec<f64> = (0..columns)
        .map(|column| {
            let indices = (column..figure.panels.len()).step_by(columns);
            let rooms = indices
                .filter(|i| labelled_y(*i))
                .map(|i| decor::y_room(&figure.panels[i].y.label, &y_ticks[i]) + 4.0);
            rooms.fold(BORDER, f64::max)
        })
        .collect();
    let rights: f64 = (0..columns)
        .map(|c| right_room(figure, columns, c, height))
        .sum();
    let plot_width = (width - y_rooms.iter().sum::<f64>() - rights) / columns as f64;
    let plots = figure
        .panels
        .iter()
        .zip(xs)
        .zip(ys)
        .zip(y_ticks)
        .enumerate();
    plots
        .map(|(index, (((panel, x), y), y_ticks))| {
            let x_ticks = named(&panel.x)
                .unwrap_or_else(|| ticks::level(panel.x.scale, x, plot_width, TICK_SIZE));
            let labels_x = !figure.shared_x || index + columns >= figure.panels.len();
            let (slanted, names) = decor::names_room(&x_ticks, slot(panel, plot_width));
            let label = if panel.x.label.is_empty() {
                0.0
            } else {
                LABEL_SIZE + 6.0
            };
            let floor = marks::floor_rows(panel) as f64 * marks::FLOOR_ROW;
            Plot {
                panel,
                palette,
                x: Ruler {
                    scale: panel.x.scale,
                    interval: x,
                    from: 0.0,
                    to: plot_width,
                },
                y: Ruler {
                    scale: panel.y.scale,
                    interval: y,
                    from: height,
                    to: 0.0,
                },
                x_ticks,
                y_ticks,
                width: plot_width,
                height,
                floor: if floor > 0.0 {
                    floor + marks::FLOOR_ROW
                } else {
                    0.0
                },
                labels_x,
                labels_y: labelled_y(index),
                slanted,
                x_room: if labels_x { names + label } else { 0.0 },
                y_room: y_rooms[index % columns],
            }
        })
        .collect()
}

/// Room across for one tick label; numbers have been spaced already.
fn slot(panel: &Panel, width: f64) -> f64 {
    match panel.x.categories.len() {
        0 => f64::INFINITY,
        count => width / count as f64 - 6.0,
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

/// The range of each panel, or of all of them for each.
fn ranges(panels: &[Panel], shared: bool, range: fn(&Panel) -> Interval) -> Vec<Interval> {
    let own: Vec<Interval> = panels.iter().map(range).collect();
    match own.iter().copied().reduce(Interval::union) {
        Some(all) if shared => vec![all; own.len()],
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
