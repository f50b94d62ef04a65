//! Ctrl-C and termination: noted by the signal, obeyed at the next safe point.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A request to stop, shared by everything that can stop. Clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// The number of the signal that came, 0 before.
    signal: Arc<AtomicUsize>,
    /// Whether one has come, so that the next does not wait.
    come: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens to Ctrl-C (SIGINT) and SIGTERM: the first is noted, a second ends the process at
    /// once.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn listen(&self) -> io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            // In this order: the handler that ends the process must not see the first signal's own note.
            flag::register_conditional_shutdown(signal, exit_code(signal), Arc::clone(&self.come))?;
            flag::register(signal, Arc::clone(&self.come))?;
            flag::register_usize(signal, Arc::clone(&self.signal), signal as usize)?;
        }
        Ok(())
    }

    /// Notes a signal as if it had come.
    pub fn raise(&self, signal: i32) {
        self.signal.store(signal as usize, Ordering::SeqCst);
    }

    /// Stops here if a signal has come.
    ///
    /// # Errors
    /// [`Interrupted`] after a signal.
    pub fn check(&self) -> Result<(), Interrupted> {
        match self.signal.load(Ordering::SeqCst) {
            0 => Ok(()),
            signal => Err(Interrupted {
                signal: signal as i32,
            }),
        }
    }
}

/// A run that was asked to stop, and did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted {
    /// The signal's number.
    pub signal: i32,
}

impl Interrupted {
    /// What a shell expects of a process that this signal ended: 130 after Ctrl-C, 143 after
    /// SIGTERM.
    pub fn exit_code(self) -> u8 {
        exit_code(self.signal) as u8
    }
}

fn exit_code(signal: i32) -> i32 {
    128 + signal
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signal {
            SIGINT => f.write_str("interrupted"),
            SIGTERM => f.write_str("terminated"),
            other => write!(f, "stopped by signal {other}"),
        }
    }
}

impl std::error::Error for Interrupted {}
