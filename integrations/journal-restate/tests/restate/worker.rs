//! [`Worker`]: a process with the handlers of the tests, which a test kills.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use claudette::{Approval, Chat, Client, ToolError, Toolset, tool, tools};
use claudette_journal_restate::{Approvals, Journal, ToolCall, ToolRecord};
use journal_scenario::{Files, Outcome, approve, chat, prompt};
use restate_sdk::prelude::*;

use crate::restate::wait_for;

/// The first argument of the process of a worker.
const ARGUMENT: &str = "worker";

/// A process with the handlers of the tests.
pub(crate) struct Worker {
    child: Child,
    port: u16,
    /// The folder of the files, the URL of the mock server, and the change of the program.
    arguments: [String; 3],
}

impl Worker {
    /// Starts a worker. `model` is the URL of the mock server.
    pub(crate) fn start(files: &Files, model: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = [files.dir().to_str().unwrap().to_owned(), model.to_owned(), String::new()];
        Self { child: spawn(port, &arguments), port, arguments }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills the process with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts the process again.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, &self.arguments);
    }

    /// Kills the process, and starts a changed program in its place.
    pub(crate) fn replace(&mut self, change: &str) {
        self.kill();
        change.clone_into(&mut self.arguments[2]);
        self.restart();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, arguments: &[String]) -> Child {
    let mut worker = Command::new(std::env::current_exe().unwrap());
    worker.args([ARGUMENT, &port.to_string()]).args(arguments).stdin(Stdio::null());
    let child = worker.spawn().unwrap();
    wait_for("the worker listens", || TcpStream::connect(("127.0.0.1", port)).ok());
    child
}

/// Returns the file with the last panic of a worker. Restate would only run the handler again.
pub(crate) fn panics(files: &Files) -> std::path::PathBuf {
    files.dir().join("panics")
}

/// Runs a worker and exits, if this process was started as one.
pub(crate) fn work_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, port, dir, model, change] = &arguments[..] else { return };
    if first != ARGUMENT {
        return;
    }
    let files = Files::new(dir);
    files.use_in_this_process();
    let panics = panics(&files);
    std::panic::set_hook(Box::new(move |panic| std::fs::write(&panics, panic.to_string()).unwrap()));
    let agent = Agent { model: model.clone(), change: change.clone() };
    let chats = Chats { model: model.clone() };
    let endpoint = Endpoint::builder().bind(agent).bind(chats).bind(Approvals).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        // The SDK does not set TCP_NODELAY, which costs up to 40 ms a step. Connections inherit it from the listener.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(format!("127.0.0.1:{port}").parse().unwrap()).unwrap();
        HttpServer::new(endpoint).serve(socket.listen(1024).unwrap()).await;
    });
    std::process::exit(0);
}

/// A virtual object with the same loop.
struct Chats {
    model: String,
}

#[restate_sdk::object]
impl Chats {
    /// Runs a loop whose calls take some time.
    #[handler(inactivity_timeout = "100ms")]
    async fn nap(&self, ctx: ObjectContext<'_>) -> HandlerResult<String> {
        let journal = Journal::new(&ctx, "nap").calls(|call| ctx.service_client::<AgentClient>().nap_call(call));
        nap_loop(&self.model, &journal).await
    }
}

fn client(model: &str) -> Client {
    Client::builder("claude-sonnet-5-5").api_key("key").base_url(model).build().unwrap()
}

/// Runs a loop with the tool `nap`.
async fn nap_loop(model: &str, journal: &Journal<'_>) -> HandlerResult<String> {
    let mut chat = Chat::builder(client(model)).tools(tools![nap]).build().unwrap();
    match chat.toolloop("Sleep.").journal(journal).await {
        Ok(run) => Ok(run.text()),
        Err(error) => Err(journal.handler_error(error)),
    }
}

struct Agent {
    model: String,
    change: String,
}

/// Not the tool of the run.
#[tool]
fn other() {}

/// Takes some time.
#[tool]
async fn nap() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// Stops the run, after some time.
#[tool(idempotent)]
async fn stop() -> Result<(), ToolError> {
    tokio::time::sleep(Duration::from_millis(300)).await;
    Err(ToolError::abort(std::io::Error::other("the till is locked")))
}

impl Agent {
    fn client(&self) -> Client {
        client(&self.model)
    }

    fn chat(&self) -> Chat {
        if self.change != "another tool" {
            return chat(&self.model);
        }
        Chat::builder(self.client()).tools(tools![other]).build().unwrap()
    }

    /// Returns the tools of the handler of the calls.
    fn call_tools(&self) -> Toolset {
        if self.change == "no tools for the calls" { tools![other] } else { journal_scenario::tools() }
    }

    async fn standard(&self, journal: Journal<'_>) -> HandlerResult<Json<Outcome>> {
        let mut chat = self.chat();
        let mut prompt = prompt(journal.run_id());
        if self.change.starts_with("another prompt") {
            prompt.push('!');
        }
        match chat.toolloop(prompt).approve(approve).max_parallel(2).journal(&journal).await {
            Ok(run) => Ok(Json(Outcome::of(&run, &chat))),
            Err(error) => Err(journal.handler_error(error)),
        }
    }
}

#[restate_sdk::service(invocation_retry_policy(initial_interval = "20ms", max_interval = "100ms", factor = 1.0))]
impl Agent {
    /// Runs the loop, with each call in an invocation of its own.
    #[handler]
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<Json<Outcome>> {
        let journal = Journal::new(&ctx, "standard").calls(|call| ctx.service_client::<AgentClient>().tool(call));
        self.standard(if self.change.ends_with("allowed") { journal.allow_drift() } else { journal }).await
    }

    /// Runs the loop, with the calls one after another.
    #[handler]
    async fn in_turn(&self, ctx: Context<'_>) -> HandlerResult<Json<Outcome>> {
        self.standard(Journal::new(&ctx, "standard")).await
    }

    /// Runs one call.
    #[handler]
    async fn tool(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &self.call_tools()).await
    }

    /// Runs a loop with the tool `stop`.
    #[handler]
    async fn abort(&self, ctx: Context<'_>) -> HandlerResult<String> {
        let journal = Journal::new(&ctx, "abort").calls(|call| ctx.service_client::<AgentClient>().stop(call));
        let mut chat = Chat::builder(self.client()).tools(tools![stop]).build().unwrap();
        match chat.toolloop("Stop.").journal(&journal).await {
            Ok(run) => Ok(run.text()),
            Err(error) => Err(journal.handler_error(error)),
        }
    }

    /// Runs a call of the tool `stop`.
    #[handler]
    async fn stop(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &tools![stop]).await
    }

    /// Runs a loop whose calls take some time, one after another.
    #[handler(inactivity_timeout = "100ms")]
    async fn nap_in_turn(&self, ctx: Context<'_>) -> HandlerResult<String> {
        nap_loop(&self.model, &Journal::new(&ctx, "nap")).await
    }

    /// Runs a call of the tool `nap`.
    #[handler(inactivity_timeout = "100ms")]
    async fn nap_call(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &tools![nap]).await
    }

    /// Runs two loops, with one journal or with two.
    #[handler]
    async fn twice(&self, ctx: Context<'_>, journals: u32) -> HandlerResult<String> {
        let (first, second) = (Journal::new(&ctx, "first"), Journal::new(&ctx, "second"));
        nap_loop(&self.model, &first).await?;
        nap_loop(&self.model, if journals == 1 { &first } else { &second }).await
    }

    /// Runs the loop, and waits for a decision on each call. The input is the time limit in milliseconds, or 0.
    #[handler]
    async fn ask(&self, ctx: Context<'_>, limit: u64) -> HandlerResult<Json<Outcome>> {
        let journal = Journal::new(&ctx, "standard").calls(|call| ctx.service_client::<AgentClient>().tool(call));
        let journal = if limit > 0 { journal.approval_timeout(Duration::from_millis(limit)) } else { journal };
        let mut chat = self.chat();
        let suspend = async |call| {
            approve(call).await;
            Approval::Suspend
        };
        match chat.toolloop(prompt(journal.run_id())).approve(suspend).journal(&journal).await {
            Ok(run) => Ok(Json(Outcome::of(&run, &chat))),
            Err(error) => Err(journal.handler_error(error)),
        }
    }
}
