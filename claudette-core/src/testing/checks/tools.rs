//! The tools: their fields, names and schemas.

use std::collections::HashSet;

use serde_json::Value;

use super::dialect::{Dialect, Mcp};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Fields, Shape};
use super::{blocks, mcp, programmatic, schema};

pub(super) fn check(request: &Request<'_>) -> Check {
    let at = Path::BODY.field("tools");
    let tools = match shape::given(request.body, "tools") {
        Some(tools) => shape::list(tools, &at)?,
        None => &[],
    };
    for (index, tool) in tools.iter().enumerate() {
        definition(tool, &at.index(index), request.dialect)?;
    }
    mcp::check_servers(request, tools)?;
    unique_names(tools)?;
    deferred(tools)?;
    let strict = tools.iter().filter(|tool| tool["strict"] == true);
    let schemas = strict.filter_map(|tool| tool.get("input_schema"));
    schema::check_limits(schemas.chain(request.output_schema())).map_err(Refusal::new)
}

/// Checks the definition of a tool of any kind.
pub(super) fn definition(tool: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    let tool = shape::object(tool, at)?;
    match shape::given(tool, "type") {
        Some(Value::String(tag)) if tag == "mcp_toolset" && dialect.mcp > Mcp::None => {
            mcp::check_toolset(tool, &at.field(tag), dialect)?;
            options(tool, &at.field(tag), dialect)
        }
        Some(Value::String(tag)) if tag != "custom" => defined(tool, tag, at, dialect),
        Some(Value::String(_)) | None => custom(tool, &at.field("custom"), dialect),
        Some(tag) => shape::string(tag, &at.field("type")).map(drop),
    }
}

/// Checks a tool of the client.
fn custom(tool: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const CUSTOM: Shape = Shape::new(&["name", "input_schema"]).optional(&[
        "type",
        "description",
        "cache_control",
        "strict",
        "eager_input_streaming",
        "defer_loading",
        "allowed_callers",
        "input_examples",
    ]);
    CUSTOM.check(tool, at, dialect)?;
    name(&tool["name"], &at.field("name"))?;
    if let Some(description) = shape::given(tool, "description") {
        shape::string(description, &at.field("description"))?;
    }
    options(tool, at, dialect)?;
    schema::check_input(&tool["input_schema"], &at.field("input_schema"))?;
    if tool.get("strict").is_some_and(|strict| *strict == true) {
        schema::check_strict(&tool["input_schema"]).map_err(|message| Refusal::at(at, message))?;
    }
    Ok(())
}

fn name(value: &Value, at: &Path<'_>) -> Check {
    let name = shape::string(value, at)?;
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let refusal = if name.is_empty() {
        "String should have at least 1 character"
    } else if !fits {
        "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    } else if name.len() > 128 {
        "String should have at most 128 characters"
    } else {
        return Ok(());
    };
    Err(Refusal::at(at, refusal))
}

/// Checks the options that tools of all kinds have.
fn options(tool: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    for flag in ["strict", "eager_input_streaming", "defer_loading"] {
        if let Some(value) = shape::given(tool, flag) {
            shape::boolean(value, &at.field(flag))?;
        }
    }
    if let Some(value) = shape::given(tool, "cache_control") {
        blocks::cache_control(value, &at.field("cache_control"), dialect)?;
    }
    programmatic::definition(tool, at)
}

/// A family of tools that the API defines. Its versions differ in the date at the end of the type.
struct Family {
    /// The `type` without its date.
    tag: &'static str,
    /// The possible names of a tool of this family; empty if it does not have a name.
    names: &'static [&'static str],
    /// The fields in addition to the common ones.
    options: &'static [&'static str],
}

const FAMILIES: &[Family] = &[
    family("bash", &["bash"], &[]),
    family("text_editor", &["str_replace_based_edit_tool", "str_replace_editor"], &["max_characters"]),
    family("memory", &["memory"], &[]),
    family("computer", &["computer"], &["display_width_px", "display_height_px", "display_number", "enable_zoom"]),
    family("computer_toolset", &[], &["configs"]),
    family("browser_toolset", &[], &["configs"]),
    family(
        "web_search",
        &["web_search"],
        &["max_uses", "allowed_domains", "blocked_domains", "user_location", "response_inclusion"],
    ),
    family(
        "web_fetch",
        &["web_fetch"],
        &[
            "max_uses",
            "allowed_domains",
            "blocked_domains",
            "citations",
            "max_content_tokens",
            "url_sources",
            "use_cache",
            "response_inclusion",
        ],
    ),
    family("code_execution", &["code_execution"], &[]),
    family("tool_search_tool_regex", &["tool_search_tool_regex"], &[]),
    family("tool_search_tool_bm25", &["tool_search_tool_bm25"], &[]),
    family("advisor", &["advisor"], &["model", "max_uses", "max_tokens", "caching"]),
];

const fn family(tag: &'static str, names: &'static [&'static str], options: &'static [&'static str]) -> Family {
    Family { tag, names, options }
}

/// Checks a tool that the API defines, whether the server or the client runs it.
fn defined(tool: &Fields, tag: &str, at: &Path<'_>, dialect: Dialect) -> Check {
    const COMMON: [&str; 6] = ["type", "cache_control", "strict", "defer_loading", "allowed_callers", "input_examples"];
    let Some(family) = FAMILIES.iter().find(|family| family.tag == undated(tag)) else {
        // With a beta header, it can be a tool that is not listed here.
        return if dialect.beta && tag != "mcp_toolset" {
            Ok(())
        } else {
            let known = FAMILIES.iter().map(|family| family.tag);
            let known: Vec<&str> = std::iter::once("custom").chain(known).collect();
            Err(shape::unknown_tag(tag, at, &known))
        };
    };
    let at = at.field(tag);
    let known = |name: &str| {
        COMMON.contains(&name) || family.options.contains(&name) || name == "name" && !family.names.is_empty()
    };
    if let Some(name) = tool.keys().find(|name| !known(name)) {
        return Err(shape::unknown(&at.field(name)));
    }
    if !family.names.is_empty() {
        let at = at.field("name");
        let name = tool.get("name").ok_or_else(|| shape::missing(&at))?;
        shape::one_of(name, &at, family.names)?;
    }
    options(tool, &at, dialect)
}

/// Returns a type without the date at its end.
fn undated(tag: &str) -> &str {
    match tag.rsplit_once('_') {
        Some((family, date)) if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) => family,
        _ => tag,
    }
}

fn unique_names(tools: &[Value]) -> Check {
    let mut seen = HashSet::new();
    let mut names = tools.iter().filter_map(|tool| tool["name"].as_str());
    if names.all(|name| seen.insert(name)) { Ok(()) } else { Err(Refusal::new("tools: Tool names must be unique.")) }
}

/// Checks the rules for tools with deferred loading.
fn deferred(tools: &[Value]) -> Check {
    let is_deferred = |tool: &&Value| tool["defer_loading"] == true || mcp::is_deferred(tool);
    if !tools.is_empty() && tools.iter().all(|tool| is_deferred(&tool)) {
        return Err(Refusal::new("All tools have defer_loading set. At least one tool must be non-deferred."));
    }
    tools.iter().try_for_each(can_be_deferred)
}

/// Checks what deferred loading of a tool excludes.
pub(super) fn can_be_deferred(tool: &Value) -> Check {
    if tool["defer_loading"] != true {
        return Ok(());
    }
    let name = tool["name"].as_str().unwrap_or_default();
    if tool["type"].as_str().is_some_and(|tag| undated(tag).starts_with("tool_search_tool_")) {
        return Err(Refusal::new(format!(
            "Tool '{name}' cannot have defer_loading=true, because it finds other tools."
        )));
    }
    if tool.get("cache_control").is_some_and(|value| !value.is_null()) {
        return Err(Refusal::new(format!(
            "Tool '{name}' cannot have both defer_loading=true and cache_control set. Tools with defer_loading cannot \
             use prompt caching."
        )));
    }
    Ok(())
}
