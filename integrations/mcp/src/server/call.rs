//! [`call`]: runs one tool call of a client.

use claudette::{BoxFuture, ToolContext, ToolOutcome};
use rmcp::RoleServer;
use rmcp::model::{CallToolRequestParams, CallToolResult, ErrorData};
use rmcp::service::RequestContext;
use serde_json::value::to_raw_value;

use super::caller::McpCaller;
use super::log_level::LogLevel;
use super::offer::Offer;
use super::progress::Reports;
use super::result::result;

/// Runs one tool call until it ends or until the client cancels it.
pub(super) async fn call(
    offer: &Offer,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
    level: Option<LogLevel>,
) -> Result<CallToolResult, ErrorData> {
    let name = &*request.name;
    let Some(tool) = offer.find(name) else {
        // The text names similar tools.
        let unknown = offer.tools.call(name, "{}", &ToolContext::default()).await;
        return Err(ErrorData::invalid_params(unknown.text().into_owned(), None));
    };
    let input = to_raw_value(&request.arguments.unwrap_or_default())
        .map_err(|_| ErrorData::invalid_params("the arguments are not valid JSON", None))?;
    let cancelled = context.ct.clone();
    let id = context.id.to_string();
    let reports = context.meta.get_progress_token().map(|token| Reports::new(context.peer.clone(), token));
    let caller = McpCaller::new(context, level, &offer.name);
    let cx = ToolContext::builder().call_id(id).cancel_on(cancelled.clone()).state(caller.clone());
    let gone = || ErrorData::internal_error("the call was cancelled", None);
    let _right = tokio::select! {
        biased;
        () = cancelled.cancelled() => return Err(gone()),
        right = offer.turns.admit(offer.tools.get(name), &input) => right,
    };
    let (reports, cx) = match reports {
        Some((reports, sink)) => (Some(reports), cx.progress(sink).build()),
        None => (None, cx.build()),
    };
    // The futures of tools are large, and moving them costs more than all the rest.
    let running: BoxFuture<'_, ToolOutcome> = Box::pin(offer.tools.call(name, input.get(), &cx));
    let running = match reports {
        Some(reports) => Box::pin(reports.while_running(running)),
        None => running,
    };
    // The loop of rmcp does not drop a handler, so the call is dropped here. Its context is cancelled at the same time,
    // for work that runs elsewhere.
    let outcome = tokio::select! {
        biased;
        () = cancelled.cancelled() => return Err(gone()),
        outcome = running => outcome,
    };
    let mut result = result(&outcome, tool.output_schema.is_some());
    result.content.extend(caller.take_attached());
    Ok(result)
}
