//! The texts that the model reads in place of a result, and those of the text editor.
//!
//! No decision depends on them, so they can be reworded freely. Callers shorten long names and values.

use std::fmt::{Display, Write};
use std::time::Duration;

// Calls that do not run.

/// The response ended for a reason that is not `tool_use`.
pub(in crate::tool) fn ended_with(reason: &impl Display) -> String {
    format!("Not run: the response ended with `{reason}`.")
}

/// The response has no stop reason.
pub(in crate::tool) const INCOMPLETE: &str = "Not run: the response is incomplete (it has no stop reason).";

/// No tool has this name.
pub(in crate::tool) fn unknown_tool(name: &str, similar: Option<&str>, known: &[&str]) -> String {
    let hint = similar.map(did_you_mean_name).unwrap_or_default();
    match known {
        [] => format!("Unknown tool `{name}`. No tools are available."),
        known => {
            let end = if hint.is_empty() { "." } else { "" };
            format!("Unknown tool `{name}`{hint}{end} Available tools: {}", names(known))
        }
    }
}

/// The program has removed the tool from the conversation.
pub(in crate::tool) fn removed_tool(name: &str, known: &[&str]) -> String {
    match known {
        [] => format!("Not run: the tool `{name}` was removed. No tools are available."),
        known => format!("Not run: the tool `{name}` was removed. Available tools: {}", names(known)),
    }
}

/// The tool is listed, and nothing here can run it.
pub(in crate::tool) fn cannot_run(name: &str) -> String {
    format!("The tool `{name}` cannot run here. Continue without it.")
}

/// The arguments contain half of a surrogate pair.
pub(in crate::tool) fn half_a_character(name: &str) -> String {
    format!(
        "Invalid arguments for `{name}`: a `\\u` escape is only half of a surrogate pair. The tool did not run. Call \
         it again with the whole character, or without it."
    )
}

/// The arguments are empty.
pub(in crate::tool) fn no_arguments(name: &str) -> String {
    format!("The tool `{name}` did not run because its arguments did not arrive. Send the call again.")
}

/// The arguments are not a JSON object. `error` is the syntax error; `None` if they are another JSON value.
pub(in crate::tool) fn not_an_object(name: &str, error: Option<&impl Display>, input: &str) -> String {
    match error {
        Some(error) => format!("Invalid arguments for `{name}`: the JSON is not valid ({error}): {input}"),
        None => format!("Invalid arguments for `{name}`: expected one JSON object, got {input}"),
    }
}

/// The program did not provide a state.
pub(in crate::tool) fn missing_state(state: &impl Display) -> String {
    format!("The tool did not run because the program did not provide `{state}`.")
}

/// The runtime of the program is shutting down.
pub(in crate::tool) const SHUTTING_DOWN: &str = "The tool did not run because the program is shutting down.";

// Calls that fail.

/// The error of a tool has no text. The API does not accept an empty error.
pub(in crate::tool) const NO_MESSAGE: &str = "The tool failed without an error message.";

/// The tool panicked. The message may be empty.
pub(in crate::tool) fn panicked(name: &str, message: &str) -> String {
    match message {
        "" => format!("The tool `{name}` panicked."),
        message => format!("The tool `{name}` panicked: {message}"),
    }
}

/// The tool did not finish in time.
pub(in crate::tool) fn timed_out(name: &str, after: Duration) -> String {
    format!("The tool `{name}` did not finish within {after:?}; it may have taken effect.")
}

// Outputs.

/// The API would refuse the output.
pub(in crate::tool) fn cannot_be_sent(name: &str, why: &str) -> String {
    format!("The tool `{name}` ran, but its output cannot be sent: {why}")
}

/// The output contains a number that is not finite.
pub(in crate::tool) fn not_finite(number: f64) -> String {
    let number = if number.is_nan() { "NaN" } else { "infinity" };
    format!("the output contains {number}, which JSON cannot represent; return text or `None` instead")
}

/// The output contains an image or a document in a field of an object.
pub(in crate::tool) fn buried(file: &str) -> String {
    let article = if file == "image" { "an" } else { "a" };
    format!(
        "the output contains {article} {file} inside an object, where the model cannot see it; return the {file} itself, \
         a list or a tuple with it, or a `ToolOutput`"
    )
}

/// The output has no JSON form.
pub(in crate::tool) fn no_json(why: &str) -> String {
    format!("the output cannot be written as JSON: {why}")
}

/// Stands in the place of the middle of a long output.
pub(in crate::tool) fn left_out(bytes: usize, most: usize) -> String {
    format!("[… {bytes} bytes omitted: an output may have at most {most} bytes. Ask for less, or for a part of it. …]")
}

/// Precedes the output of a call that the user allowed with other arguments.
pub(in crate::tool) fn changed_arguments(input: &str) -> String {
    format!("The user changed the arguments to {input}.\n")
}

// Arguments.

/// Lists what is wrong with a value, and how many more items there are. A part of the value is called a `noun`.
pub(in crate::tool) fn invalid(noun: &str, items: impl IntoIterator<Item = String>, more: usize) -> String {
    let mut text = format!("Invalid {noun}s:");
    for item in items {
        text.push_str("\n- ");
        text.push_str(&item);
    }
    if more > 0 {
        // Writing to a `String` does not fail.
        let _ = write!(text, "\n- and {more} more");
    }
    text
}

/// Between the path of an item and its text.
pub(in crate::tool) const COLON: &str = ": ";

/// Between the path of an item and a text that is its predicate, as `is required`.
pub(in crate::tool) const SPACE: &str = " ";

/// One item; the path is empty for the value as a whole.
pub(in crate::tool) fn item(path: &str, joint: &str, text: &str) -> String {
    if path.is_empty() { text.to_owned() } else { format!("`{path}`{joint}{text}") }
}

/// The value as a whole cannot be read.
pub(in crate::tool) const TOO_DEEP: &str = "the JSON is nested too deeply or is not valid";

/// An argument is given twice.
pub(in crate::tool) fn given_twice(name: &str) -> String {
    invalid("argument", [item(name, SPACE, "is given more than once")], 0)
}

/// A value is required that is not given. A predicate.
pub(in crate::tool) fn is_required(wanted: &str) -> String {
    if wanted == ANYTHING { "is required".to_owned() } else { format!("is required ({wanted})") }
}

/// A value is required, and no schema describes it.
pub(in crate::tool) const REQUIRED: &str = "a value is required";

/// A required field of a value is not given.
pub(in crate::tool) fn required_field(name: &str) -> String {
    format!("the field `{name}` is required")
}

/// A field does not exist. A predicate. `known` lists those that exist.
pub(in crate::tool) fn is_unknown(known: &str, similar: Option<&str>) -> String {
    match known {
        "" => "is unknown; remove it".to_owned(),
        known => format!("is unknown; expected {known}{}", similar.map(did_you_mean_name).unwrap_or_default()),
    }
}

/// Nothing uses a value. A predicate.
pub(in crate::tool) const IS_UNUSED: &str = "is not used; remove it";

/// Nothing uses a field inside a value.
pub(in crate::tool) fn unused_field(name: &str) -> String {
    format!("the field `{name}` inside is not used; remove it")
}

/// The type could not read a value, and ignored it. A predicate.
pub(in crate::tool) fn cannot_be_read(why: &str) -> String {
    format!("cannot be read: {why}")
}

/// A value is not what is expected.
pub(in crate::tool) fn expected(wanted: &str, got: &str) -> String {
    format!("expected {wanted}, got {got}")
}

/// A hint after another text; `text` is quoted.
pub(in crate::tool) fn did_you_mean(text: &impl Display) -> String {
    format!("; did you mean {text}?")
}

fn did_you_mean_name(name: &str) -> String {
    did_you_mean(&format_args!("`{name}`"))
}

/// A value is one that is excluded.
pub(in crate::tool) fn excluded(value: &str) -> String {
    format!("{value} is not allowed")
}

/// No value is allowed in this place.
pub(in crate::tool) const NOTHING: &str = "no value";

/// Any value is allowed in this place.
pub(in crate::tool) const ANYTHING: &str = "any value";

/// A list of any values.
pub(in crate::tool) const LIST: &str = "list";

/// A list of one kind of values.
pub(in crate::tool) fn list_of(kind: &str) -> String {
    let is_word = kind.bytes().all(|byte| byte.is_ascii_lowercase());
    format!("{LIST} of {kind}{}", if is_word { "s" } else { "" })
}

/// A list with a kind of value for each element.
pub(in crate::tool) fn tuple(kinds: &[String]) -> String {
    format!("{LIST} [{}]", kinds.join(", "))
}

/// An object with required fields.
pub(in crate::tool) fn object_with(fields: &[&str]) -> String {
    match fields {
        [] => "object".to_owned(),
        fields => format!("object with {}", names(fields)),
    }
}

/// The bound that a keyword of a schema sets. With `is_exact`, it is the lower and the upper bound of a size.
pub(in crate::tool) fn bound(keyword: &str, is_exact: bool, limit: &impl Display, unit: &str) -> String {
    let words = match keyword {
        _ if is_exact => "",
        "minimum" | "minLength" | "minItems" | "minProperties" => "at least ",
        "maximum" | "maxLength" | "maxItems" | "maxProperties" => "at most ",
        "exclusiveMinimum" => "more than ",
        "exclusiveMaximum" => "less than ",
        "multipleOf" => "a multiple of ",
        _ => "",
    };
    let limit = limit.to_string();
    match (unit, limit.as_str()) {
        ("", _) => format!("{words}{limit}"),
        (unit, "1") => format!("{words}1 {unit}"),
        (unit, _) => format!("{words}{limit} {unit}s"),
    }
}

/// The name of a field does not match the schema.
pub(in crate::tool) fn invalid_name(why: &str) -> String {
    format!("invalid name: {why}")
}

/// An element occurs twice in a list of unique elements.
pub(in crate::tool) fn duplicate(element: &str) -> String {
    format!("duplicate element {element}; give each element once")
}

/// The expected value, where a value matches several alternatives of a schema.
pub(in crate::tool) const EXACTLY_ONE: &str = "a value that matches exactly one alternative";

/// The expected value, where a variant is an object.
pub(in crate::tool) const VARIANT: &str = "expected an object with exactly one field, the name of the variant";

/// A list has more elements than its type reads.
pub(in crate::tool) const TOO_MANY_ELEMENTS: &str = "too many elements";

/// A number does not fit its type.
pub(in crate::tool) fn out_of_range(number: &str) -> String {
    format!("{number} is out of range")
}

// Lists.

/// Joins words: `a, b or c`.
pub(in crate::tool) fn alternatives(words: &[String]) -> String {
    joined(words, "or")
}

/// Quotes and joins names: `` `a`, `b` and `c` ``.
pub(in crate::tool) fn names(names: &[&str]) -> String {
    joined(&quoted(names), "and")
}

/// Quotes names.
pub(in crate::tool) fn quoted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn joined(words: &[String], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// The texts of the tool search.
#[cfg(feature = "search")]
pub(in crate::tool) mod search {
    /// The description of the argument `query`.
    pub(in crate::tool) const QUERY: &str = "What the tool should do: the service if you know it, an action and its object, each with synonyms, such as \
         `calendar: cancel delete remove meeting event`. Leave out names, numbers and other details of the task.";

    /// No tool contains a word of the query.
    pub(in crate::tool) const NOTHING: &str = "No tool was found. Search again with other and more general words: the service, the action and its object, each \
         with synonyms. Search for one action at a time.";

    /// The most groups that are named.
    const GROUPS: usize = 25;

    /// The description of the search tool. The groups are the first words of the names, with the number of the tools.
    pub(in crate::tool) fn description(tools: usize, groups: &[(&str, usize)]) -> String {
        let names: Vec<String> = groups.iter().take(GROUPS).map(|(name, tools)| format!("{name} ({tools})")).collect();
        let more = if groups.len() > GROUPS { ", and others" } else { "" };
        let groups = if names.is_empty() { String::new() } else { format!(", among them {}{more}", names.join(", ")) };
        format!(
            "Finds tools by words and makes the best matches available. {tools} tools are hidden until a search finds \
             them{groups}. If none of the found tools fits, search again with other words."
        )
    }
}

/// The texts of the text editor. Models know those that the API documents ([Text editor
/// tool](https://platform.claude.com/docs/en/agents-and-tools/tool-use/text-editor-tool)), so these keep their words.
#[cfg(any(feature = "editor", feature = "memory"))]
#[cfg_attr(not(feature = "editor"), expect(dead_code, reason = "the memory uses some of these texts"))]
pub(in crate::tool) mod editor {
    use std::fmt::Display;

    // Results.

    /// Lists a directory.
    pub(in crate::tool) fn directory(path: &str, rows: &str) -> String {
        format!(
            "Here're the files and directories up to 2 levels deep in {path}, excluding hidden items and \
             node_modules:\n{rows}"
        )
    }

    /// Ends the list of a directory that has more entries.
    pub(in crate::tool) fn more_entries(path: &str) -> String {
        format!("(More entries of {path} are not listed.)")
    }

    /// Shows a file.
    pub(in crate::tool) fn content(path: &str, rows: &str) -> String {
        format!("Here's the content of {path} with line numbers:\n{rows}")
    }

    /// Shows an empty file.
    pub(in crate::tool) fn empty(path: &str) -> String {
        format!("The file {path} is empty.")
    }

    /// Ends the lines of a file that were cut.
    pub(in crate::tool) fn cut_off(characters: usize, line: usize, lines: usize) -> String {
        format!(
            "(Cut off after {characters} characters, in line {line} of {lines}. Use `view_range` to view other lines.)"
        )
    }

    /// A file was created.
    pub(in crate::tool) fn created(path: &str) -> String {
        format!("File created successfully at: {path}")
    }

    /// A file was edited; `snippet` is the part with the edit.
    pub(in crate::tool) fn edited(path: &str, snippet: &str) -> String {
        match snippet {
            "" => format!("The file {path} has been edited. It is now empty."),
            snippet => format!("The file {path} has been edited. Here's a part of it with line numbers:\n{snippet}"),
        }
    }

    // Errors.

    /// Marks an error.
    pub(in crate::tool) fn error(text: &str) -> String {
        format!("Error: {text}")
    }

    pub(in crate::tool) const CANCELLED: &str = "The call was cancelled.";

    pub(in crate::tool) const CANNOT_READ: &str = "Permission denied. Cannot read file.";

    pub(in crate::tool) const CANNOT_WRITE: &str = "Permission denied. Cannot write to file.";

    pub(in crate::tool) const EMPTY_PATH: &str = "The path is empty. Use `.` for the directory itself.";

    pub(in crate::tool) fn long_path(path: &str, most: usize) -> String {
        format!("The path {path} is longer than {most} bytes.")
    }

    pub(in crate::tool) fn outside(path: &str) -> String {
        format!(
            "The path {path} does not lead to a file below the directory of this editor. Use a path relative to that \
             directory, with `/` and without `..`. Use `.` for the directory itself."
        )
    }

    pub(in crate::tool) fn missing(path: &str) -> String {
        format!("The path {path} does not exist. Please provide a valid path.")
    }

    pub(in crate::tool) fn is_directory(path: &str) -> String {
        format!("The path {path} is a directory.")
    }

    pub(in crate::tool) fn not_a_file_name(path: &str) -> String {
        format!("The path {path} names a directory. Provide the path of a file.")
    }

    pub(in crate::tool) fn not_a_directory(path: &str) -> String {
        format!("A part of the path {path} is not a directory.")
    }

    pub(in crate::tool) fn not_regular(path: &str) -> String {
        format!("The path {path} is not a regular file.")
    }

    pub(in crate::tool) fn not_text(path: &str) -> String {
        format!("File {path} is not UTF-8 text.")
    }

    pub(in crate::tool) fn exists(path: &str) -> String {
        format!("File {path} already exists")
    }

    pub(in crate::tool) fn too_large(path: &str, most: u64) -> String {
        format!("File {path} exceeds maximum size limit of {most} bytes.")
    }

    pub(in crate::tool) fn too_many_lines(path: &str) -> String {
        format!("File {path} exceeds maximum line limit of 999,999 lines.")
    }

    pub(in crate::tool) fn changed(path: &str) -> String {
        format!(
            "File {path} was changed by another program during the edit, so nothing was written. View it again, then \
             repeat the edit."
        )
    }

    pub(in crate::tool) fn locked(path: &str) -> String {
        format!("The directory of {path} is locked by another program. Try again later.")
    }

    pub(in crate::tool) fn cannot_use(path: &str, error: &impl Display) -> String {
        format!("The path {path} cannot be used: {error}")
    }

    pub(in crate::tool) fn range_of_directory(path: &str) -> String {
        format!("The path {path} is a directory. Use `view_range` for files only.")
    }

    pub(in crate::tool) fn view_range(from: i64, to: i64, lines: usize) -> String {
        format!(
            "Invalid `view_range` parameter: [{from}, {to}]. It should be within the range of lines of the file: \
             [1, {lines}]. The second number must not be less than the first; -1 is the last line."
        )
    }

    pub(in crate::tool) fn insert_line(line: i64, lines: usize) -> String {
        format!(
            "Invalid `insert_line` parameter: {line}. It should be within the range of lines of the file: [0, {lines}]"
        )
    }

    pub(in crate::tool) const OLD_STR_EMPTY: &str = "No replacement was performed, old_str is empty.";

    pub(in crate::tool) fn old_str_missing(old_str: &str, path: &str) -> String {
        format!("No replacement was performed, old_str `{old_str}` did not appear verbatim in {path}.")
    }

    pub(in crate::tool) fn old_str_repeated(old_str: &str, lines: &str) -> String {
        format!(
            "No replacement was performed. Multiple occurrences of old_str `{old_str}` in lines: {lines}. Please ensure \
             it is unique"
        )
    }

    /// The argument `insert_text` is not given.
    pub(in crate::tool) fn no_insert_text() -> String {
        super::invalid("argument", [super::item("insert_text", super::SPACE, &super::is_required("string"))], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_in_a_sentence() {
        assert_eq!(names(&[]), "");
        assert_eq!(names(&["a"]), "`a`");
        assert_eq!(names(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(alternatives(&quoted(&["a", "b"])), "`a` or `b`");
    }
}
