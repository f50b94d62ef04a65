//! Progress on stderr: a bar on a terminal, an occasional line anywhere else.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::interrupt::{Interrupt, Interrupted};

/// Between two lines where there is no terminal to redraw.
const QUIET: Duration = Duration::from_secs(10);

/// The progress of one loop of known length. Clears itself when dropped.
pub struct Progress {
    label: String,
    total: u64,
    done: u64,
    interrupt: Interrupt,
    started: Instant,
    /// Steps that were done before.
    before: u64,
    display: Display,
}

enum Display {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// Shows `label` and `total` steps to come.
    pub(crate) fn new(label: &str, total: u64, interrupt: Interrupt) -> Self {
        let display = if io::stderr().is_terminal() {
            Display::Bar(bar(label, total))
        } else {
            Display::Lines {
                last: Instant::now(),
            }
        };
        Self {
            label: label.into(),
            total,
            done: 0,
            interrupt,
            started: Instant::now(),
            before: 0,
            display,
        }
    }

    /// So many steps were done before, by a run that this one goes on with.
    pub fn jump(&mut self, done: u64) {
        (self.done, self.before) = (done, done);
        if let Display::Bar(bar) = &self.display {
            bar.set_position(done);
            bar.reset_eta();
        }
    }

    /// One step is done; `note` is shown beside the bar (a loss, say) when not empty.
    ///
    /// # Errors
    /// When the run was asked to stop.
    pub fn step(&mut self, note: &str) -> Result<(), Interrupted> {
        self.done += 1;
        match &mut self.display {
            Display::Bar(bar) => {
                bar.set_message(note.to_owned());
                bar.inc(1);
            }
            Display::Lines { last } if last.elapsed() >= QUIET => {
                *last = Instant::now();
                let line = self.line(note);
                // A closed stderr must not stop the work it would have told of.
                let _ = writeln!(io::stderr(), "{line}");
            }
            Display::Lines { .. } => {}
        }
        self.interrupt.check()
    }

    /// What a log has of a bar: `digits: 120/300  40.1/s  5 s left  loss 0.1`.
    fn line(&self, note: &str) -> String {
        let rate = (self.done - self.before) as f64 / self.started.elapsed().as_secs_f64();
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        let (label, done, total) = (&self.label, self.done, self.total);
        let mut line = format!("{label}: {done}/{total}  {rate:.1}/s  {left:.0} s left");
        if !note.is_empty() {
            let _ = write!(line, "  {note}");
        }
        line
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn bar(label: &str, total: u64) -> ProgressBar {
    // Without colours: nothing to switch off for NO_COLOR.
    let template = "{prefix} {wide_bar} {pos}/{len} {per_sec} [{elapsed} < {eta}] {msg}";
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    let bar = ProgressBar::new(total)
        .with_style(style)
        .with_prefix(label.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
