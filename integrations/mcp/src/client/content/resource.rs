//! The result of `resources/read` as blocks, and as the output of a tool.

use claudette::wire::ContentBlock;
use claudette::{ToolError, ToolOutput};
use serde_json::Value;

use super::{Part, Reader};
use crate::client::result::{cap, content_of};
use crate::{Error, Result};

/// Returns the blocks of a resource that a program reads.
///
/// # Errors
///
/// Returns a protocol error if the answer is not the content of a resource.
pub(crate) fn contents(server: &str, uri: &str, result: &Value) -> Result<Vec<ContentBlock>> {
    let parts = parts(server, uri, result, &mut Reader::new(false))?;
    Ok(parts.into_iter().map(Part::into_block).collect())
}

/// Returns the output of a tool that reads a resource. Texts of more than `max_text` bytes are cut; the program keeps
/// the answer of the server if the model does not read all of it.
///
/// # Errors
///
/// Returns an error for the model if the answer is not the content of a resource.
pub(crate) fn resource_output(
    server: &str,
    uri: &str,
    result: &Value,
    max_text: usize,
) -> Result<ToolOutput, ToolError> {
    let mut reader = Reader::new(true);
    let mut parts = parts(server, uri, result, &mut reader)?;
    let is_cut = cap(&mut parts, max_text);
    let output = ToolOutput::new(content_of(parts));
    if is_cut || reader.has_withheld() { output.with_value(result) } else { Ok(output) }
}

fn parts(server: &str, uri: &str, result: &Value, reader: &mut Reader) -> Result<Vec<Part>> {
    match result.get("contents") {
        Some(Value::Array(contents)) => Ok(contents
            .iter()
            .filter_map(|content| match content {
                Value::Object(fields) => Some(reader.resource(fields)),
                bare => reader.block(bare),
            })
            .collect()),
        Some(Value::Object(fields)) => Ok(vec![reader.resource(fields)]),
        _ => Err(Error::protocol(format!(
            "the server \"{server}\" answered the request for the resource `{uri}` without `contents`"
        ))),
    }
}
