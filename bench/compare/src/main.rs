//! Compares this library with the alternatives: runs every client in every scenario, and prints one table.
//!
//! `bench/run` builds the clients and starts this program; `bench/README.md` explains the table.

mod builds;
mod figures;
mod machine;
mod plot;
mod record;
mod rows;
mod runner;
mod scenario;
mod table;

use std::env;
use std::fs;
use std::io::Result;
use std::path::Path;

use figures::Figures;
use runner::Runner;
use scenario::{SCENARIOS, Scenario};

/// The name of the measurement of clean builds, which is not a scenario of the clients.
const BUILD: &str = "build";
/// The number of clean builds of each client.
const BUILDS: usize = 3;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [flag, scenario] = &args[..]
        && flag == "--perf"
    {
        return Runner::new().profile(named(scenario));
    }
    let (flags, names): (Vec<&str>, Vec<&str>) = args.iter().map(String::as_str).partition(|arg| arg.starts_with("--"));
    let quick = flags.contains(&"--quick");
    let all = names.is_empty();
    let scenarios: Vec<&Scenario> = match all {
        true => SCENARIOS.iter().collect(),
        false => names.iter().filter(|name| **name != BUILD).map(|name| named(name)).collect(),
    };

    let rounds = if quick { 7 } else { 25 };
    let mut figures = measured(&Runner::new(), &scenarios, rounds)?;
    if all && !quick || names.contains(&BUILD) {
        builds::measure(&mut figures, BUILDS)?;
    }
    let table = table::table(&figures);
    println!("{table}");

    // Only the results of a complete run are written to `results/`, which is kept.
    let results = Path::new(if all && !quick { "results" } else { "target/results" });
    fs::create_dir_all(results)?;
    fs::write(results.join("table.txt"), format!("{}\n\n{table}\n", machine::facts()))?;
    fs::write(results.join("figures.json"), record::json(&figures, rounds))?;
    fs::write(results.join("plot.svg"), plot::svg(&figures))?;
    println!("written to bench/{}", results.display());
    Ok(())
}

/// Measures every scenario. The clients take turns, so that other load on the machine affects all of them.
fn measured(runner: &Runner, scenarios: &[&Scenario], rounds: usize) -> Result<Figures> {
    let mut figures = Figures::default();
    for scenario in scenarios {
        if let Some(reason) = scenario.impossible() {
            eprintln!("{}: left out, {reason}", scenario.name);
            continue;
        }
        eprintln!("{} …", scenario.name);
        for _ in 0..rounds.min(scenario.most_rounds) {
            for client in scenario.clients() {
                if let Some(figure) = runner.run(scenario, client)? {
                    figures.add(scenario.name, client, figure);
                }
            }
        }
    }
    Ok(figures)
}

fn named(name: &str) -> &'static Scenario {
    SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap_or_else(|| {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        panic!("unknown scenario {name:?}; use one of {}, {BUILD}", names.join(", "))
    })
}
