//! [`Listing`]: the pages of a list, which always ends.

use std::collections::{HashMap, HashSet};

use super::listed_tool::ListedTool;
use super::page::Page;
use super::problem::Problem;

/// The maximum number of pages. A server with more repeats itself, or generates them.
pub(super) const MOST_PAGES: usize = 250;
/// The maximum number of problems that are kept. A hostile page can contain millions.
pub(super) const MOST_PROBLEMS: usize = 200;

/// The default for the maximum number of tools of a server.
pub(crate) const DEFAULT_MAX_TOOLS: usize = 512;

/// The next step after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask for the page with this cursor.
    Page(String),
    /// The list is complete, or cannot be continued.
    Done,
}

/// The pages of a list. A list always ends, whatever cursors the server sends.
#[derive(Debug)]
pub(crate) struct Listing {
    max_tools: usize,
    pages: usize,
    cursors: HashSet<String>,
    /// The index of each tool, by the server's name.
    indices: HashMap<String, usize>,
    tools: Vec<ListedTool>,
    problems: Vec<Problem>,
    more_problems: usize,
}

impl Listing {
    /// Starts a list of at most `max_tools` tools.
    pub(crate) fn new(max_tools: usize) -> Self {
        Self {
            max_tools,
            pages: 0,
            cursors: HashSet::new(),
            indices: HashMap::new(),
            tools: Vec::new(),
            problems: Vec::new(),
            more_problems: 0,
        }
    }

    /// Adds a page.
    pub(crate) fn push(&mut self, page: Page) -> Next {
        self.pages += 1;
        page.problems.into_iter().for_each(|problem| self.add(problem));
        for tool in page.tools {
            if !self.push_tool(tool) {
                return Next::Done;
            }
        }
        let Some(cursor) = page.cursor else { return Next::Done };
        if cursor.is_empty() {
            self.add(Problem::of_list("the server sent an empty cursor; the list of tools may be incomplete"));
        } else if self.pages >= MOST_PAGES {
            self.add(Problem::of_list(format!(
                "the server has more than {MOST_PAGES} pages of tools; the rest is left out"
            )));
        } else if !self.cursors.insert(cursor.clone()) {
            self.add(Problem::of_list("the server sent the same cursor twice; the list of tools may be incomplete"));
        } else {
            return Next::Page(cursor);
        }
        Next::Done
    }

    /// Adds a tool; returns `false` if there are too many.
    fn push_tool(&mut self, tool: ListedTool) -> bool {
        if let Some(first) = self.indices.get(&tool.name) {
            let is_equal = self.tools[*first] == tool;
            let text = if is_equal {
                "it is listed twice"
            } else {
                "another tool with this name is listed before; this one is left out"
            };
            self.add(Problem::of_tool(&tool.name, text));
        } else if self.tools.len() >= self.max_tools {
            let most = self.max_tools;
            self.add(Problem::of_list(format!(
                "the server lists more than {most} tools; the rest is left out; call .max_tools({}) to use more",
                most.saturating_mul(2)
            )));
            return false;
        } else {
            self.indices.insert(tool.name.clone(), self.tools.len());
            self.tools.push(tool);
        }
        true
    }

    fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS { self.problems.push(problem) } else { self.more_problems += 1 }
    }

    /// Returns the tools, each name once, and the problems.
    pub(crate) fn finish(mut self) -> (Vec<ListedTool>, Vec<Problem>) {
        if self.more_problems > 0 {
            self.problems.push(Problem::of_list(format!("there are {} more problems", self.more_problems)));
        }
        (self.tools, self.problems)
    }
}
