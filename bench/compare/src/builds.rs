//! The build time and the size of a program with one tool.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::process::Command;

use crate::figures::Figures;

const CLIENTS: [&str; 4] = ["ours", "baseline", "rig", "genai"];

/// Measures the CPU time of a clean build in seconds, and the size of the program in bytes.
pub fn measure(figures: &mut Figures, rounds: usize) -> Result<()> {
    for round in 1..=rounds {
        for client in CLIENTS {
            eprintln!("build {round}: {client} …");
            let (seconds, bytes) = build(client)?;
            figures.add("build", client, seconds);
            figures.add("size", client, bytes);
        }
    }
    Ok(())
}

fn build(client: &str) -> Result<(f64, f64)> {
    let target = Path::new("target/clean");
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    let program = format!("{client}-sums");
    let before = children_time()?;
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked", "--quiet", "--no-default-features", "--bin", &program])
        .args(["--manifest-path", &format!("compare/clients/{client}/Cargo.toml")])
        .arg("--target-dir")
        .arg(target)
        .status()?;
    if !built.success() {
        return Err(Error::other(format!("{program} does not build")));
    }
    let spent = children_time()? - before;
    let size = fs::metadata(target.join("release").join(program))?.len();
    fs::remove_dir_all(target)?;
    Ok((spent, size as f64))
}

/// Returns the CPU time that the finished descendants of this process used so far, in seconds.
fn children_time() -> Result<f64> {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name in parentheses is the second field; `cutime`
    // and `cstime` are the 16th and 17th, in hundredths of a second.
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(13).take(2).map(|field| field.parse::<f64>().map_err(Error::other));
    Ok(ticks.sum::<Result<f64>>()? / 100.0)
}
