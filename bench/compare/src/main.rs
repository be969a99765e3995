//! Compares this library with what one would use instead: runs every client in every scenario, and prints one table.
//!
//! `bench/run` builds the clients and starts this; `bench/README.md` says how to read what it prints.

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

/// No scenario of a client, but what it takes to build one; how often.
const BUILD: &str = "build";
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

    // What is measured in full is kept; the rest is for whoever looks on.
    let results = Path::new(if all && !quick { "results" } else { "target/results" });
    fs::create_dir_all(results)?;
    fs::write(results.join("table.txt"), format!("{}\n\n{table}\n", machine::facts()))?;
    fs::write(results.join("figures.json"), record::json(&figures, rounds))?;
    fs::write(results.join("plot.svg"), plot::svg(&figures))?;
    println!("written to bench/{}", results.display());
    Ok(())
}

/// Every client does every scenario, one after the other, so that each round finds all of them the same machine.
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
        panic!("there is no scenario {name:?}, but there are {}, {BUILD}", names.join(", "))
    })
}
