//! [`Scenario`]: work that is given to every client.

use std::fs;

/// The clients, in the order of the table.
pub const CLIENTS: [&str; 5] = ["ours", "baseline", "rig", "genai", FLOOR];
/// Not a real client: the cost that no client can avoid.
const FLOOR: &str = "hyper-floor";

pub struct Scenario {
    pub name: &'static str,
    /// The responses of the server: the first segment of the path.
    pub plays: &'static str,
    /// The number of repetitions in one round.
    pub iterations: usize,
    pub most_rounds: usize,
}

pub const SCENARIOS: &[Scenario] = &[
    Scenario::new("loop4", "loop4", 300),
    Scenario::new("talk10", "talk", 50),
    Scenario::new("talk160", "talk", 4),
    Scenario::new("image", "talk", 20),
    Scenario::new("stream", "stream", 4),
    Scenario::new("stream-loop", "stream", 4),
    Scenario::new("allocations", "stream", 8_000).rounds(1),
    Scenario::new("allocations-loop", "stream", 8_000).rounds(1),
    Scenario::new("dispatch", "-", 200_000),
    Scenario::new("dispatch-set", "-", 200_000),
    Scenario::new("concurrency", "concurrency", CONNECTIONS).rounds(3),
];

/// The number of chats that stream at once.
const CONNECTIONS: usize = 10_000;

impl Scenario {
    const fn new(name: &'static str, plays: &'static str, iterations: usize) -> Self {
        Self { name, plays, iterations, most_rounds: usize::MAX }
    }

    const fn rounds(mut self, most: usize) -> Self {
        self.most_rounds = most;
        self
    }

    /// Returns the same scenario with more iterations, for a profiler.
    pub fn long(&self) -> Self {
        let times = if self.most_rounds == usize::MAX { 30 } else { 1 };
        Self { iterations: self.iterations * times, ..*self }
    }

    /// Returns the clients that run this scenario.
    pub fn clients(&self) -> impl Iterator<Item = &'static str> {
        CLIENTS.into_iter().filter(|client| *client != FLOOR || ["talk10", "talk160", "image"].contains(&self.name))
    }

    /// Returns `true` if the scenario counts allocations, which needs a separate build of the client.
    pub fn counts(&self) -> bool {
        self.name.starts_with("allocations")
    }

    /// Returns the reason why this machine cannot run the scenario, if there is one.
    pub fn impossible(&self) -> Option<String> {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let files: usize = files.and_then(|line| line.split_whitespace().next()?.parse().ok())?;
        let few = self.name == "concurrency" && files < CONNECTIONS + 100;
        few.then(|| format!("it needs {} open files, but only {files} are allowed (ulimit -n)", CONNECTIONS + 100))
    }
}
