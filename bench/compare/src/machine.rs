//! The machine of the measurement, and the versions that were measured.

use std::fs;
use std::process::Command;

/// Returns one line for each fact.
pub fn facts() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<_> = cpu.lines().filter_map(|line| line.strip_prefix("model name")?.split(':').nth(1)).collect();
    [
        stdout("date", &["-u", "+%F"]),
        format!("{} ×{}", models.first().unwrap_or(&"").trim(), models.len()),
        stdout("uname", &["-sr"]),
        stdout("rustc", &["--version"]),
        versions(),
    ]
    .join("\n")
}

fn stdout(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}

/// Returns the versions of the compared libraries and of their main dependencies.
fn versions() -> String {
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    let version = |name: &str| {
        let package = lock.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{name}\"\n")))?;
        let version = package.lines().find_map(|line| line.strip_prefix("version = "))?;
        Some(format!("{name} {}", version.trim_matches('"')))
    };
    let names = ["claudette-core", "rig", "genai", "reqwest", "hyper", "tokio", "serde_json"];
    names.into_iter().filter_map(version).collect::<Vec<_>>().join(", ")
}
