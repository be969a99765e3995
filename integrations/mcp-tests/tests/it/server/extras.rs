//! Resources, prompts, and questions to the client.
#![allow(deprecated, reason = "sampling, logging and subscriptions are deprecated by the protocol")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::{Document, Image, Message, State, ToolContext, ToolError, tool, tools};
use claudette_mcp::{
    Elicited, Error, LogLevel, McpCaller, McpPrompt, McpResource, PromptRequest, ResourceData, ResourceRequest, Serve,
    serve,
};
use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams,
    ElicitResult, ElicitationAction, ErrorData, GetPromptRequestParams, Implementation, LoggingLevel,
    LoggingMessageNotificationParam, ProtocolVersion, ReadResourceRequestParams, Reference,
    ResourceUpdatedNotificationParam, SamplingMessage, SetLevelRequestParams, SubscribeRequestParams,
    UnsubscribeRequestParams,
};
use rmcp::model::{ClientCapabilities, ClientConfig};
use rmcp::service::{
    ClientLifecycleMode, NotificationContext, RequestContext, RunningService, serve_client_with_lifecycle,
};
use rmcp::{ClientHandler, RoleClient, ServiceError};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::client::{connect, eras, params, text};

/// A client that answers questions, and keeps what it hears of.
#[derive(Clone, Default)]
struct Answerer {
    /// The kinds of questions that it supports.
    supports: bool,
    heard: Arc<Mutex<Vec<String>>>,
}

impl ClientHandler for Answerer {
    fn get_info(&self) -> ClientConfig {
        let capabilities = if self.supports {
            ClientCapabilities::builder().enable_sampling().enable_elicitation().build()
        } else {
            ClientCapabilities::default()
        };
        ClientConfig::new(capabilities, Implementation::new("answerer\u{1b}[31m", "1.2.3"))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let prompt = json!(params.messages).to_string();
        if prompt.contains("forbidden") {
            return Err(ErrorData::invalid_request("the user said no", None));
        }
        Ok(CreateMessageResult::new(SamplingMessage::assistant_text("a poem"), "some-model".to_owned()))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { message, .. } = request else { panic!("it is a form") };
        Ok(match &*message {
            "yes?" => ElicitResult::new(ElicitationAction::Accept).with_content(json!({"sure": true})),
            "no?" => ElicitResult::new(ElicitationAction::Decline),
            _ => ElicitResult::new(ElicitationAction::Cancel),
        })
    }

    async fn on_logging_message(&self, message: LoggingMessageNotificationParam, _: NotificationContext<RoleClient>) {
        let logged = format!("{:?} {} {}", message.level, message.logger.unwrap_or_default(), message.data);
        self.heard.lock().unwrap().push(logged);
    }

    async fn on_resource_updated(&self, update: ResourceUpdatedNotificationParam, _: NotificationContext<RoleClient>) {
        self.heard.lock().unwrap().push(update.uri);
    }
}

async fn answered(serve: Serve, supports: bool, era: ClientLifecycleMode) -> RunningService<RoleClient, Answerer> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    tokio::spawn(serve.io(read, write));
    let answerer = Answerer { supports, ..Answerer::default() };
    serve_client_with_lifecycle(answerer, tokio::io::split(ours), era).await.unwrap()
}

impl Answerer {
    async fn hears(&self, count: usize) -> Vec<String> {
        let all = timeout(Duration::from_secs(5), async {
            while self.heard.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        all.await.expect("it hears them");
        let mut heard = self.heard.lock().unwrap().clone();
        heard.sort();
        heard
    }
}

/// Asks the user.
#[tool]
async fn ask(
    caller: State<McpCaller>,
    /// What to ask
    what: String,
) -> Result<String, Error> {
    let schema = json!({"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]});
    Ok(match caller.elicit(what, &schema).await? {
        Elicited::Accepted(values) => Value::Object(values).to_string(),
        other => format!("{other:?}"),
    })
}

/// Asks the model.
#[tool]
async fn write(
    caller: State<McpCaller>,
    /// What to write
    prompt: String,
) -> Result<String, Error> {
    caller.sample(prompt, 100).await
}

/// Returns the name of the client, if there is one.
#[tool]
async fn who(cx: &ToolContext) -> String {
    let Some(caller) = cx.state::<McpCaller>() else { return "a chat".to_owned() };
    for (level, text) in [(LogLevel::Debug, "detail"), (LogLevel::Info, "hello"), (LogLevel::Error, "trouble")] {
        caller.log(level, text).await;
    }
    caller.attach_audio("audio/wav", b"RIFF");
    caller.attach_link("file:///a.txt", "a");
    format!("{} {}", caller.name().unwrap_or_default(), caller.version().unwrap_or_default())
}

#[tokio::test]
async fn a_tool_asks_the_client() {
    let client = answered(serve(tools![ask, write]), true, eras()[0].clone()).await;
    for (name, arguments, answer) in [
        ("ask", json!({"what": "yes?"}), r#"{"sure":true}"#),
        ("ask", json!({"what": "no?"}), "Declined"),
        ("ask", json!({"what": "what?"}), "Cancelled"),
        ("write", json!({"prompt": "a poem, please"}), "a poem"),
    ] {
        let result = client.call_tool(params(name, arguments)).await.unwrap();
        assert_eq!((text(&result).as_str(), result.is_error), (answer, Some(false)));
    }
    let refused = client.call_tool(params("write", json!({"prompt": "forbidden"}))).await.unwrap();
    assert!(refused.is_error == Some(true) && text(&refused).contains("the user said no"), "{refused:?}");
    assert!(text(&refused).contains("`answerer`"), "{refused:?}");
}

#[tokio::test]
async fn a_client_that_cannot_be_asked_is_an_error_for_the_model() {
    // The newer version of the protocol has no questions during a call.
    for (supports, era) in [(false, eras()[0].clone()), (false, eras()[1].clone()), (true, eras()[1].clone())] {
        let client = answered(serve(tools![ask, write]), supports, era).await;
        for (name, arguments) in [("ask", json!({"what": "yes?"})), ("write", json!({"prompt": "a"}))] {
            let result = timeout(Duration::from_secs(5), client.call_tool(params(name, arguments))).await.unwrap();
            let result = result.unwrap();
            assert!(result.is_error == Some(true) && text(&result).contains("answerer"), "{result:?}");
        }
    }
}

#[tokio::test]
async fn logs_and_attachments_reach_the_client() {
    let client = answered(serve(tools![who]).name("logger"), false, eras()[0].clone()).await;
    let result = client.call_tool(params("who", json!({}))).await.unwrap();
    assert_eq!(
        json!(result.content),
        json!([
            {"type": "text", "text": "answerer\u{1b}[31m 1.2.3"},
            {"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"},
            {"type": "resource_link", "uri": "file:///a.txt", "name": "a"},
        ])
    );
    let heard = client.service().hears(2).await;
    assert_eq!(heard, [r#"Error logger "trouble""#, r#"Info logger "hello""#]);
    client.set_level(SetLevelRequestParams::new(LoggingLevel::Debug)).await.unwrap();
    client.call_tool(params("who", json!({}))).await.unwrap();
    assert_eq!(client.service().hears(5).await[0], r#"Debug logger "detail""#);

    let outside = tools![who].call("who", "{}", &ToolContext::default()).await;
    assert_eq!(outside.text(), "a chat");
}

fn resources(changes: watch::Receiver<()>) -> Serve {
    let readme = McpResource::new("file:///readme.md", |_: ResourceRequest| async { Ok::<_, ToolError>("# Read me") })
        .name("readme")
        .description("What this is")
        .media_type("text/markdown")
        .changes(changes);
    let row = McpResource::new("db://{table}/{id}", |request: ResourceRequest| async move {
        match request.param("id") {
            "0" => Err(ToolError::new("no such row")),
            "1" => panic!("the disk is gone"),
            id => Ok(format!("{} {id} {}", request.param("table"), request.uri)),
        }
    });
    let logo = McpResource::new("file:///logo.png", |_: ResourceRequest| async {
        Ok::<_, ToolError>(ResourceData::bytes("image/png", [1, 2, 3]))
    });
    serve(tools![]).resource(row).resource(readme).resource(logo)
}

#[tokio::test]
async fn resources_are_listed_and_read() {
    for era in eras() {
        let (client, _server) = super::client::connect_in(resources(watch::channel(()).1), era).await;
        let info = client.peer_info().unwrap();
        assert!(info.capabilities.resources.is_some() && info.capabilities.tools.is_none());
        assert_eq!(
            json!(client.list_all_resources().await.unwrap()),
            json!([
                {"uri": "file:///readme.md", "name": "readme", "description": "What this is", "mimeType": "text/markdown"},
                {"uri": "file:///logo.png", "name": "file:///logo.png"},
            ])
        );
        assert_eq!(client.list_all_resource_templates().await.unwrap()[0].uri_template, "db://{table}/{id}");
        let read = |uri: &str| client.read_resource(ReadResourceRequestParams::new(uri));
        let contents = |result: rmcp::model::ReadResourceResult| json!(result.contents[0]);
        assert_eq!(
            contents(read("file:///readme.md").await.unwrap()),
            json!({"uri": "file:///readme.md", "mimeType": "text/markdown", "text": "# Read me"})
        );
        assert_eq!(
            contents(read("file:///logo.png").await.unwrap()),
            json!({"uri": "file:///logo.png", "mimeType": "image/png", "blob": "AQID"})
        );
        assert_eq!(
            contents(read("db://users/a%20b").await.unwrap()),
            json!({"uri": "db://users/a%20b", "mimeType": "text/plain", "text": "users a b db://users/a%20b"})
        );
        for (uri, part) in [
            ("db://users/0", "no such row"),
            ("db://users/1", "panicked"),
            ("db://users", "no resource `db://users`"),
            ("file:///etc/passwd", "no resource"),
        ] {
            let Err(ServiceError::McpError(error)) = read(uri).await else { panic!("{uri} cannot be read") };
            assert!(error.message.contains(part), "{uri}: {error}");
        }
    }
}

#[tokio::test]
async fn a_subscribed_client_hears_of_changes() {
    let (change, changes) = watch::channel(());
    let client = answered(resources(changes), false, eras()[0].clone()).await;
    change.send(()).unwrap();
    client.subscribe(SubscribeRequestParams::new("file:///readme.md")).await.unwrap();
    assert!(client.subscribe(SubscribeRequestParams::new("file:///other")).await.is_err());
    client.subscribe(SubscribeRequestParams::new("file:///logo.png")).await.unwrap();
    // Nothing has changed since the subscription.
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(client.service().heard.lock().unwrap().is_empty());
    change.send(()).unwrap();
    assert_eq!(client.service().hears(1).await, ["file:///readme.md"]);
    client.unsubscribe(UnsubscribeRequestParams::new("file:///readme.md")).await.unwrap();
    change.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(client.service().heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn prompts_are_listed_and_filled_in() {
    let review = McpPrompt::new("review", "Reviews a file.", |request: PromptRequest| async move {
        if request.argument("path") == "/" {
            return Err(ToolError::new("a folder is not a file"));
        }
        let question = format!("Review {} {}", request.argument("path"), request.argument("language"));
        let image = Image::from_base64("image/png", "iVBORw0KGgo=");
        let file = Document::text("text").title("file:///a");
        Ok(vec![Message::user((image, file, question)), Message::assistant("Gladly:")])
    })
    .argument("path", "Path of the file")
    .optional("language", "Its language")
    .values("language", ["Rust", "Ruby", "Python"]);
    for era in eras() {
        let (client, _server) = super::client::connect_in(serve(tools![]).prompt(review.clone()), era).await;
        assert_eq!(
            json!(client.list_all_prompts().await.unwrap()),
            json!([{
                "name": "review",
                "description": "Reviews a file.",
                "arguments": [
                    {"name": "path", "description": "Path of the file", "required": true},
                    {"name": "language", "description": "Its language", "required": false},
                ],
            }])
        );
        let get = |name: &str, arguments: Value| {
            let arguments = serde_json::from_value::<rmcp::model::JsonObject>(arguments).unwrap();
            client.get_prompt(GetPromptRequestParams::new(name).with_arguments(arguments))
        };
        let messages = get("review", json!({"path": "a.rs"})).await.unwrap().messages;
        assert_eq!(
            json!(messages),
            json!([
                {"role": "user", "content": {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}},
                {"role": "user", "content": {
                    "type": "resource",
                    "resource": {"uri": "file:///a", "mimeType": "text/plain", "text": "text"},
                }},
                {"role": "user", "content": {"type": "text", "text": "Review a.rs "}},
                {"role": "assistant", "content": {"type": "text", "text": "Gladly:"}},
            ])
        );
        for (name, arguments, part) in [
            ("review", json!({}), "`path`"),
            ("review", json!({"path": "/"}), "a folder is not a file"),
            ("other", json!({}), "no prompt `other`"),
        ] {
            let Err(ServiceError::McpError(error)) = get(name, arguments).await else { panic!("it fails") };
            assert!(error.message.contains(part), "{error}");
        }
        let complete = |argument: &str, typed: &str| {
            let argument = ArgumentInfo::new(argument, typed);
            client.complete(CompleteRequestParams::new(Reference::for_prompt("review"), argument))
        };
        assert_eq!(complete("language", "ru").await.unwrap().completion.values, ["Rust", "Ruby"]);
        assert!(complete("path", "").await.unwrap().completion.values.is_empty());
    }
}

#[tokio::test]
async fn misuse_is_reported() {
    let resource = |uri: &str| McpResource::new(uri, |_: ResourceRequest| async { Ok::<_, ToolError>("") });
    let prompt = |name: &str| McpPrompt::new(name, "", |_: PromptRequest| async { Ok::<_, ToolError>(vec![]) });
    let empty = || serve(tools![]);
    for (serve, part) in [
        (empty().resource(resource("readme")), "has no scheme"),
        (empty().resource(resource("a://{x")), "braces"),
        (empty().resource(resource("a://x")).resource(resource("a://x")), "two resources"),
        (empty().prompt(prompt("a")).prompt(prompt("a")), "two prompts"),
        (empty().prompt(prompt("a").values("b", ["c"])), "`b`"),
    ] {
        let (read, write) = tokio::io::split(tokio::io::duplex(1).0);
        let error = serve.io(read, write).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(part), "{error}");
    }
    let (client, _server) = connect(empty()).await;
    assert!(client.list_all_tools().await.unwrap().is_empty());
    assert!(client.list_all_resources().await.is_err());
}
