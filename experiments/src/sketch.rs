//! A curve on the terminal, in Braille dots: enough to see how a training went.

use crate::table::significant;

/// Dots of a character: across and down.
const CELL: (usize, usize) = (2, 4);
/// Bits of a Braille character's dots, by row and column (Unicode 16, block 2800).
const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// The line through (x\[i\], y\[i\]) under its `title`: `width` characters wide with the labels of
/// its axes, `height` lines high without them and the title. What is not finite is left out, which
/// breaks the line, and the title says of how many points.
///
/// # Panics
/// When x and y have different lengths.
#[track_caller]
pub fn sketch(title: &str, x: &[f64], y: &[f64], width: usize, height: usize) -> String {
    assert_eq!(
        x.len(),
        y.len(),
        "sketch {title:?}: x and y have different lengths"
    );
    let points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    let runs: Vec<&[(f64, f64)]> = points
        .split(|(x, y)| !(x.is_finite() && y.is_finite()))
        .collect();
    let shown: usize = runs.iter().map(|run| run.len()).sum();
    let title = match points.len() - shown {
        0 => format!("{title}\n"),
        left => format!("{title} ({left} of {} points not finite)\n", points.len()),
    };
    let (Some(across), Some(upward)) = (
        Range::of(runs.iter().flat_map(|run| run.iter().map(|(x, _)| *x))),
        Range::of(runs.iter().flat_map(|run| run.iter().map(|(_, y)| *y))),
    ) else {
        return title;
    };
    let labels = [upward.high, upward.low].map(|value| significant(value, 4));
    let margin = labels.iter().map(String::len).max().unwrap_or(0);
    let mut canvas = Canvas::new(width.saturating_sub(margin + 2).max(8), height.max(2));
    for run in runs {
        let (right, bottom) = (canvas.columns * CELL.0 - 1, canvas.rows * CELL.1 - 1);
        let dot = |(x, y): &(f64, f64)| {
            (
                across.part(*x) * right as f64,
                (1.0 - upward.part(*y)) * bottom as f64,
            )
        };
        let dots: Vec<(f64, f64)> = run.iter().map(dot).collect();
        canvas.polyline(&dots);
    }
    let mut text = title;
    for (row, line) in canvas.lines().enumerate() {
        let label = match row {
            0 => &labels[0],
            _ if row + 1 == canvas.rows => &labels[1],
            _ => "",
        };
        let rule = if label.is_empty() { '│' } else { '┤' };
        text.push_str(format!("{label:>margin$} {rule}{line}").trim_end());
        text.push('\n');
    }
    let ends = [across.low, across.high].map(|value| significant(value, 6));
    let room = canvas.columns.saturating_sub(ends[0].len());
    let (blank, start, end) = ("", &ends[0], &ends[1]);
    text + &format!("{blank:margin$}  {start}{end:>room$}\n")
}

/// The finite values from lowest to highest.
#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let each = values.map(|value| Self {
            low: value,
            high: value,
        });
        each.reduce(|a, b| Self {
            low: a.low.min(b.low),
            high: a.high.max(b.high),
        })
    }

    /// How far up `value` is, from 0 to 1; halfway where all values are one.
    fn part(self, value: f64) -> f64 {
        // Halves, because the span of two finite numbers may be infinite.
        let span = 0.5 * self.high - 0.5 * self.low;
        if span == 0.0 {
            0.5
        } else {
            (0.5 * value - 0.5 * self.low) / span
        }
    }
}

/// Dots, many to a character.
struct Canvas {
    columns: usize,
    rows: usize,
    cells: Vec<u32>,
}

impl Canvas {
    fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            cells: vec![0; columns * rows],
        }
    }

    /// Sets the dots along the straight lines between `points`, which are counted in dots from the
    /// upper left.
    fn polyline(&mut self, points: &[(f64, f64)]) {
        for (i, to) in points.iter().enumerate() {
            let from = points[i.saturating_sub(1)];
            let steps = (to.0 - from.0)
                .abs()
                .max((to.1 - from.1).abs())
                .ceil()
                .max(1.0);
            for step in 0..=steps as usize {
                let part = step as f64 / steps;
                let between = |a: f64, b: f64| (a + part * (b - a)).round() as usize;
                self.set(between(from.0, to.0), between(from.1, to.1));
            }
        }
    }

    fn set(&mut self, x: usize, y: usize) {
        self.cells[y / CELL.1 * self.columns + x / CELL.0] |= BITS[y % CELL.1][x % CELL.0];
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let character = |bits: &u32| match bits {
            0 => ' ',
            bits => char::from_u32(0x2800 + bits).unwrap_or(' '),
        };
        self.cells
            .chunks(self.columns)
            .map(move |row| row.iter().map(character).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let text = sketch("loss", &[0.0, 10.0], &[1.0, 2.5], 13, 3);
        let expected = "\
loss
2.5 ┤     ⢀⠔⠊
    │  ⢀⡠⠊⠁
  1 ┤⡠⠔⠁
     0     10
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_not_finite_breaks_the_line_and_is_counted() {
        let y = [1.0, f64::NAN, f64::INFINITY, 1.0, 2.0];
        let text = sketch("loss", &[0.0, 1.0, 2.0, 3.0, 4.0], &y, 20, 2);
        assert!(
            text.starts_with("loss (2 of 5 points not finite)\n"),
            "{text}"
        );
        assert!(text.lines().nth(2).unwrap().contains("┤⡀      "), "{text}");
    }

    #[test]
    fn a_constant_a_point_and_nothing_have_a_sketch() {
        let constant = sketch("c", &[0.0, 9.0], &[0.25, 0.25], 20, 3);
        assert_eq!(
            constant.lines().nth(2).unwrap().matches('⠤').count(),
            14,
            "{constant}"
        );
        let dots = |c: &char| ('\u{2801}'..='\u{28ff}').contains(c);
        let point = sketch("p", &[3.0], &[7.0], 20, 3);
        assert_eq!(point.chars().filter(dots).count(), 1, "{point}");
        assert_eq!(
            sketch("n", &[0.0], &[f64::NAN], 20, 3),
            "n (1 of 1 points not finite)\n"
        );
        assert_eq!(sketch("n", &[], &[], 20, 3), "n\n");
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let x: Vec<f64> = (0..1000).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| (x / 30.0).sin() * 1e-7).collect();
        let text = sketch("t", &x, &y, 60, 8);
        assert!(
            text.lines().all(|line| line.chars().count() <= 60),
            "{text}"
        );
        assert_eq!(text.lines().count(), 10);
        assert!(sketch("wide", &[-1e308, 1e308], &[-1e308, 1e308], 60, 4).contains('⠁'));
    }
}
