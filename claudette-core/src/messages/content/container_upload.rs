//! [`ContainerUpload`]: an uploaded file for code execution on the server.

use serde::{Deserialize, Serialize};

use crate::display::brief;
use crate::json::Extra;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ContainerUploadTag = "container_upload" }

/// An uploaded file that the API copies into the code execution container
/// ([Code execution](https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool)).
///
/// ```
/// use claudette::wire::ContainerUpload;
/// use claudette::Message;
///
/// let message = Message::user((ContainerUpload::new("file_01"), "Plot this table."));
/// assert_eq!(serde_json::to_string(&message.content()[0])?, r#"{"type":"container_upload","file_id":"file_01"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerUpload {
    r#type: ContainerUploadTag,
    file_id: String,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ContainerUpload);
cacheable!(ContainerUpload);

impl ContainerUpload {
    /// Creates a block for the uploaded file with this id.
    pub fn new(file_id: impl Into<String>) -> Self {
        Self { r#type: ContainerUploadTag, file_id: file_id.into(), extra: Extra::default() }
    }

    /// Returns the id of the file.
    pub fn file_id(&self) -> &str {
        &self.file_id
    }
}
