//! [`read_page`]: one page of a list of tools.

use serde_json::Value;

use super::listed_tool::{ListedTool, read_tool};
use super::problem::Problem;

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
