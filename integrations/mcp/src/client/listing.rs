//! [`Listing`]: the tools of a server, read page by page and tool by tool.
//!
//! Each page is read from raw JSON, because one malformed tool must not hide the others.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::text::{clean_line, cut};

/// The maximum number of pages. A server with more repeats itself, or generates them.
const MOST_PAGES: usize = 250;
/// The maximum size of the JSON of one tool.
const MOST_TOOL_BYTES: usize = 256 * 1024;
/// The maximum size of the description of one tool.
const MOST_DESCRIPTION_BYTES: usize = 8 * 1024;
/// The maximum number of problems that are kept. A hostile page can contain millions.
const MOST_PROBLEMS: usize = 200;
/// The keywords of a tool that a person approves, and that the fingerprint covers.
const APPROVED: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

/// The default for the maximum number of tools of a server.
pub(crate) const DEFAULT_MAX_TOOLS: usize = 512;

/// A problem with a list of tools, or with one tool. The texts are cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The server's name of the tool, if the problem is that of one tool.
    pub(crate) tool: Option<String>,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn of_list(text: impl Into<String>) -> Self {
        Self { tool: None, text: text.into() }
    }

    pub(crate) fn of_tool(tool: &str, text: impl Into<String>) -> Self {
        Self { tool: Some(clean_line(tool, 128).into_owned()), text: text.into() }
    }
}

/// The hints of a server about a tool. They are claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

/// A tool as its server lists it. Its texts are not cleaned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListedTool {
    /// The name for the server, never empty.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) input_schema: Option<Value>,
    pub(crate) output_schema: Option<Value>,
    pub(crate) annotations: Hints,
    pub(crate) meta: Option<Value>,
    /// The parts that a person approves, as the server sent them, with sorted keys at the top: for fingerprints.
    pub(crate) approved: Value,
}

impl ListedTool {
    /// Returns the maximum length of a result in characters that the server asks for
    /// (`_meta["anthropic/maxResultSizeChars"]`).
    pub(crate) fn max_result_chars(&self) -> Option<usize> {
        let most = self.meta.as_ref()?.get("anthropic/maxResultSizeChars")?.as_u64()?;
        usize::try_from(most).ok()
    }
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) tools: Vec<ListedTool>,
    pub(crate) problems: Vec<Problem>,
    /// The cursor of the next page, as the server sent it.
    pub(crate) cursor: Option<String>,
}

/// Reads the result of one `tools/list` request. Malformed tools become problems.
pub(crate) fn read_page(result: &Value) -> Page {
    let mut page = Page::default();
    match result.get("tools") {
        Some(Value::Array(tools)) => {
            for (index, tool) in tools.iter().enumerate() {
                match read_tool(tool, &mut page.problems) {
                    Ok(tool) => page.tools.push(tool),
                    Err(Problem { tool, text }) => {
                        let text = if tool.is_none() { format!("tool {} of a page: {text}", index + 1) } else { text };
                        page.problems.push(Problem { tool, text });
                    }
                }
            }
        }
        Some(_) => page.problems.push(Problem::of_list("the answer to `tools/list` has no list of tools")),
        None => page.problems.push(Problem::of_list("the answer to `tools/list` has no `tools`")),
    }
    match result.get("nextCursor") {
        None | Some(Value::Null) => {}
        Some(Value::String(cursor)) => page.cursor = Some(cursor.clone()),
        Some(_) => page.problems.push(Problem::of_list(
            "the cursor of the next page of tools is not text; the pages after it are left out",
        )),
    }
    page
}

/// Reads one tool. Parts that are not needed are left out if they are malformed, with a problem.
fn read_tool(tool: &Value, problems: &mut Vec<Problem>) -> Result<ListedTool, Problem> {
    let Value::Object(fields) = tool else { return Err(Problem::of_list("it is not an object; it is left out")) };
    let name = match fields.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(Value::String(_)) => return Err(Problem::of_list("its name is empty; it is left out")),
        Some(_) => return Err(Problem::of_list("its name is not text; it is left out")),
        None => return Err(Problem::of_list("it has no name; it is left out")),
    };
    let size = tool.to_string().len();
    if size > MOST_TOOL_BYTES {
        let text = format!("its definition has {size} bytes, more than {MOST_TOOL_BYTES}; it is left out");
        return Err(Problem::of_tool(&name, text));
    }
    if fields.get("execution").and_then(|it| it.get("taskSupport")).is_some_and(|support| support == "required") {
        let text = "it only runs as a task, which is not supported; it is left out";
        return Err(Problem::of_tool(&name, text));
    }
    let mut problem = |text: String| problems.push(Problem::of_tool(&name, text));
    let (annotations, title_of_hints) = read_hints(fields.get("annotations"), &mut problem);
    let title = text(fields, "title", &mut problem).or(title_of_hints);
    let description = text(fields, "description", &mut problem).map(|description| {
        let kept = cut(&description, MOST_DESCRIPTION_BYTES);
        if kept.len() < description.len() {
            problem(format!(
                "its description has {} bytes; it is cut at {MOST_DESCRIPTION_BYTES} bytes",
                description.len()
            ));
        }
        kept.to_owned()
    });
    let present = |key: &str| fields.get(key).filter(|value| !value.is_null()).cloned();
    let approved: Map<String, Value> = {
        let mut keys = APPROVED;
        keys.sort_unstable();
        keys.iter().filter_map(|key| Some(((*key).to_owned(), present(key)?))).collect()
    };
    Ok(ListedTool {
        title,
        description,
        input_schema: present("inputSchema"),
        output_schema: present("outputSchema"),
        annotations,
        meta: present("_meta"),
        approved: Value::Object(approved),
        name,
    })
}

fn text(fields: &Map<String, Value>, key: &str, problem: &mut impl FnMut(String)) -> Option<String> {
    match fields.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            problem(format!("its `{key}` is not text; it is ignored"));
            None
        }
    }
}

/// Reads the annotations of a tool: the hints, and a title.
fn read_hints(annotations: Option<&Value>, problem: &mut impl FnMut(String)) -> (Hints, Option<String>) {
    let fields = match annotations {
        None | Some(Value::Null) => return (Hints::default(), None),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            problem("its `annotations` are not an object; they are ignored".to_owned());
            return (Hints::default(), None);
        }
    };
    let mut hint = |key: &str| match fields.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::Bool(hint)) => Some(*hint),
        Some(_) => {
            problem(format!("its hint `{key}` is not true or false; it is ignored"));
            None
        }
    };
    let hints = Hints {
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        idempotent: hint("idempotentHint"),
        open_world: hint("openWorldHint"),
    };
    (hints, text(fields, "title", problem))
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn texts(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.text.as_str()).collect()
    }

    #[test]
    fn malformed_tools_do_not_hide_others() {
        let page = read_page(&json!({"tools": [
            {"name": "good", "description": "Does good.", "inputSchema": {"type": "object"}},
            {"name": 7}, {"description": "no name"}, {"name": ""}, "text", null,
            {"name": "bare"},
            {"name": "odd", "description": 5, "title": ["x"], "annotations": {"readOnlyHint": "yes", "idempotentHint": true}},
            {"name": "task", "execution": {"taskSupport": "required"}},
            {"name": "huge", "description": "x".repeat(300_000)},
        ]}));
        let names: Vec<_> = page.tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, ["good", "bare", "odd"]);
        assert_eq!(page.problems.len(), 10, "{:?}", page.problems);
        assert!(page.problems[1].text.starts_with("tool 3 of a page: it has no name"), "{:?}", page.problems[1]);
        let odd = &page.tools[2];
        assert_eq!(
            (&odd.description, odd.annotations.read_only, odd.annotations.idempotent),
            (&None, None, Some(true))
        );
        assert_eq!(
            page.tools[0].approved,
            json!({
                "name": "good", "description": "Does good.", "inputSchema": {"type": "object"},
            })
        );
    }

    #[test]
    fn an_answer_without_tools_is_a_problem() {
        for result in [json!({}), json!({"tools": {}}), json!(null), json!([])] {
            let page = read_page(&result);
            assert!(page.tools.is_empty() && page.problems.len() == 1, "{result}");
        }
    }

    #[test]
    fn long_descriptions_are_cut() {
        let page = read_page(&json!({"tools": [{"name": "a", "description": "ä".repeat(5000)}]}));
        let description = page.tools[0].description.as_deref().unwrap();
        assert!(description.len() <= MOST_DESCRIPTION_BYTES && description.len() > 8000);
        assert_eq!(texts(&page.problems), ["its description has 10000 bytes; it is cut at 8192 bytes"]);
        // The fingerprint covers the whole text.
        assert_eq!(page.tools[0].approved["description"].as_str().unwrap().len(), 10_000);
    }

    #[test]
    fn the_server_can_ask_for_longer_results() {
        let page = read_page(&json!({"tools": [
            {"name": "a", "_meta": {"anthropic/maxResultSizeChars": 500_000}},
            {"name": "b", "_meta": {"anthropic/maxResultSizeChars": "many"}},
        ]}));
        assert_eq!(page.tools.iter().map(ListedTool::max_result_chars).collect::<Vec<_>>(), [Some(500_000), None]);
    }

    fn page(names: &[&str], cursor: Option<&str>) -> Page {
        let tools: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        read_page(&json!({"tools": tools, "nextCursor": cursor}))
    }

    #[test]
    fn pages_are_joined() {
        let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
        assert_eq!(listing.push(page(&["a"], Some("2"))), Next::Page("2".into()));
        assert_eq!(listing.push(page(&["b"], None)), Next::Done);
        let (tools, problems) = listing.finish();
        assert_eq!((tools.len(), problems.len()), (2, 0));
    }

    #[test]
    fn bad_cursors_end_the_list() {
        let mut listing = Listing::new(9);
        assert_eq!(listing.push(page(&["a"], Some(""))), Next::Done);
        assert!(listing.finish().1[0].text.contains("empty cursor"));

        let mut listing = Listing::new(9);
        assert_eq!(listing.push(page(&["a"], Some("x"))), Next::Page("x".into()));
        assert_eq!(listing.push(page(&["b"], Some("x"))), Next::Done);
        let (tools, problems) = listing.finish();
        assert_eq!(tools.len(), 2);
        assert!(problems[0].text.contains("same cursor"));

        let number = read_page(&json!({"tools": [], "nextCursor": 5}));
        assert!(number.cursor.is_none() && number.problems[0].text.contains("not text"));
    }

    #[test]
    fn names_are_used_once() {
        let mut listing = Listing::new(9);
        let result =
            json!({"tools": [{"name": "a", "title": "1"}, {"name": "a", "title": "1"}, {"name": "a", "title": "2"}]});
        listing.push(read_page(&result));
        let (tools, problems) = listing.finish();
        assert_eq!((tools.len(), tools[0].title.as_deref()), (1, Some("1")));
        assert_eq!(
            texts(&problems),
            ["it is listed twice", "another tool with this name is listed before; this one is left out"]
        );
    }

    #[test]
    fn too_many_tools_are_left_out() {
        let mut listing = Listing::new(2);
        assert_eq!(listing.push(page(&["a", "b", "c", "d"], Some("2"))), Next::Done);
        let (tools, problems) = listing.finish();
        assert_eq!(tools.len(), 2);
        assert_eq!(
            texts(&problems),
            ["the server lists more than 2 tools; the rest is left out; call .max_tools(4) to use more"]
        );
    }

    #[test]
    fn a_list_without_end_ends() {
        let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
        let pages = (0..9999).take_while(|n| listing.push(page(&[], Some(&format!("{n}")))) != Next::Done).count();
        assert_eq!(pages, MOST_PAGES - 1);
        let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
        listing.push(read_page(&json!({"tools": vec![7; 1000]})));
        let (_, problems) = listing.finish();
        assert_eq!(problems.len(), MOST_PROBLEMS + 1);
        assert_eq!(problems[MOST_PROBLEMS].text, "there are 800 more problems");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from)
        ];
        let key = prop::sample::select(vec![
            "tools",
            "name",
            "title",
            "description",
            "inputSchema",
            "annotations",
            "readOnlyHint",
            "nextCursor",
            "_meta",
            "execution",
            "taskSupport",
        ]);
        leaf.prop_recursive(5, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..5)
                    .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(results in prop::collection::vec(any_json(), 0..6)) {
            let mut listing = Listing::new(3);
            for result in &results {
                listing.push(read_page(result));
            }
            let (tools, _) = listing.finish();
            let names: HashSet<_> = tools.iter().map(|tool| &tool.name).collect();
            prop_assert!(names.len() == tools.len() && tools.len() <= 3);
        }
    }
}
