//! [`Command`]: the arguments of a call of the memory tool.

use schemars::JsonSchema;
use serde::Deserialize;

/// The arguments of a call, as the API documents them
/// ([Memory tool](https://platform.claude.com/docs/en/agents-and-tools/tool-use/memory-tool)).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(super) enum Command {
    View {
        path: String,
        /// First and last line, counted from 1; -1 is the last line.
        view_range: Option<[i64; 2]>,
    },
    Create {
        path: String,
        file_text: String,
    },
    StrReplace {
        path: String,
        old_str: String,
        /// The replacement; without it, `old_str` is deleted.
        new_str: Option<String>,
    },
    Insert {
        path: String,
        /// The line after which the text is inserted; 0 is the beginning.
        insert_line: i64,
        insert_text: String,
    },
    Delete {
        path: String,
    },
    Rename {
        old_path: String,
        new_path: String,
    },
}
