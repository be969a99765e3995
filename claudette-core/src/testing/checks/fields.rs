//! The fields of the body: their names, their types, and which are required.

use serde_json::Value;

use super::dialect::{Dialect, Mcp, Version};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Endpoint;
use super::shape::{self, Fields, Shape};
use super::{blocks, context, fallbacks, system_message, task_budget};

const MESSAGES: Shape = Shape::new(&["model", "max_tokens", "messages"])
    .optional(&[
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "stop_sequences",
        "stream",
        "cache_control",
        "container",
        "metadata",
        "service_tier",
        "speed",
        "inference_geo",
        "diagnostics",
        "compaction",
        // Only in the older version, as `sampling` checks.
        "temperature",
        "top_p",
        "top_k",
    ])
    .beta(&["context_management", "mcp_servers", "fallbacks", "fallback_credit_token", "thread", "output_format"]);

const COUNT_TOKENS: Shape = Shape::new(&["model", "messages"])
    .optional(&["system", "tools", "tool_choice", "thinking", "output_config", "cache_control", "speed", "compaction"])
    .beta(&["context_management", "mcp_servers", "output_format"]);

const MESSAGE: Shape = Shape::new(&["role", "content"]);

const OUTPUT_CONFIG: Shape = Shape::new(&[]).optional(&["effort", "format"]).beta(&["task_budget"]);

const OUTPUT_FORMAT: Shape = Shape::new(&["type", "schema"]);

pub(super) fn check(body: &Fields, endpoint: Endpoint, dialect: Dialect) -> Check {
    sampling(body, dialect)?;
    match endpoint {
        Endpoint::Messages => MESSAGES.check(body, &Path::BODY, dialect)?,
        Endpoint::CountTokens => COUNT_TOKENS.check(body, &Path::BODY, dialect)?,
    }
    for (name, value) in body {
        let at = Path::BODY.field(name);
        match name.as_str() {
            "model" => shape::string(value, &at).map(drop)?,
            "max_tokens" => shape::natural(value, &at).map(drop)?,
            "messages" => messages(value, &at, dialect)?,
            "mcp_servers" if dialect.mcp == Mcp::None => return Err(shape::unknown(&at)),
            // All other fields are optional and may be null.
            _ if value.is_null() => {}
            "system" => system(value, &at, dialect)?,
            "stream" => shape::boolean(value, &at).map(drop)?,
            "stop_sequences" => stop_sequences(value, &at)?,
            "thinking" => thinking(value, &at, dialect)?,
            "output_config" => output_config(value, &at, dialect)?,
            "cache_control" => blocks::cache_control(value, &at, dialect)?,
            "context_management" => context::management(value, &at, dialect)?,
            "compaction" => context::compaction(value, &at, dialect)?,
            "fallbacks" => fallbacks::models(value, &at, dialect)?,
            "fallback_credit_token" => fallbacks::credit(value, &at, dialect)?,
            "metadata" => metadata(value, &at, dialect)?,
            "service_tier" => shape::one_of(value, &at, &["auto", "standard_only"]).map(drop)?,
            "speed" => shape::one_of(value, &at, &["standard", "fast"]).map(drop)?,
            "temperature" | "top_p" => shape::number(value, &at).map(drop)?,
            "top_k" => shape::natural(value, &at).map(drop)?,
            _ => {}
        }
    }
    Ok(())
}

/// Refuses sampling parameters in the newer version, which does not have them.
fn sampling(body: &Fields, dialect: Dialect) -> Check {
    let names = ["temperature", "top_p", "top_k"];
    match names.iter().find(|name| body.contains_key(**name)) {
        Some(name) if dialect.version == Version::V2026 => Err(shape::unknown(&Path::BODY.field(name))),
        _ => Ok(()),
    }
}

fn messages(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    for (index, message) in shape::list(value, at)?.iter().enumerate() {
        let at = at.index(index);
        let message = shape::object(message, &at)?;
        if message.get("role").is_some_and(|role| role == "system") {
            system_message::fields(message, &at, dialect)?;
            continue;
        }
        MESSAGE.check(message, &at, dialect)?;
        if !matches!(shape::string(&message["role"], &at.field("role"))?, "user" | "assistant") {
            return Err(Refusal::at(&at.field("role"), "Input should be 'user' or 'assistant'"));
        }
        blocks::content(&message["content"], &at.field("content"), dialect)?;
    }
    Ok(())
}

fn system(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    if value.is_string() {
        return Ok(());
    }
    for (index, block) in shape::list(value, at)?.iter().enumerate() {
        let at = at.index(index);
        let block = shape::object(block, &at)?;
        match shape::tag(block, &at)? {
            "text" => blocks::fields(block, "text", &at, dialect)?,
            other => return Err(shape::unknown_tag(other, &at, &["text"])),
        }
        let text = shape::text(block, "text");
        if text.is_empty() && shape::given(block, "cache_control").is_some() {
            return Err(Refusal::at(&at, "cache_control cannot be set for empty text blocks"));
        }
        if text.is_empty() {
            return Err(Refusal::new("system: text content blocks must be non-empty"));
        }
        if text.trim().is_empty() {
            return Err(Refusal::new("system: text content blocks must contain non-whitespace text"));
        }
    }
    Ok(())
}

fn stop_sequences(value: &Value, at: &Path<'_>) -> Check {
    for (index, sequence) in shape::list(value, at)?.iter().enumerate() {
        let sequence = shape::string(sequence, &at.index(index))?;
        if sequence.is_empty() {
            return Err(Refusal::at(at, "each stop sequence must be non-empty"));
        }
        if sequence.trim().is_empty() {
            return Err(Refusal::at(at, "each stop sequence must contain non-whitespace"));
        }
    }
    Ok(())
}

fn thinking(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const ENABLED: Shape = Shape::new(&["type", "budget_tokens"]).optional(&["display"]).beta(&["block_binding"]);
    const ADAPTIVE: Shape = Shape::new(&["type"]).optional(&["display"]).beta(&["block_binding"]);
    const OFF: Shape = Shape::new(&["type"]).beta(&["block_binding"]);

    let thinking = shape::object(value, at)?;
    let tag = shape::tag(thinking, at)?;
    let inside = at.field(tag);
    match tag {
        "enabled" => ENABLED.check(thinking, &inside, dialect)?,
        "adaptive" => ADAPTIVE.check(thinking, &inside, dialect)?,
        "disabled" | "between_tools" => OFF.check(thinking, &inside, dialect)?,
        _ => {
            let known = ["adaptive", "between_tools", "disabled", "enabled"];
            return Err(shape::unknown_tag(tag, at, &known));
        }
    }
    if let Some(budget) = thinking.get("budget_tokens") {
        let at = inside.field("budget_tokens");
        if shape::natural(budget, &at)? < 1024 {
            return shape::at_least(1024, &at);
        }
    }
    if let Some(display) = shape::given(thinking, "display") {
        let known: &[&str] =
            if dialect.beta { &["summarized", "omitted", "updates"] } else { &["summarized", "omitted"] };
        shape::one_of(display, &inside.field("display"), known)?;
    }
    Ok(())
}

fn output_config(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    let config = shape::object(value, at)?;
    OUTPUT_CONFIG.check(config, at, dialect)?;
    if let Some(effort) = shape::given(config, "effort") {
        shape::effort(effort, &at.field("effort"))?;
    }
    if let Some(budget) = shape::given(config, "task_budget") {
        task_budget::fields(budget, &at.field("task_budget"), dialect)?;
    }
    if let Some(format) = shape::given(config, "format") {
        let at = at.field("format");
        let format = shape::object(format, &at)?;
        OUTPUT_FORMAT.check(format, &at, dialect)?;
        shape::one_of(&format["type"], &at.field("type"), &["json_schema"])?;
        shape::object(&format["schema"], &at.field("schema"))?;
    }
    Ok(())
}

fn metadata(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const METADATA: Shape = Shape::new(&[]).optional(&["user_id"]);
    let metadata = shape::object(value, at)?;
    METADATA.check(metadata, at, dialect)?;
    match shape::given(metadata, "user_id") {
        Some(id) => shape::string(id, &at.field("user_id")).map(drop),
        None => Ok(()),
    }
}
