//! [`Report`]: the tools of the servers, those that were mended, and those that are left out.

use std::fmt;

use crate::text::clean_line;

/// The longest text of a report, in characters.
const LONGEST: usize = 1_000;

/// The state of the servers and their tools: the tools that a chat can use, those that were mended, and those that
/// are left out, each with the reason.
///
/// Texts come from the servers. They are shortened, and characters that hide or change text are removed. `Display` is a
/// listing for a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    servers: Vec<ServerReport>,
    notes: Vec<String>,
}

/// The state of one server and its tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerReport {
    name: String,
    protocol: Option<String>,
    failure: Option<String>,
    tools: Vec<String>,
    mended: Vec<(String, Vec<String>)>,
    left_out: Vec<(String, String)>,
    notes: Vec<(Option<String>, String)>,
}

/// One problem of a [`Report`]. `Display` is one line, which names the server and the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportProblem<'a> {
    server: Option<&'a str>,
    tool: Option<&'a str>,
    text: &'a str,
}

fn line(text: &str) -> String {
    clean_line(text, LONGEST).into_owned()
}

impl Report {
    /// Adds a server.
    pub(crate) fn push(&mut self, server: ServerReport) {
        self.servers.push(server);
    }

    /// Adds a problem that belongs to no single server.
    pub(crate) fn note(&mut self, text: &str) {
        self.notes.push(line(text));
    }

    /// Returns the reports of the servers, in the order of the configuration.
    pub fn servers(&self) -> &[ServerReport] {
        &self.servers
    }

    /// Returns the faults: servers that are not connected,
    /// tools that are left out, and other problems. Mended tools work, and are not among them.
    pub fn problems(&self) -> impl Iterator<Item = ReportProblem<'_>> {
        let notes = self.notes.iter().map(|text| ReportProblem { server: None, tool: None, text });
        notes.chain(self.servers.iter().flat_map(ServerReport::problems))
    }
}

impl From<ServerReport> for Report {
    fn from(server: ServerReport) -> Self {
        Self { servers: vec![server], notes: Vec::new() }
    }
}

impl ServerReport {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: line(name), ..Self::default() }
    }

    /// Sets the protocol version.
    pub(crate) fn set_protocol(&mut self, version: &str) {
        self.protocol = Some(line(version));
    }

    /// Sets the reason that the server cannot be used.
    pub(crate) fn set_failure(&mut self, why: &str) {
        self.failure = Some(line(why));
    }

    /// Adds a tool that a chat can use, and what was mended in it.
    pub(crate) fn tool(&mut self, name: &str, mended: &[String]) {
        self.tools.push(line(name));
        if !mended.is_empty() {
            self.mended.push((line(name), mended.iter().map(|note| line(note)).collect()));
        }
    }

    /// Adds a tool that cannot be used.
    pub(crate) fn leave_out(&mut self, tool: &str, why: &str) {
        self.left_out.push((line(tool), line(why)));
    }

    /// Adds another problem, which can be that of a tool.
    pub(crate) fn note(&mut self, tool: Option<&str>, text: &str) {
        self.notes.push((tool.map(line), line(text)));
    }

    /// Returns the name of the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the protocol version, such as `2025-11-25`, or `None` if the server is not connected.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Returns the reason that the server cannot be used, if it cannot.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Returns the names of the tools that a chat can use.
    pub fn tools(&self) -> &[String] {
        &self.tools
    }

    /// Returns the tools whose definition was mended, each with what was mended.
    pub fn mended(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.mended.iter().map(|(tool, notes)| (tool.as_str(), notes.as_slice()))
    }

    /// Returns the tools that cannot be used, each with the reason.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, &str)> {
        self.left_out.iter().map(|(tool, why)| (tool.as_str(), why.as_str()))
    }

    /// Returns the faults of this server, as [`Report::problems`] does.
    pub fn problems(&self) -> impl Iterator<Item = ReportProblem<'_>> {
        let problem = |tool, text| ReportProblem { server: Some(&self.name), tool, text };
        let failure = self.failure.iter().map(move |why| problem(None, why.as_str()));
        let left_out = self.left_out().map(move |(tool, why)| problem(Some(tool), why));
        let notes = self.notes.iter().map(move |(tool, text)| problem(tool.as_deref(), text.as_str()));
        failure.chain(left_out).chain(notes)
    }
}

impl ReportProblem<'_> {
    /// Returns the name of the server, if the problem is that of one server.
    pub fn server(&self) -> Option<&str> {
        self.server
    }

    /// Returns the name of the tool, if the problem is that of one tool.
    pub fn tool(&self) -> Option<&str> {
        self.tool
    }

    /// Returns the text without the names.
    pub fn text(&self) -> &str {
        self.text
    }
}

impl fmt::Display for ReportProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in [self.server, self.tool].into_iter().flatten() {
            write!(f, "{name}: ")?;
        }
        f.write_str(self.text)
    }
}

impl fmt::Display for ServerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.protocol {
            write!(f, " (MCP {version})")?;
        }
        match (&self.failure, self.tools.len()) {
            (Some(why), _) => write!(f, ": not connected: {why}")?,
            (None, 1) => f.write_str(": 1 tool")?,
            (None, number) => write!(f, ": {number} tools")?,
        }
        self.tools.iter().try_for_each(|tool| write!(f, "\n  {tool}"))?;
        self.mended.iter().try_for_each(|(tool, notes)| write!(f, "\n  mended: {tool}: {}", notes.join("; ")))?;
        self.left_out.iter().try_for_each(|(tool, why)| write!(f, "\n  left out: {tool}: {why}"))?;
        self.notes.iter().try_for_each(|(tool, text)| {
            let problem = ReportProblem { server: None, tool: tool.as_deref(), text };
            write!(f, "\n  problem: {problem}")
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers.iter().map(ToString::to_string);
        let notes = self.notes.iter().map(|note| format!("problem: {note}"));
        let all: Vec<String> = servers.chain(notes).collect();
        f.write_str(&all.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_listing() {
        let mut files = ServerReport::new("files");
        files.set_protocol("2025-11-25");
        files.tool("read_file", &[]);
        files.tool("write_file", &["`a b` is renamed".to_owned(), "no type".to_owned()]);
        files.leave_out("bad\u{1b}[2J", "its schema is\n too large");
        files.note(None, "a cursor is repeated");
        files.note(Some("read_file"), "a hint is wrong");
        let mut web = ServerReport::new("web");
        web.set_failure("connection refused");
        let mut report = Report::from(files);
        report.push(web);
        report.note("unknown key `x`");
        assert_eq!(
            report.to_string(),
            "files (MCP 2025-11-25): 2 tools\n  read_file\n  write_file\n  mended: write_file: `a b` is renamed; no type\n  \
             left out: bad: its schema is too large\n  problem: a cursor is repeated\n  problem: read_file: a hint is \
             wrong\nweb: not connected: connection refused\nproblem: unknown key `x`"
        );
        let problems: Vec<String> = report.problems().map(|problem| problem.to_string()).collect();
        assert_eq!(
            problems,
            [
                "unknown key `x`",
                "files: bad: its schema is too large",
                "files: a cursor is repeated",
                "files: read_file: a hint is wrong",
                "web: connection refused",
            ]
        );
        assert_eq!(report.servers()[0].mended().count(), 1);
    }
}
