//! The program `claudette-chat`.

use std::process::ExitCode;

fn main() -> ExitCode {
    claudette_cli::run(|_| Ok(claudette::tools![]))
}
