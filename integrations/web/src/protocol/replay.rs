//! [`replay`]: the chunks that show a stored message.

use super::chunk::Chunk;
use super::options::{SdkVersion, UiOptions};
use super::ui_message::{ToolPart, UiPart};

/// Returns the chunks that show the parts of a stored message. The message is not finished: it waits for decisions, and
/// the chunks of its next run follow.
pub(crate) fn replay(message_id: &str, parts: &[UiPart], options: &UiOptions) -> Vec<Chunk> {
    let mut out = vec![Chunk::Start { message_id: Some(message_id.to_owned()), message_metadata: None }];
    let (mut is_open, mut texts) = (false, 0);
    for part in parts {
        texts += 1;
        let id = format!("h{texts}");
        match part {
            UiPart::StepStart => {
                out.extend(is_open.then_some(Chunk::FinishStep));
                out.push(Chunk::StartStep);
                is_open = true;
            }
            UiPart::Text { text } => out.extend([
                Chunk::TextStart { id: id.clone() },
                Chunk::TextDelta { id: id.clone(), delta: text.clone() },
                Chunk::TextEnd { id },
            ]),
            UiPart::Reasoning { text } => out.extend([
                Chunk::ReasoningStart { id: id.clone() },
                Chunk::ReasoningDelta { id: id.clone(), delta: text.clone() },
                Chunk::ReasoningEnd { id },
            ]),
            UiPart::File { media_type, url, .. } => {
                out.push(Chunk::File { url: url.clone(), media_type: media_type.clone() });
            }
            UiPart::SourceUrl(source) => out.push(Chunk::SourceUrl(source.clone())),
            UiPart::SourceDocument(source) => out.push(Chunk::SourceDocument(source.clone())),
            UiPart::Tool(part) => tool(part, options, &mut out),
            UiPart::Data(data) => out.push(Chunk::Data(data.clone())),
        }
    }
    out.extend(is_open.then_some(Chunk::FinishStep));
    out
}

fn tool(part: &ToolPart, options: &UiOptions, out: &mut Vec<Chunk>) {
    let dynamic = options.dynamic();
    let tool_call_id = part.tool_call_id.clone();
    let name = part.tool_name.clone();
    let tool_name = name.unwrap_or_else(|| part.r#type.strip_prefix("tool-").unwrap_or_default().to_owned());
    let provider_executed = part.provider_executed;
    out.push(Chunk::ToolInputAvailable {
        tool_call_id: tool_call_id.clone(),
        tool_name,
        input: part.input.clone(),
        dynamic,
        provider_executed,
        title: part.title.clone(),
    });
    let approval = part.approval.as_ref();
    if let Some(approval_id) = approval.and_then(|approval| approval["id"].as_str()) {
        let approval_id = approval_id.to_owned();
        out.push(Chunk::ToolApprovalRequest { approval_id: approval_id.clone(), tool_call_id: tool_call_id.clone() });
        let approved = approval.and_then(|approval| approval["approved"].as_bool());
        if let Some(approved) = approved.filter(|_| options.sdk >= SdkVersion::V7) {
            out.push(Chunk::ToolApprovalResponse { approval_id, approved, reason: None });
        }
    }
    if part.state == "output-denied" {
        out.push(Chunk::ToolOutputDenied { tool_call_id });
    } else if let Some(error_text) = part.error_text.clone() {
        out.push(Chunk::ToolOutputError { tool_call_id, error_text, dynamic, provider_executed });
    } else if let Some(output) = part.output.clone() {
        out.push(Chunk::ToolOutputAvailable { tool_call_id, output, dynamic, provider_executed });
    }
}
