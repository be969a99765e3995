//! A server with the tools, resources and prompts that the scenarios of `@modelcontextprotocol/conformance` name.
//!
//! `conformance PORT` serves on `http://127.0.0.1:PORT/mcp`, `conformance --stdio` on stdin and stdout.

use std::time::Duration;

use claudette::{
    ContentBlock, Document, Image, Message, State, ToolContext, ToolDefinition, ToolError, ToolFn, Toolset, tool, tools,
};
use claudette_mcp::{
    Elicited, Error, LogLevel, McpCaller, McpPrompt, McpResource, PromptRequest, ResourceData, ResourceRequest, serve,
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/// The smallest file with a sound: a header and two samples.
const WAV: &[u8] =
    b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x04\0\0\0\0\0\0\0";

/// Returns a text.
#[tool]
fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// Returns an image.
#[tool]
fn test_image_content() -> Image {
    Image::from_base64("image/png", PNG)
}

/// Returns a sound.
#[tool]
fn test_audio_content(caller: State<McpCaller>) {
    caller.attach_audio("audio/wav", WAV);
}

/// Returns an embedded resource.
#[tool]
fn test_embedded_resource() -> Document {
    Document::text("This is an embedded resource content.").title("test://embedded-resource")
}

/// Returns several kinds of content.
#[tool]
fn test_multiple_content_types() -> Vec<ContentBlock> {
    vec![
        ContentBlock::text("Multiple content types test:"),
        Image::from_base64("image/png", PNG).into(),
        Document::text(r#"{"test":"data","value":123}"#).title("test://mixed-content-resource").into(),
    ]
}

/// Logs while it runs.
#[tool]
async fn test_tool_with_logging(caller: State<McpCaller>) -> &'static str {
    caller.log(LogLevel::Info, "Tool execution started").await;
    sleep(Duration::from_millis(50)).await;
    caller.log(LogLevel::Info, "Tool processing data").await;
    sleep(Duration::from_millis(50)).await;
    caller.log(LogLevel::Info, "Tool execution completed").await;
    "Tool with logging executed successfully"
}

/// Fails.
#[tool]
fn test_error_handling() -> Result<String, ToolError> {
    Err(ToolError::new("This tool intentionally returns an error for testing"))
}

/// Reports progress.
#[tool]
async fn test_tool_with_progress(cx: &ToolContext) -> &'static str {
    for done in [0, 50, 100] {
        cx.progress(format!("Completed step {done} of 100"));
        sleep(Duration::from_millis(50)).await;
    }
    "Tool with progress executed successfully"
}

/// Asks the model of the client.
#[tool]
async fn test_sampling(
    caller: State<McpCaller>,
    /// The prompt to send to the model
    prompt: String,
) -> Result<String, Error> {
    Ok(format!("LLM response: {}", caller.sample(prompt, 100).await?))
}

fn shown(answer: Elicited) -> String {
    match answer {
        Elicited::Accepted(values) => format!("action=accept, content={}", Value::Object(values)),
        Elicited::Declined => "action=decline, content={}".to_owned(),
        _ => "action=cancel, content={}".to_owned(),
    }
}

/// Asks the user of the client.
#[tool]
async fn test_elicitation(
    caller: State<McpCaller>,
    /// The message to show the user
    message: String,
) -> Result<String, Error> {
    let schema = json!({
        "type": "object",
        "properties": {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        },
        "required": ["username", "email"],
    });
    Ok(format!("User response: {}", shown(caller.elicit(message, &schema).await?)))
}

/// Asks with defaults.
#[tool]
async fn test_elicitation_sep1034_defaults(caller: State<McpCaller>) -> Result<String, Error> {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "User name", "default": "John Doe"},
            "age": {"type": "integer", "description": "User age", "default": 30},
            "score": {"type": "number", "description": "User score", "default": 95.5},
            "status": {
                "type": "string", "description": "User status",
                "enum": ["active", "inactive", "pending"], "default": "active",
            },
            "verified": {"type": "boolean", "description": "Verification status", "default": true},
        },
        "required": [],
    });
    let answer = caller.elicit("Please review and update the form fields with defaults", &schema).await?;
    Ok(format!("Elicitation completed: {}", shown(answer)))
}

/// Asks with choices.
#[tool]
async fn test_elicitation_sep1330_enums(caller: State<McpCaller>) -> Result<String, Error> {
    let titled = |texts: [&str; 3]| {
        let options =
            texts.iter().enumerate().map(|(n, text)| json!({"const": format!("value{}", n + 1), "title": text}));
        options.collect::<Value>()
    };
    let schema = json!({
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
            "titledSingle": {"type": "string", "oneOf": titled(["First Option", "Second Option", "Third Option"])},
            "legacyEnum": {
                "type": "string", "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {
                "type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]},
            },
            "titledMulti": {
                "type": "array", "items": {"anyOf": titled(["First Choice", "Second Choice", "Third Choice"])},
            },
        },
        "required": [],
    });
    let answer = caller.elicit("Please select options from the enum fields", &schema).await?;
    Ok(format!("Elicitation completed: {}", shown(answer)))
}

/// Takes a while, so that a client can connect again.
#[tool]
async fn test_reconnection() -> &'static str {
    sleep(Duration::from_millis(100)).await;
    "Reconnection test completed successfully"
}

/// A tool with keywords of JSON Schema 2020-12.
fn schema_tool() -> ToolFn {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}},
        },
        "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
        "additionalProperties": false,
    });
    let definition = ToolDefinition::new("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", &schema);
    ToolFn::raw(definition, |input, _| async move { format!("called with {}", input.get()) })
}

fn tools() -> Toolset {
    tools![
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_tool_with_logging,
        test_error_handling,
        test_tool_with_progress,
        test_sampling,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_reconnection,
    ]
    .with(schema_tool())
}

fn resources() -> [McpResource; 4] {
    let text = |_: ResourceRequest| async { Ok::<_, ToolError>("This is the content of the static text resource.") };
    let binary = |_: ResourceRequest| async {
        Ok::<_, ToolError>(ResourceData::bytes("image/png", *include_bytes!("pixel.png")))
    };
    let template = |request: ResourceRequest| async move {
        let id = request.param("id");
        let data = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
        Ok::<_, ToolError>(data.to_string())
    };
    let watched = |_: ResourceRequest| async { Ok::<_, ToolError>("Watched resource content") };
    let (sender, changes) = watch::channel(());
    tokio::spawn(async move {
        while sender.send(()).is_ok() {
            sleep(Duration::from_secs(3)).await;
        }
    });
    [
        McpResource::new("test://static-text", text).name("Static text").description("A text").media_type("text/plain"),
        McpResource::new("test://static-binary", binary).name("Static binary").description("An image"),
        McpResource::new("test://template/{id}/data", template)
            .name("Template")
            .description("Data by id")
            .media_type("application/json"),
        McpResource::new("test://watched-resource", watched)
            .name("Watched")
            .description("A text that changes")
            .changes(changes),
    ]
}

fn prompts() -> [McpPrompt; 4] {
    let simple =
        |_: PromptRequest| async { Ok::<_, ToolError>(vec![Message::user("This is a simple prompt for testing.")]) };
    let arguments = |request: PromptRequest| async move {
        let (arg1, arg2) = (request.argument("arg1"), request.argument("arg2"));
        let text = format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'");
        Ok::<_, ToolError>(vec![Message::user(text)])
    };
    let resource = |request: PromptRequest| async move {
        let embedded = Document::text("Embedded resource content for testing.").title(request.argument("resourceUri"));
        Ok::<_, ToolError>(vec![Message::user((embedded, "Please process the embedded resource above."))])
    };
    let image = |_: PromptRequest| async {
        let image = Image::from_base64("image/png", PNG);
        Ok::<_, ToolError>(vec![Message::user((image, "Please analyze the image above."))])
    };
    [
        McpPrompt::new("test_simple_prompt", "A simple prompt", simple),
        McpPrompt::new("test_prompt_with_arguments", "A prompt with arguments", arguments)
            .argument("arg1", "First test argument")
            .argument("arg2", "Second test argument")
            .values("arg1", ["paris", "park", "party"]),
        McpPrompt::new("test_prompt_with_embedded_resource", "A prompt with a resource", resource)
            .argument("resourceUri", "URI of the resource to embed"),
        McpPrompt::new("test_prompt_with_image", "A prompt with an image", image),
    ]
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let server = serve(tools()).name("conformance").version(env!("CARGO_PKG_VERSION"));
    let server = resources().into_iter().fold(server, claudette_mcp::Serve::resource);
    let server = prompts().into_iter().fold(server, claudette_mcp::Serve::prompt);
    match std::env::args().nth(1).as_deref() {
        Some("--stdio") => server.stdio().await?,
        Some(port) if port.parse::<u16>().is_ok() => server.http(format!("127.0.0.1:{port}")).await?,
        _ => eprintln!("usage: conformance PORT, or conformance --stdio"),
    }
    Ok(())
}
