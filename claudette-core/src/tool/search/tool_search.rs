//! [`ToolSearch`]: finds hidden tools in the program.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::finder::{Finder, Finders};
use super::words::split;
use crate::messages::ToolReference;
use crate::task::BoxFuture;
use crate::tool::definition::{SearchId, ToolAnnotations, ToolDefinition};
use crate::tool::run::{Tool, ToolContext, ToolError, ToolOutput};
use crate::tool::set::{IntoTools, Toolset};
use crate::tool::texts::search as texts;

/// The maximum number of tools that one search finds. The searches of the API find 5. More tools make a second search less
/// likely, but each of them costs tokens in all later requests.
const MOST: usize = 12;

/// Many tools behind a search that runs in the program (feature `search`).
///
/// All tools of the set are [deferred](Toolset::defer_loading): the model does not see them, and they cost no tokens. It
/// sees one more tool, `search_tools`. The result of a search names the best tools, and the API shows their definitions
/// to the model from then on.
///
/// Tools are ranked by the words of their names, descriptions and arguments (BM25). Names are split at `_`, `-`, digits
/// and capital letters. Tools whose names begin with the same word are a group, and a query about the group favors its
/// tools. The forms of English words are ignored, and many everyday words also find the words that descriptions use, such
/// as "holiday" for "vacation". The page [Many tools](crate::guide::many_tools) has figures.
///
/// ```
/// use claudette::tooling::ToolSearch;
/// use claudette::{tool, tools};
///
/// /// Returns the weather forecast for a city.
/// #[tool]
/// fn weather(
///     /// Name of the city
///     city: String,
/// ) -> String {
///     format!("sunny in {city}")
/// }
///
/// /// Translates a text to another language.
/// #[tool]
/// fn translate(
///     /// The text
///     text: String,
/// ) -> String {
///     text
/// }
///
/// let search = ToolSearch::over(tools![weather, translate]);
/// assert_eq!(search.find("Which of these cities has the best forecast?"), ["weather"]);
///
/// let tools = tools![].with(search);
/// assert_eq!(tools.definitions().last().unwrap().name(), "search_tools");
/// ```
///
/// Tools that the API defines stay visible, because their texts are not known here.
///
/// A search finds the hidden tools that the conversation has at that time. A tool that was
/// [removed](crate::Chat::remove_tools) is not found any more. A hidden tool that was [added](crate::Chat::add_tools),
/// such as `tools![forecast].defer_loading(true)`, is found, unless it is behind another `ToolSearch`.
#[doc(alias = "tool_reference")]
#[doc(alias = "defer_loading")]
#[doc(alias = "bm25")]
#[derive(Clone)]
pub struct ToolSearch {
    tools: Toolset,
    name: String,
    max_results: usize,
    finder: Arc<Finder>,
}

impl ToolSearch {
    /// Hides these tools behind a search.
    pub fn over(tools: impl IntoTools) -> Self {
        let search = SearchId::default();
        let tools = tools.into_tools().hidden_by(&search);
        let finder = Arc::new(Finder::new(&tools, search));
        Self { tools, name: "search_tools".to_owned(), max_results: MOST, finder }
    }

    /// Sets the name of the search tool. The default is `search_tools`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the maximum number of tools that one search finds. The default is 12, the minimum 1.
    ///
    /// Tools with less than 60 % of the best score are not found, apart from the first three. Most searches therefore
    /// find fewer tools than the maximum.
    pub fn max_results(mut self, most: usize) -> Self {
        self.max_results = most.max(1);
        self
    }

    /// Returns the names of the tools that a search with this text finds before any of them was added or removed, the
    /// best one first. Use it to test whether the prompts of your users find the right tools.
    pub fn find(&self, query: &str) -> Vec<&str> {
        self.finder.find(query, self.max_results)
    }
}

impl fmt::Debug for ToolSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolSearch")
            .field("name", &self.name)
            .field("max_results", &self.max_results)
            .field("hidden", &self.finder.hidden().len())
            .finish_non_exhaustive()
    }
}

/// Adds the hidden tools and the search tool. Without tools to find, there is no search tool.
impl IntoTools for ToolSearch {
    fn into_tools(self) -> Toolset {
        let Self { tools, name, max_results, finder } = self;
        let hidden = finder.hidden();
        if hidden.is_empty() {
            return tools;
        }
        let names = hidden.iter().map(ToolDefinition::name);
        let schema = json!({
            "type": "object",
            "properties": {"query": {"type": "string", "description": texts::QUERY, "maxLength": 500}},
            "required": ["query"],
            "additionalProperties": false,
        });
        let description = texts::description(hidden.len(), &groups(names));
        let definition = ToolDefinition::new(name, description, &schema);
        tools.with(SearchTool { definition, max_results, finders: Finders::new(finder) })
    }
}

/// Returns the first words that at least two names have in common, with the number of these names, in alphabetical
/// order.
fn groups<'n>(names: impl Iterator<Item = &'n str>) -> Vec<(&'n str, usize)> {
    let mut groups = BTreeMap::new();
    for name in names {
        let mut words = split(name);
        if let (Some(first), Some(_)) = (words.next(), words.next()) {
            *groups.entry(first).or_default() += 1;
        }
    }
    groups.into_iter().filter(|(_, tools)| *tools > 1).collect()
}

/// The tool with which the model searches.
struct SearchTool {
    definition: ToolDefinition,
    max_results: usize,
    finders: Finders,
}

#[derive(Deserialize)]
struct Arguments {
    query: String,
}

impl Tool for SearchTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let Arguments { query } = serde_json::from_str(input.get())?;
            let finder = self.finders.of(Toolset::of_call(cx).as_ref());
            let found = finder.find(&query, self.max_results);
            if found.is_empty() {
                return Ok(ToolOutput::new(texts::NOTHING));
            }
            let references: Vec<_> = found.iter().copied().map(ToolReference::new).collect();
            // The references have no text, so the program gets the names as a value.
            ToolOutput::new(references).with_value(&found)
        })
    }

    fn annotations(&self) -> ToolAnnotations {
        ToolAnnotations::default().read_only().idempotent()
    }
}
