//! The UI message stream of the AI SDK: requests, chunks and messages. Nothing here does input or output.

mod agents;
mod approval_id;
mod chunk;
mod context;
mod data_url;
mod end;
mod open_message;
mod options;
mod parts;
mod prompt_count;
mod replay;
mod source;
mod ui_message;
mod ui_request;
mod ui_stream;

pub(crate) use self::agents::Waiting;
pub use self::approval_id::approval_id;
pub use self::chunk::{Chunk, DONE, DataChunk};
pub(crate) use self::end::{Spending, usage_json};
pub use self::options::{SdkVersion, UiOptions};
pub(crate) use self::parts::{Seen, assistant_parts, user_parts};
pub(crate) use self::prompt_count::{has_prompt, prompts_of};
pub(crate) use self::replay::replay;
pub use self::source::{SourceDocument, SourceUrl};
pub use self::ui_message::{ToolPart, UiMessage, UiPart, UiRole};
pub(crate) use self::ui_request::is_id;
pub use self::ui_request::{ApprovalAnswer, UiAction, UiPrompt, UiRequest, UiRequestError};
pub use self::ui_stream::UiStream;
