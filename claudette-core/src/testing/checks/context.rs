//! Context editing and compaction: their fields, and what they exclude.

use serde_json::{Value, json};

use super::dialect::{Beta, Dialect};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Fields, Shape};
use crate::testing::context;
use crate::testing::signature;

/// The longest instructions for a summary.
const MAX_INSTRUCTIONS: usize = 16_384;

/// The smallest threshold of a compaction.
const MIN_TRIGGER: u64 = 50_000;

/// Checks the fields of `context_management`.
pub(super) fn management(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const MANAGEMENT: Shape = Shape::new(&[]).optional(&["edits"]);
    if !dialect.has(Beta::ContextManagement) && !dialect.has(Beta::CompactThreshold) {
        return Err(shape::unknown(at));
    }
    let management = shape::object(value, at)?;
    MANAGEMENT.check(management, at, dialect)?;
    let at = at.field("edits");
    let edits = match shape::given(management, "edits") {
        Some(edits) => shape::list(edits, &at)?,
        None => &[],
    };
    for (index, value) in edits.iter().enumerate() {
        let at = at.index(index);
        let edit = shape::object(value, &at)?;
        let tag = shape::tag(edit, &at)?;
        if edits[..index].iter().any(|before| before["type"] == tag) {
            return Err(Refusal::at(&at, format_args!("edit '{tag}' may be given only once")));
        }
        let inside = at.field(tag);
        match tag {
            "clear_tool_uses_20250919" => clear_tool_uses(edit, &inside, dialect)?,
            "clear_thinking_20251015" if index > 0 => {
                return Err(Refusal::at(&at, "`clear_thinking_20251015` must be the first edit"));
            }
            "clear_thinking_20251015" => clear_thinking(edit, &inside, dialect)?,
            "compact_20260112" if dialect.has(Beta::CompactThreshold) => compact(edit, &inside, dialect)?,
            _ => {
                let known = ["clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112"];
                return Err(shape::unknown_tag(tag, &at, &known));
            }
        }
    }
    Ok(())
}

fn clear_tool_uses(edit: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const EDIT: Shape =
        Shape::new(&["type"]).optional(&["trigger", "keep", "clear_at_least", "exclude_tools", "clear_tool_inputs"]);
    EDIT.check(edit, at, dialect)?;
    amount(edit, "trigger", at, dialect, &["input_tokens", "tool_uses"])?;
    amount(edit, "keep", at, dialect, &["tool_uses"])?;
    amount(edit, "clear_at_least", at, dialect, &["input_tokens"])?;
    if let Some(names) = shape::given(edit, "exclude_tools") {
        strings(names, &at.field("exclude_tools"))?;
    }
    match shape::given(edit, "clear_tool_inputs") {
        Some(Value::Bool(_)) | None => Ok(()),
        Some(names) => strings(names, &at.field("clear_tool_inputs")),
    }
}

fn clear_thinking(edit: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const EDIT: Shape = Shape::new(&["type"]).optional(&["keep"]);
    EDIT.check(edit, at, dialect)?;
    match shape::given(edit, "keep") {
        Some(Value::String(keep)) if keep == "all" => Ok(()),
        Some(_) => match amount(edit, "keep", at, dialect, &["thinking_turns"])? {
            Some(0) => shape::at_least(1, &at.field("keep").field("value")),
            _ => Ok(()),
        },
        None => Ok(()),
    }
}

fn compact(edit: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const EDIT: Shape = Shape::new(&["type"]).optional(&["trigger", "pause_after_compaction", "instructions"]);
    EDIT.check(edit, at, dialect)?;
    if amount(edit, "trigger", at, dialect, &["input_tokens"])?.is_some_and(|value| value < MIN_TRIGGER) {
        return shape::at_least(MIN_TRIGGER, &at.field("trigger").field("value"));
    }
    if let Some(pause) = shape::given(edit, "pause_after_compaction") {
        shape::boolean(pause, &at.field("pause_after_compaction"))?;
    }
    match shape::given(edit, "instructions") {
        Some(instructions) => shape::string(instructions, &at.field("instructions")).map(drop),
        None => Ok(()),
    }
}

/// Checks `{"type":…,"value":…}` and returns its value.
fn amount(edit: &Fields, name: &str, at: &Path<'_>, dialect: Dialect, kinds: &[&str]) -> Result<Option<u64>, Refusal> {
    const AMOUNT: Shape = Shape::new(&["type", "value"]);
    let Some(value) = shape::given(edit, name) else {
        return Ok(None);
    };
    let at = at.field(name);
    let amount = shape::object(value, &at)?;
    AMOUNT.check(amount, &at, dialect)?;
    shape::one_of(&amount["type"], &at.field("type"), kinds)?;
    shape::natural(&amount["value"], &at.field("value")).map(Some)
}

fn strings(value: &Value, at: &Path<'_>) -> Check {
    for (index, name) in shape::list(value, at)?.iter().enumerate() {
        shape::string(name, &at.index(index))?;
    }
    Ok(())
}

/// Checks the field `compaction`.
pub(super) fn compaction(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const COMPACTION: Shape = Shape::new(&["type"]).optional(&["instructions"]);
    if !dialect.has(Beta::CompactOnDemand) {
        return Err(Refusal::at(at, "this field requires the `compact-2026-09-04` beta header"));
    }
    let compaction = shape::object(value, at)?;
    COMPACTION.check(compaction, at, dialect)?;
    shape::one_of(&compaction["type"], &at.field("type"), &["summarize"])?;
    if let Some(instructions) = shape::given(compaction, "instructions") {
        let at = at.field("instructions");
        if shape::string(instructions, &at)?.chars().count() > MAX_INSTRUCTIONS {
            return Err(Refusal::at(&at, format_args!("String should have at most {MAX_INSTRUCTIONS} characters")));
        }
    }
    Ok(())
}

/// Checks a compaction block in a message: its beta, and that it is as the server made it.
pub(super) fn block(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    let signed = shape::given(block, "signature").is_some();
    let allowed = dialect.has(Beta::CompactOnDemand) || !signed && dialect.has(Beta::CompactThreshold);
    if !allowed {
        return Err(Refusal::at(at, "compaction is not an expected block type"));
    }
    let content = &block["content"];
    if !content.is_null() && shape::string(content, &at.field("content"))?.is_empty() {
        return Err(Refusal::at(&at.field("content"), "String should have at least 1 character"));
    }
    let Some(signature) = shape::given(block, "signature") else {
        return Ok(());
    };
    let signature = shape::string(signature, &at.field("signature"))?;
    let Ok(signed) = signature::Compacted::read(signature) else {
        return Err(coded("compaction_signature_invalid", &format!("{at}: the signature is not valid")));
    };
    match signed {
        Some(signed) if !signed.is_of_content(content) => {
            Err(coded("compaction_content_mismatch", &format!("{at}: the content does not match the signature")))
        }
        Some(signed) if !signed.is_of_tool_changes(block.get("tool_changes").unwrap_or(&Value::Null)) => Err(coded(
            "compaction_tool_changes_mismatch",
            &format!("{at}: the tool changes do not match the signature"),
        )),
        Some(_) if block.contains_key("encrypted_content") => Err(shape::unknown(&at.field("encrypted_content"))),
        _ => Ok(()),
    }
}

/// Checks what a compaction and a signed block exclude, and the place of the block.
pub(super) fn check(request: &Request<'_>) -> Check {
    let summarizes = shape::given(request.body, "compaction").is_some();
    let edits = shape::given(request.body, "context_management");
    let edits = edits.and_then(|it| it["edits"].as_array()).map_or(&[][..], Vec::as_slice);
    let compacts = edits.iter().any(|edit| edit["type"] == "compact_20260112");
    if (summarizes || compacts) && !request.model.compaction {
        return Err(Refusal::new("compaction is not supported on this model"));
    }
    let signed = signed_blocks(request)?;
    let budget = request.body.get("output_config").map_or(&Value::Null, |config| &config["task_budget"]);
    if (summarizes || signed) && budget["remaining"].is_number() {
        return Err(Refusal::new(
            "output_config.task_budget.remaining: not supported together with an on-demand compaction",
        ));
    }
    if signed && compacts {
        return Err(Refusal::new(
            "context_management: `compact_20260112` is not supported together with a signed compaction block",
        ));
    }
    if summarizes { only_summarizes(request) } else { Ok(()) }
}

/// Returns whether the messages contain a signed block, which must be the first block of the first message, and the only
/// block with a summary.
fn signed_blocks(request: &Request<'_>) -> Result<bool, Refusal> {
    let messages = request.body["messages"].as_array().into_iter().flatten().enumerate();
    let blocks = messages.flat_map(|(message, value)| {
        let blocks = value["content"].as_array().into_iter().flatten().enumerate();
        blocks.map(move |(index, block)| (message, index, block))
    });
    let is_signed = |block: &Value| block["signature"].is_string();
    // A block without a summary has no effect.
    let compactions = blocks
        .filter(|(_, _, block)| block["type"] == "compaction" && (is_signed(block) || block["content"].is_string()));
    let compactions: Vec<_> = compactions.collect();
    let Some((message, index, _)) = compactions.iter().find(|(_, _, block)| is_signed(block)) else {
        return Ok(false);
    };
    if let Some((message, index, _)) = compactions.get(1) {
        return Err(coded(
            "compaction_block_ambiguous",
            &format!("messages.{message}.content.{index}: a request may contain only one compaction block"),
        ));
    }
    if *message > 0 || *index > 0 {
        return Err(coded(
            "compaction_block_misplaced",
            &format!(
                "messages.{message}.content.{index}: the messages that a compaction block summarizes must be removed"
            ),
        ));
    }
    Ok(true)
}

/// Checks a request for a summary, which excludes settings of an answer.
fn only_summarizes(request: &Request<'_>) -> Check {
    let body = request.body;
    let choice = body.get("tool_choice").map_or(&Value::Null, |choice| &choice["type"]);
    let with = if shape::given(body, "context_management").is_some() {
        "`context_management`"
    } else if shape::given(body, "stop_sequences").is_some() {
        "`stop_sequences`"
    } else if choice == "any" || choice == "tool" {
        "a forced `tool_choice`"
    } else if request.output_schema().is_some() {
        "`output_config.format`"
    } else {
        return complete_turn(body);
    };
    Err(Refusal::new(format!("compaction: not supported together with {with}")))
}

/// Checks that there is a conversation to summarize, and that it does not end with unanswered tool calls.
fn complete_turn(body: &Fields) -> Check {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let blocks = |message: &Value| message["content"].as_array().cloned().unwrap_or_default();
    let is_new = |message: &Value| match &message["content"] {
        Value::String(text) => !text.is_empty(),
        content => content.as_array().into_iter().flatten().any(|block| !context::replaces(block)),
    };
    if !messages.iter().any(is_new) {
        return Err(coded("compaction_nothing_to_summarize", "compaction: there is nothing to summarize"));
    }
    let open = messages.last().is_some_and(|message| blocks(message).iter().any(|block| block["type"] == "tool_use"));
    if open {
        return Err(coded(
            "compaction_incomplete_turn",
            "compaction: the conversation ends with tool calls that have no result",
        ));
    }
    Ok(())
}

fn coded(code: &str, message: &str) -> Refusal {
    Refusal::new(message).details(json!({ "error_code": code }))
}
