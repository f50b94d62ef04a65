//! The `experiment` binary: hands the command line to the library.

use std::io;
use std::process::ExitCode;

use wengert_experiments::{cli, studies};

fn main() -> ExitCode {
    let code = cli::run(
        std::env::args_os(),
        studies::ALL,
        &mut io::stdout(),
        &mut io::stderr(),
    );
    ExitCode::from(code)
}
