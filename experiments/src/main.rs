//! The `experiment` binary: hands the command line to the library.

use std::process::ExitCode;
use std::{env, io, panic};

use wengert_experiments::interrupt::Interrupt;
use wengert_experiments::{cli, studies};

fn main() -> ExitCode {
    // A panic in a study is told as one line by `cli::run`; the hook would print it a second time.
    if env::var_os("RUST_BACKTRACE").is_none() {
        panic::set_hook(Box::new(|_| {}));
    }
    let interrupt = Interrupt::default();
    // Without handlers Ctrl-C ends the process at once, as it would without this program's care.
    let _ = interrupt.listen();
    let code = cli::run(
        env::args_os(),
        studies::ALL,
        &interrupt,
        &mut io::stdout(),
        &mut io::stderr(),
    );
    ExitCode::from(code)
}
