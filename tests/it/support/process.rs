//! Runs one test in a new process: with other environment variables, or as the first user of a global.

use std::process::Command;

/// Returns the name under which `--exact` finds a test; `module` is the `module_path!()` of the test.
pub fn exact_name(module: &str, test: &str) -> String {
    let (_, path) = module.split_once("::").unwrap();
    format!("{path}::{test}")
}

/// Returns the command that runs this test alone, in a new process of this binary.
pub fn run_alone(module: &str, test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &exact_name(module, test), "--nocapture"]);
    command
}
