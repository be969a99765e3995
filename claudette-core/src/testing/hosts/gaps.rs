//! The features of the API that a host does not have.

use serde_json::Value;

use super::host::Host;

/// A feature that not every host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    UrlSources,
    Files,
    WebSearch,
    /// The versions of the web search after the first one.
    NewWebSearch,
    WebFetch,
    CodeExecution,
    Advisor,
    Skills,
    Mcp,
    ProgrammaticCalls,
    Fallbacks,
    AutomaticCaching,
    CompactionOnDemand,
    Threads,
    FastMode,
    InferenceGeo,
    Toolsets,
    ToolSearch,
    CacheDiagnostics,
    SystemMessages,
    StructuredOutputs,
}

/// Returns the reason why a host does not accept a request to this model; `None` if it has all its features.
pub(super) fn find(host: Host, model: &str, body: &Value) -> Option<String> {
    let lacks = |feature: Feature| {
        missing(host).contains(&feature)
            || match (host, feature) {
                (Host::BedrockMantle, Feature::ToolSearch) => true,
                (Host::Bedrock, Feature::SystemMessages) => model == "claude-sonnet-5",
                (Host::Bedrock, Feature::StructuredOutputs) => model.ends_with("-5-5"),
                _ => false,
            }
    };
    let mut used = Vec::new();
    fields(body, &mut used);
    tools(body, &mut used);
    messages(body, &mut used);
    used.into_iter().find_map(|(feature, message)| lacks(feature).then_some(message))
}

fn missing(host: Host) -> &'static [Feature] {
    use Feature::{
        Advisor, AutomaticCaching, CacheDiagnostics, CodeExecution, CompactionOnDemand, Fallbacks, FastMode, Files,
        InferenceGeo, Mcp, NewWebSearch, ProgrammaticCalls, Skills, Threads, Toolsets, UrlSources, WebFetch, WebSearch,
    };
    match host {
        Host::Anthropic | Host::GoogleCloud => &[],
        Host::Bedrock | Host::BedrockMantle => &[
            UrlSources,
            Files,
            WebSearch,
            WebFetch,
            CodeExecution,
            Advisor,
            Skills,
            Mcp,
            ProgrammaticCalls,
            Fallbacks,
            AutomaticCaching,
            CompactionOnDemand,
            Threads,
            FastMode,
            InferenceGeo,
            Toolsets,
        ],
        Host::ClaudePlatformAws => &[FastMode, CacheDiagnostics],
        Host::Vertex => &[
            UrlSources,
            Files,
            NewWebSearch,
            WebFetch,
            CodeExecution,
            Skills,
            Mcp,
            ProgrammaticCalls,
            Fallbacks,
            AutomaticCaching,
            Threads,
        ],
        Host::Foundry => &[Advisor, Fallbacks, Toolsets, InferenceGeo],
    }
}

/// The features that a request uses, each with the message of its refusal.
type Used = Vec<(Feature, String)>;

fn fields(body: &Value, used: &mut Used) {
    const FIELDS: [(&str, Feature); 8] = [
        ("fallbacks", Feature::Fallbacks),
        ("cache_control", Feature::AutomaticCaching),
        ("compaction", Feature::CompactionOnDemand),
        ("thread", Feature::Threads),
        ("inference_geo", Feature::InferenceGeo),
        ("mcp_servers", Feature::Mcp),
        ("diagnostics", Feature::CacheDiagnostics),
        ("output_format", Feature::StructuredOutputs),
    ];
    let given = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    let extra = |name: &str| format!("{name}: Extra inputs are not permitted");
    used.extend(FIELDS.iter().filter(|(name, _)| given(name)).map(|(name, feature)| (*feature, extra(name))));
    if !body["output_config"]["format"].is_null() {
        used.push((Feature::StructuredOutputs, extra("output_config.format")));
    }
    if body["speed"] == "fast" {
        used.push((Feature::FastMode, extra("speed")));
    }
    if given("container") {
        let skills = !body["container"]["skills"].is_null();
        used.push((if skills { Feature::Skills } else { Feature::CodeExecution }, extra("container")));
    }
}

fn tools(body: &Value, used: &mut Used) {
    const TYPES: [(&str, Feature); 8] = [
        ("web_search_", Feature::WebSearch),
        ("web_fetch_", Feature::WebFetch),
        ("code_execution_", Feature::CodeExecution),
        ("advisor_", Feature::Advisor),
        ("mcp_toolset", Feature::Mcp),
        ("computer_toolset", Feature::Toolsets),
        ("browser_toolset", Feature::Toolsets),
        ("tool_search_tool_", Feature::ToolSearch),
    ];
    for (index, tool) in list(&body["tools"]).enumerate() {
        let tag = tool["type"].as_str().unwrap_or("custom");
        let unexpected =
            format!("tools.{index}: Input tag '{tag}' found using 'type' does not match any of the expected tags");
        if let Some((_, feature)) = TYPES.iter().find(|(start, _)| tag.starts_with(start)) {
            used.push((*feature, unexpected.clone()));
            if *feature == Feature::WebSearch && tag != "web_search_20250305" {
                used.push((Feature::NewWebSearch, unexpected));
            }
        }
        if list(&tool["allowed_callers"]).any(|caller| caller != "direct") {
            let message = format!("tools.{index}.allowed_callers: Extra inputs are not permitted");
            used.push((Feature::ProgrammaticCalls, message));
        }
    }
}

fn messages(body: &Value, used: &mut Used) {
    for (index, message) in list(&body["messages"]).enumerate() {
        if message["role"] == "system" {
            used.push((
                Feature::SystemMessages,
                format!("messages.{index}.role: Input should be 'user' or 'assistant'"),
            ));
        }
        blocks(&message["content"], &format!("messages.{index}.content"), used);
    }
}

/// Adds the features of content blocks, and of the blocks inside them.
fn blocks(content: &Value, place: &str, used: &mut Used) {
    for (index, block) in list(content).enumerate() {
        let place = format!("{place}.{index}");
        let source = &block["source"];
        let feature = match (block["type"].as_str(), source["type"].as_str()) {
            (Some("container_upload"), _) | (_, Some("file")) => Some(Feature::Files),
            (_, Some("url")) => Some(Feature::UrlSources),
            _ => None,
        };
        if let Some(feature) = feature {
            let (place, tag) = match source["type"].as_str() {
                Some(tag) => (format!("{place}.source"), tag),
                None => (place.clone(), "container_upload"),
            };
            let message =
                format!("{place}: Input tag '{tag}' found using 'type' does not match any of the expected tags");
            used.push((feature, message));
        }
        blocks(&block["content"], &format!("{place}.content"), used);
        blocks(&source["content"], &format!("{place}.source.content"), used);
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOSTS: [Host; 6] =
        [Host::Bedrock, Host::BedrockMantle, Host::ClaudePlatformAws, Host::Vertex, Host::GoogleCloud, Host::Foundry];

    #[test]
    fn features_are_missing_on_some_hosts() {
        use Host::{Bedrock, BedrockMantle, ClaudePlatformAws, Foundry, Vertex};
        let aws_and_vertex: &[Host] = &[Bedrock, BedrockMantle, Vertex];
        let aws: &[Host] = &[Bedrock, BedrockMantle];
        let tool = |tag: &str| json!({"tools": [{"type": tag, "name": "t"}]});
        let says = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
        for (body, expected) in [
            (json!({"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "custom"}]}), &[][..]),
            (json!({"cache_control": null, "speed": "standard"}), &[]),
            (json!({"cache_control": {"type": "ephemeral"}}), aws_and_vertex),
            (json!({"fallbacks": "default"}), &[Bedrock, BedrockMantle, Vertex, Foundry]),
            (json!({"compaction": {"type": "on_demand"}}), aws),
            (json!({"thread": "t"}), aws_and_vertex),
            (json!({"speed": "fast"}), &[Bedrock, BedrockMantle, ClaudePlatformAws]),
            (json!({"inference_geo": "us"}), &[Bedrock, BedrockMantle, Foundry]),
            (json!({"diagnostics": {}}), &[ClaudePlatformAws]),
            (json!({"container": {"skills": []}}), aws_and_vertex),
            (json!({"container": "c"}), aws_and_vertex),
            (json!({"mcp_servers": []}), aws_and_vertex),
            (tool("bash_20250124"), &[]),
            (tool("web_search_20250305"), aws),
            (tool("web_search_20260209"), aws_and_vertex),
            (tool("web_fetch_20250910"), aws_and_vertex),
            (tool("code_execution_20250825"), aws_and_vertex),
            (tool("advisor_20260301"), &[Bedrock, BedrockMantle, Foundry]),
            (tool("computer_20251124"), &[]),
            (tool("computer_toolset_20260801"), &[Bedrock, BedrockMantle, Foundry]),
            (tool("tool_search_tool_bm25_20251119"), &[BedrockMantle]),
            (json!({"tools": [{"name": "t", "allowed_callers": ["direct"]}]}), &[]),
            (json!({"tools": [{"name": "t", "allowed_callers": ["code_execution_20260120"]}]}), aws_and_vertex),
            (says(json!({"type": "image", "source": {"type": "base64"}})), &[]),
            (says(json!({"type": "image", "source": {"type": "url"}})), aws_and_vertex),
            (says(json!({"type": "document", "source": {"type": "file"}})), aws_and_vertex),
            (says(json!({"type": "container_upload", "file_id": "f"})), aws_and_vertex),
            (
                says(json!({"type": "tool_result", "content": [{"type": "image", "source": {"type": "url"}}]})),
                aws_and_vertex,
            ),
            (
                says(json!({"type": "document", "source": {"type": "content", "content": [
                    {"type": "image", "source": {"type": "url"}},
                ]}})),
                aws_and_vertex,
            ),
        ] {
            let found: Vec<Host> =
                HOSTS.into_iter().filter(|host| find(*host, "claude-opus-5", &body).is_some()).collect();
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn messages_name_the_place() {
        let body = json!({"messages": [{"role": "user", "content": [
            {"type": "text"},
            {"type": "tool_result", "content": [{"type": "image", "source": {"type": "url"}}]},
        ]}]});
        assert_eq!(
            find(Host::Bedrock, "claude-opus-5", &body).as_deref(),
            Some(
                "messages.0.content.1.content.0.source: Input tag 'url' found using 'type' does not match any of the \
                 expected tags"
            )
        );
    }

    #[test]
    fn one_family_does_not_have_structured_outputs_on_bedrock() {
        let body = json!({"output_config": {"format": {"type": "json_schema", "schema": {}}}});
        let older = json!({"output_format": {"type": "json_schema", "schema": {}}});
        for (body, name) in [(&body, "output_config.format"), (&older, "output_format")] {
            let message = format!("{name}: Extra inputs are not permitted");
            assert_eq!(find(Host::Bedrock, "claude-sonnet-5-5", body), Some(message));
        }
        assert_eq!(find(Host::Bedrock, "claude-opus-4-6", &body), None);
        // The documentation contradicts itself about this host, so the request is not refused.
        assert_eq!(find(Host::BedrockMantle, "claude-sonnet-5-5", &body), None);
        assert_eq!(find(Host::Bedrock, "claude-sonnet-5-5", &json!({"output_config": {"effort": "low"}})), None);
    }

    #[test]
    fn one_model_does_not_accept_system_messages_on_bedrock() {
        let body = json!({"messages": [{"role": "system", "content": "Hi"}]});
        assert!(find(Host::Bedrock, "claude-sonnet-5", &body).is_some());
        assert_eq!(find(Host::Bedrock, "claude-opus-5", &body), None);
        assert_eq!(find(Host::Vertex, "claude-sonnet-5", &body), None);
    }
}
