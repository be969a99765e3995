//! [`ToolList`]: the tools of a server at one time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams};

use super::connection::Connection;
use super::definition::{Definition, define};
use super::drift::Drift;
use super::listing::{ListedTool, Listing, Next, Problem, read_page};
use super::names;
use super::options::{OnDrift, Options};
use super::pins::Pin;
use super::report::ServerReport;
use super::request::Limits;
use crate::error::Result;
use crate::text::clean_line;

/// The time limit for one page of a list.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// The tools of a server at one time. It does not change.
#[derive(Debug, Default)]
pub(crate) struct ToolList {
    pub(crate) tools: Vec<Arc<ListedEntry>>,
    indices: HashMap<String, usize>,
    /// The tools that cannot be used, with the reason.
    left_out: Vec<(String, String)>,
    /// The tools whose definition is not the pinned one.
    drifts: HashMap<String, Drift>,
    /// Other problems of the list.
    problems: Vec<Problem>,
}

/// One tool of a list.
#[derive(Debug)]
pub(crate) struct ListedEntry {
    pub(crate) listed: ListedTool,
    /// The definition of the server, for comparisons.
    pub(crate) pin: Pin,
    /// The definition under the default name.
    pub(crate) definition: Arc<Definition>,
}

impl ToolList {
    /// Asks a server for its tools.
    pub(crate) async fn read(connection: &Connection, options: &Options, server: &str) -> Result<Self> {
        if connection.capabilities().tools.is_none() {
            let problem = Problem::of_list("the server does not offer tools");
            return Ok(Self { problems: vec![problem], ..Self::default() });
        }
        let mut listing = Listing::new(options.max_tools);
        let mut cursor = None;
        loop {
            let params = PaginatedRequestParams::default().with_cursor(cursor);
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(params));
            let limits = Limits::of(PAGE_TIMEOUT.min(options.total_timeout).min(options.connect_timeout));
            let result = connection.request(request, limits, None).await;
            let result = match result {
                Ok(result) => result,
                Err(failure) => return Err(failure.error(connection, server, "tools/list").await),
            };
            match listing.push(read_page(&result)) {
                Next::Page(next) => cursor = Some(next),
                Next::Done => break,
            }
        }
        let (tools, problems) = listing.finish();
        let mut list = Self { problems, ..Self::default() };
        list.add(server, tools, options);
        Ok(list)
    }

    fn add(&mut self, server: &str, tools: Vec<ListedTool>, options: &Options) {
        let own: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
        let names = names::assign(server, None, &own);
        for (listed, name) in tools.into_iter().zip(names) {
            let pin = Pin::new(server, &listed.approved);
            if let Err(drift) = options.pins.check(server, &listed.name, &pin) {
                tracing::warn!(target: "claudette_mcp", server, "{drift}");
                if options.on_drift == OnDrift::Warn {
                    self.problems.push(Problem::of_tool(&listed.name, drift.to_string()));
                } else {
                    self.left_out.push((listed.name.clone(), drift.to_string()));
                    self.drifts.insert(listed.name, drift);
                    continue;
                }
            }
            match define(&listed, &name) {
                Ok(definition) => {
                    self.indices.insert(listed.name.clone(), self.tools.len());
                    self.tools.push(Arc::new(ListedEntry { listed, pin, definition: Arc::new(definition) }));
                }
                Err(reason) => {
                    let tool = clean_line(&listed.name, 200);
                    tracing::warn!(target: "claudette_mcp", server, %tool, reason, "a tool is left out");
                    self.left_out.push((listed.name, reason));
                }
            }
        }
    }

    /// Returns the reason that a tool was left out.
    pub(crate) fn left_out_because(&self, own_name: &str) -> Option<&str> {
        self.left_out.iter().find(|(name, _)| name == own_name).map(|(_, reason)| reason.as_str())
    }

    /// Returns the difference to the pin of a tool that was left out for it.
    pub(crate) fn drift(&self, own_name: &str) -> Option<&Drift> {
        self.drifts.get(own_name)
    }

    /// Returns the tools with their pins.
    pub(crate) fn pins(&self) -> impl Iterator<Item = (&str, &Pin)> {
        self.tools.iter().map(|tool| (tool.listed.name.as_str(), &tool.pin))
    }

    /// Writes what the list contains to a report.
    pub(crate) fn report(&self, report: &mut ServerReport) {
        for tool in &self.tools {
            report.tool(tool.definition.definition.name(), &tool.definition.notes);
        }
        for (tool, why) in &self.left_out {
            report.leave_out(tool, why);
        }
        for problem in &self.problems {
            report.note(problem.tool.as_deref(), &problem.text);
        }
    }

    /// Returns the tool with this name of the server.
    pub(crate) fn get(&self, own_name: &str) -> Option<&Arc<ListedEntry>> {
        self.tools.get(*self.indices.get(own_name)?)
    }

    /// Returns `true` if both lists have the same tools with the same definitions.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.tools.len() == other.tools.len()
            && self.tools.iter().zip(&other.tools).all(|(one, other)| one.pin == other.pin)
    }

    /// Returns the names for the model of all tools, with this prefix instead of the default one.
    pub(crate) fn names(&self, server: &str, prefix: &str) -> Vec<String> {
        let own: Vec<&str> = self.tools.iter().map(|tool| tool.listed.name.as_str()).collect();
        names::assign(server, Some(prefix), &own)
    }
}
