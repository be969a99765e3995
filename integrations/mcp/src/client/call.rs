//! One call of a tool: the comparison of its definition, the rounds of the call, and the errors for the model.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use claudette::{ToolContext, ToolError, ToolOutput};
use rmcp::model::CallToolRequestParams;
use serde_json::value::RawValue;

use super::connection::Connection;
use super::drift::{Drift, Since};
use super::failure::Failure;
use super::options::OnDrift;
use super::request::Limits;
use super::result::convert;
use super::tool::McpTool;
use crate::error::Error;

/// A call that did not reach the server is repeated this many times.
const MAX_REPEATS: u32 = 2;

impl McpTool {
    /// Calls the tool. A call is repeated if it did not reach the server, or if repeating it is harmless.
    pub(super) async fn run(&self, input: &RawValue, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        let server = self.supervisor.name();
        let options = self.supervisor.options();
        let mut repeats = 0;
        loop {
            let connection = self.ready().await?;
            let limits = Limits { idle: options.timeout, total: options.total_timeout };
            let params = CallToolRequestParams::new(self.own_name().to_owned()).with_arguments(self.arguments(input)?);
            let result = connection.ask(params, limits, Some(cx), options, server).await;
            match result {
                Ok(result) => return convert(server, self.own_name(), &result, self.max_text()),
                Err(Failure::NotSent(_)) if repeats < MAX_REPEATS => {}
                Err(Failure::Died | Failure::Broken(_)) if repeats == 0 && self.is_repeatable() => {}
                Err(failure) => return Err(self.error(&connection, failure).await),
            }
            repeats += 1;
        }
    }

    /// Returns a connection on which the tool is still the one that the program was given.
    async fn ready(&self) -> Result<Arc<Connection>, ToolError> {
        let connection = self.supervisor.listed().await.map_err(|error| ToolError::new(&error))?;
        if !self.is_compared() {
            let generation = self.supervisor.generation();
            self.compare()?;
            self.compared.store(generation, Ordering::Release);
        }
        Ok(connection)
    }

    /// Compares the tool with the one that the server listed last.
    fn compare(&self) -> Result<(), ToolError> {
        let (server, tool) = (self.supervisor.name(), self.own_name());
        let latest = self.supervisor.latest();
        let drift = match (latest.get(tool), latest.drift(tool)) {
            (Some(now), _) if now.pin == self.entry.pin => return Ok(()),
            (Some(now), _) => Drift::changed(server, tool, &self.entry.pin, &now.pin, Since::Joined),
            (None, Some(drift)) => drift.clone(),
            (None, None) => {
                return Err(ToolError::new(format!("The server \"{server}\" no longer offers the tool `{tool}`.")));
            }
        };
        tracing::warn!(target: "claudette_mcp", server, tool, "{drift}");
        self.supervisor.signals().drifted(tool, drift.to_string());
        match self.supervisor.options().on_drift {
            OnDrift::Warn => Ok(()),
            OnDrift::Refuse => Err(ToolError::new(drift.for_model())),
            OnDrift::Abort => Err(ToolError::abort(Error::drift(drift.to_string()))),
        }
    }

    /// Returns the error for the model.
    async fn error(&self, connection: &Connection, failure: Failure) -> ToolError {
        let (server, tool) = (self.supervisor.name(), self.own_name());
        let unknown = "It is not known whether the call took effect.";
        ToolError::new(match failure {
            Failure::Died => {
                let why = connection.life().epitaph().await;
                format!("The server \"{server}\" died while `{tool}` ran. {unknown} Cause: {why}")
            }
            Failure::Broken(why) => {
                format!("The call of `{tool}` by the server \"{server}\" failed. {unknown} Cause: {why}")
            }
            Failure::NotSent(why) => {
                format!("The server \"{server}\" cannot be reached, so `{tool}` was not called. Cause: {why}")
            }
            Failure::Unauthorized => format!("The server \"{server}\" requires a sign-in, so `{tool}` was not called."),
            Failure::Server(error) => {
                let message = crate::text::clean(&error.message);
                format!("The server \"{server}\" refused the call of `{tool}` with error {}: {message}", error.code.0)
            }
            Failure::Timeout { after, in_all } => {
                let since = if in_all { "in all" } else { "since the call or its last progress" };
                format!(
                    "The server \"{server}\" did not finish `{tool}` within {after:?} {since}. The call was cancelled. {unknown}"
                )
            }
        })
    }
}
