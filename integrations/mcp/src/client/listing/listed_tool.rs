//! [`ListedTool`]: a tool as its server lists it.

use serde_json::{Map, Value};

use super::problem::Problem;
use crate::text::cut;

/// The maximum size of the JSON of one tool.
const MOST_TOOL_BYTES: usize = 256 * 1024;
/// The maximum size of the description of one tool.
pub(super) const MOST_DESCRIPTION_BYTES: usize = 8 * 1024;
/// The keywords of a tool that a person approves, and that the fingerprint covers.
const APPROVED: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

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

/// Reads one tool. Parts that are not needed are left out if they are malformed, with a problem.
pub(super) fn read_tool(tool: &Value, problems: &mut Vec<Problem>) -> Result<ListedTool, Problem> {
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
