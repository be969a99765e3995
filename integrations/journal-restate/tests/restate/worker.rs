//! [`Worker`]: a process with the handlers of the tests, which a test kills.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::Duration;

use claudette::{Approval, Chat, Toolset};
use claudette_journal_restate::{Approvals, Journal, ToolCall, ToolRecord};
use journal_scenario::{Files, Outcome, approve, chat, prompt, tools};
use restate_sdk::prelude::*;

use crate::restate::wait_for;

/// The first argument of the process of a worker.
const ARGUMENT: &str = "worker";

/// A process with the handlers of the tests.
pub struct Worker {
    child: Child,
    port: u16,
    arguments: Vec<String>,
}

impl Worker {
    /// Starts a worker. `model` is the URL of the mock server, and `change` is what differs from the usual program.
    pub fn start(files: &Files, model: &str, change: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = [&port.to_string(), files.dir().to_str().unwrap(), model, change].map(str::to_owned).to_vec();
        Self { child: spawn(port, &arguments), port, arguments }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills the process with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts the process again.
    pub fn restart(&mut self) {
        self.child = spawn(self.port, &self.arguments);
    }

    /// Starts the process again, with another program.
    pub fn restart_with(&mut self, change: &str) {
        *self.arguments.last_mut().unwrap() = change.to_owned();
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
    let child = Command::new(std::env::current_exe().unwrap()).arg(ARGUMENT).args(arguments).spawn().unwrap();
    wait_for("the worker listens", || TcpStream::connect(("127.0.0.1", port)).ok());
    child
}

/// Runs a worker, if this process was started as one.
pub fn work_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, port, dir, model, change] = &arguments[..] else { return };
    if first != ARGUMENT {
        return;
    }
    Files::new(dir).use_in_this_process();
    let agent = Agent { model: model.clone(), change: change.clone() };
    let endpoint = Endpoint::builder().bind(agent).bind(Approvals).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    runtime.block_on(HttpServer::new(endpoint).listen_and_serve(address));
    std::process::exit(0);
}

struct Agent {
    model: String,
    change: String,
}

impl Agent {
    fn chat(&self) -> Chat {
        let mut chat = chat(&self.model);
        if self.change == "tools" {
            chat.set_tools(look_only());
        }
        chat
    }

    async fn standard(&self, journal: Journal<'_>) -> HandlerResult<Json<Outcome>> {
        let mut chat = self.chat();
        let mut prompt = prompt(journal.run_id());
        if self.change == "prompt" {
            prompt.push('!');
        }
        match chat.toolloop(prompt).approve(approve).journal(&journal).await {
            Ok(run) => Ok(Json(Outcome::of(&run, &chat))),
            Err(error) => Err(journal.handler_error(error)),
        }
    }
}

/// Returns tools without `pay`.
fn look_only() -> Toolset {
    todo!()
}

#[restate_sdk::service(invocation_retry_policy(initial_interval = "20ms", max_interval = "100ms", factor = 1.0))]
impl Agent {
    /// Runs the loop, with each call in an invocation of its own.
    #[handler]
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<Json<Outcome>> {
        let journal = Journal::new(&ctx, "standard").calls(|call| ctx.service_client::<AgentClient>().tool(call));
        self.standard(journal).await
    }

    /// Runs the loop, with the calls one after another.
    #[handler]
    async fn in_turn(&self, ctx: Context<'_>) -> HandlerResult<Json<Outcome>> {
        self.standard(Journal::new(&ctx, "standard")).await
    }

    #[handler]
    async fn tool(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &tools()).await
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
