//! [`ToolSearch`]: the search tool of a request, and the hidden tools that it finds.

use serde_json::{Value, json};

use super::pattern::Pattern;
use super::rank::rank;
use crate::testing::ids::Ids;
use crate::testing::tool_table::ToolTable;

/// The largest number of tools that one search finds.
const MOST: usize = 5;

/// The search tool of a request, and the hidden tools that it finds.
pub(in crate::testing) struct ToolSearch<'a> {
    name: &'a str,
    kind: Kind,
    hidden: Vec<&'a Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bm25,
    Regex,
}

impl Kind {
    fn of(tool: &Value) -> Option<Self> {
        let tag = tool["type"].as_str()?;
        if tag.starts_with("tool_search_tool_bm25") {
            Some(Self::Bm25)
        } else if tag.starts_with("tool_search_tool_regex") {
            Some(Self::Regex)
        } else {
            None
        }
    }

    /// The largest number of characters of a query.
    fn longest(self) -> usize {
        match self {
            Self::Bm25 => 500,
            Self::Regex => 200,
        }
    }
}

impl<'a> ToolSearch<'a> {
    /// Returns the search of a request. Returns `None` if the model does not have a search tool of the API.
    pub(in crate::testing) fn of(request: &'a Value) -> Option<Self> {
        let table = ToolTable::of(request).ok()?;
        let (kind, search) = table.in_effect().find_map(|tool| Some((Kind::of(tool)?, tool)))?;
        let hidden = table.in_effect().filter(|tool| tool["defer_loading"] == true).collect();
        Some(Self { name: search["name"].as_str().unwrap_or_default(), kind, hidden })
    }

    /// Returns the query that finds the tools for a prompt.
    pub(in crate::testing) fn query_for(&self, prompt: &str) -> String {
        match self.kind {
            Kind::Bm25 => prompt.chars().take(self.kind.longest()).collect(),
            Kind::Regex => {
                let words = prompt.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3);
                let mut query = "(?i)".to_owned();
                for word in words {
                    if query.chars().count() + word.chars().count() >= self.kind.longest() {
                        break;
                    }
                    if query.len() > "(?i)".len() {
                        query.push('|');
                    }
                    query.push_str(word);
                }
                query
            }
        }
    }

    /// Returns the names of the tools that a query finds.
    ///
    /// # Errors
    /// Returns the code and the message of the error if the query is not valid.
    pub(in crate::testing) fn find(&self, query: &str) -> Result<Vec<&'a str>, (&'static str, String)> {
        let invalid = |message: String| ("invalid_tool_input", message);
        let longest = self.kind.longest();
        if query.is_empty() || query.chars().count() > longest {
            return Err(invalid(format!("the query must have 1 to {longest} characters")));
        }
        let mut found = match self.kind {
            Kind::Bm25 => rank(query, &self.hidden.iter().map(|tool| texts(tool).join(" ")).collect::<Vec<_>>()),
            Kind::Regex => {
                let pattern = Pattern::parse(query).map_err(invalid)?;
                let fits = |tool: &usize| texts(self.hidden[*tool]).iter().any(|text| pattern.is_in(text));
                (0..self.hidden.len()).filter(fits).collect()
            }
        };
        found.truncate(MOST);
        Ok(found.into_iter().filter_map(|tool| self.hidden[tool]["name"].as_str()).collect())
    }

    /// Returns the call of the search tool with its result.
    pub(in crate::testing) fn blocks(&self, query: &str, ids: &Ids) -> [Value; 2] {
        let id = ids.server_tool_use();
        let content = match self.find(query) {
            Ok(found) => {
                let references = found.iter().map(|name| json!({ "type": "tool_reference", "tool_name": name }));
                json!({ "type": "tool_search_tool_search_result", "tool_references": references.collect::<Value>() })
            }
            Err((code, message)) => {
                json!({ "type": "tool_search_tool_result_error", "error_code": code, "error_message": message })
            }
        };
        [
            json!({ "type": "server_tool_use", "id": id, "name": self.name, "input": { "query": query } }),
            json!({ "type": "tool_search_tool_result", "tool_use_id": id, "content": content }),
        ]
    }
}

/// Returns the texts of a tool that are searched: its name and description, and those of its arguments.
fn texts(tool: &Value) -> Vec<&str> {
    let mut texts: Vec<&str> = [&tool["name"], &tool["description"]].into_iter().filter_map(Value::as_str).collect();
    for (name, property) in tool["input_schema"]["properties"].as_object().into_iter().flatten() {
        texts.push(name);
        texts.extend(property["description"].as_str());
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context::list;

    fn tool(name: &str, description: &str, argument: &str) -> Value {
        json!({
            "name": name,
            "description": description,
            "defer_loading": true,
            "input_schema": {"type": "object", "properties": {argument: {"type": "string", "description": "Any value"}}},
        })
    }

    fn request(search: &str) -> Value {
        json!({"messages": [], "tools": [
            {"type": format!("{search}_20251119"), "name": search},
            tool("get_weather", "Returns the weather of a city.", "city"),
            tool("translate", "Translates a text.", "language"),
            tool("send_mail", "Sends an email.", "recipient"),
            {"name": "visible", "description": "Weather of a city.", "input_schema": {"type": "object"}},
        ]})
    }

    fn found(search: &str, query: &str) -> Vec<String> {
        let request = request(search);
        let [call, result] = ToolSearch::of(&request).unwrap().blocks(query, &Ids::default());
        assert_eq!((&call["name"], &call["id"]), (&json!(search), &result["tool_use_id"]));
        let references = list(&result["content"]["tool_references"]);
        references.iter().filter_map(|tool| tool["tool_name"].as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn words_find_hidden_tools() {
        let by_words = |query: &str| found("tool_search_tool_bm25", query);
        assert_eq!(by_words("weather in the city"), ["get_weather"]);
        assert_eq!(by_words("RECIPIENT"), ["send_mail"]);
        assert!(by_words("quantum").is_empty());
    }

    #[test]
    fn patterns_find_hidden_tools() {
        let by_pattern = |query: &str| found("tool_search_tool_regex", query);
        assert_eq!(by_pattern("get_.*|^send"), ["get_weather", "send_mail"]);
        assert_eq!(by_pattern("(?i)LANGUAGE"), ["translate"]);
        assert!(by_pattern("WEATHER").is_empty());
    }

    #[test]
    fn a_query_that_is_not_valid_has_an_error_result() {
        for (search, query) in [
            ("tool_search_tool_bm25", String::new()),
            ("tool_search_tool_bm25", "x".repeat(501)),
            ("tool_search_tool_regex", "x".repeat(201)),
            ("tool_search_tool_regex", "(".to_owned()),
        ] {
            let request = request(search);
            let [_, result] = ToolSearch::of(&request).unwrap().blocks(&query, &Ids::default());
            assert_eq!(result["content"]["error_code"], "invalid_tool_input", "{query}");
        }
        assert!(ToolSearch::of(&json!({"messages": [], "tools": []})).is_none());
    }

    #[test]
    fn the_query_for_a_prompt_finds_its_tool() {
        for search in ["tool_search_tool_bm25", "tool_search_tool_regex"] {
            let request = request(search);
            let search = ToolSearch::of(&request).unwrap();
            let query = search.query_for("What is the weather (in Oslo)?");
            assert_eq!(search.find(&query).unwrap(), ["get_weather"]);
            assert!(search.find(&search.query_for(&"weather ".repeat(200))).is_ok());
        }
    }
}
