//! [`Runner`]: runs the server on one core, and one client at a time on another.

use std::io::{BufRead, BufReader, Error, Result};
use std::process::{Child, Command, Stdio};

use crate::scenario::Scenario;

const CLIENT_CORE: &str = "0";
const SERVER_CORE: &str = "1";

pub struct Runner {
    /// The folder of the programs.
    programs: &'static str,
}

/// A running server, which is stopped on drop.
struct Server {
    process: Child,
    address: String,
}

impl Runner {
    pub fn new() -> Self {
        Self { programs: "target/release" }
    }

    /// Runs one round of a client and returns its figure, or `None` if the client does not support the scenario.
    pub fn run(&self, scenario: &Scenario, client: &str) -> Result<Option<f64>> {
        let server = self.server()?;
        let output = self.client(scenario, client, &server, &[]).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(Error::other(format!("{client} failed in {}", scenario.name)));
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        match printed.trim() {
            "-" => Ok(None),
            figure => figure.parse().map(Some).map_err(Error::other),
        }
    }

    /// Runs our client in one scenario under perf, and prints the time of each function with and without its callees.
    pub fn profile(mut self, scenario: &Scenario) -> Result<()> {
        const DATA: &str = "target/perf.data";
        self.programs = "target/perf";
        let server = self.server()?;
        let perf = ["perf", "record", "--quiet", "--call-graph", "fp", "--freq", "5000", "--output", DATA];
        self.client(&scenario.long(), "ours", &server, &perf).stdout(Stdio::null()).status()?;
        let mut report = Command::new("perf");
        report.args(["report", "--input", DATA, "--children", "--call-graph", "none", "--stdio"]);
        let report = report.args(["--percent-limit", "1", "--fields", "overhead_children,overhead,sym"]).output()?;
        for line in String::from_utf8_lossy(&report.stdout).lines().filter(|line| line.contains('%')) {
            println!("{}", line.trim_end());
        }
        println!("for more, run: perf report --input bench/{DATA}");
        Ok(())
    }

    fn client(&self, scenario: &Scenario, client: &str, server: &Server, wrapper: &[&str]) -> Command {
        let Scenario { name, plays, iterations, .. } = scenario;
        let counting = if scenario.counts() { "-counting" } else { "" };
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", CLIENT_CORE]).args(wrapper);
        command.arg(format!("{}/{client}{counting}", self.programs));
        command.args([*name, &iterations.to_string(), &format!("http://{}/{plays}", server.address)]);
        command
    }

    fn server(&self) -> Result<Server> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", SERVER_CORE, &format!("{}/server", self.programs)]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address)?;
        Ok(Server { process, address: address.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends when its standard input is closed.
        self.process.stdin.take();
        let _ = self.process.wait();
    }
}
