//! [`call`]: runs one tool call of a client.

use claudette::ToolContext;
use rmcp::RoleServer;
use rmcp::model::{CallToolRequestParams, CallToolResult, ErrorData};
use rmcp::service::RequestContext;

use super::offer::Offer;
use super::progress::Reports;
use super::result::result;

/// Runs one tool call until it ends or until the client cancels it.
pub(super) async fn call(
    offer: &Offer,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let name = &*request.name;
    let Some(tool) = offer.find(name) else {
        // The text names similar tools.
        let unknown = offer.tools.call(name, "{}", &ToolContext::default()).await;
        return Err(ErrorData::invalid_params(unknown.text().into_owned(), None));
    };
    let input = serde_json::to_string(&request.arguments.unwrap_or_default())
        .map_err(|_| ErrorData::invalid_params("the arguments are not valid JSON", None))?;
    let cancelled = context.ct;
    // The request loop drops no handler, so the call is dropped here. Its context is cancelled first, for work that
    // runs elsewhere.
    let run = async {
        let _permit = offer.admit(name).await;
        let cx = ToolContext::builder().call_id(context.id.to_string()).cancel_on(cancelled.clone());
        match context.meta.get_progress_token() {
            Some(token) => {
                let (reports, sink) = Reports::new(context.peer, token);
                let cx = cx.progress(sink).build();
                reports.while_running(offer.tools.call(name, &input, &cx)).await
            }
            None => offer.tools.call(name, &input, &cx.build()).await,
        }
    };
    tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(ErrorData::internal_error("the call was cancelled", None)),
        outcome = run => Ok(result(&outcome, tool.output_schema.is_some())),
    }
}
