//! [`Runner`]: a server on one core, and one client after the other on another.

use std::io::{BufRead, BufReader, Error, Result};
use std::process::{Child, Command, Stdio};

use crate::scenario::Scenario;

const CLIENT_CORE: &str = "0";
const SERVER_CORE: &str = "1";

pub struct Runner {
    /// Where the programs are.
    programs: &'static str,
}

/// A server that runs until it is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Runner {
    pub fn new() -> Self {
        Self { programs: "target/release" }
    }

    /// One round of a client: its figure, or none if there is no such thing in it.
    pub fn run(&self, scenario: &Scenario, client: &str) -> Result<Option<f64>> {
        let server = self.server()?;
        let output = self.client(scenario, client, &server, &[]).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(Error::other(format!("{client} failed in {}", scenario.name)));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        match said.trim() {
            "-" => Ok(None),
            figure => figure.parse().map(Some).map_err(Error::other),
        }
    }

    /// Has perf watch our client in one scenario, and says where its time goes: with all that was called, and alone.
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
        println!("the rest: perf report --input bench/{DATA}");
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
        // With its standard input it ends.
        self.process.stdin.take();
        let _ = self.process.wait();
    }
}
