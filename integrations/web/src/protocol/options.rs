//! [`UiOptions`]: what the stream of a front end contains.

/// The major version of the AI SDK in the front end.
///
/// A client ends the stream with an error at a chunk that it does not know. Version 6 is the default: its chunks work
/// with clients of the versions 6 and 7, and include approvals. The chunks that only version 7 knows remove the text of
/// a response that is requested again, and show denials that are read from the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SdkVersion {
    /// Version 5. It does not know approvals: a call that would ask the user is denied.
    V5,
    /// Version 6 or newer.
    #[default]
    V6,
    /// Version 7 or newer.
    V7,
}

/// The options of a UI message stream.
///
/// ```
/// use claudette_web::protocol::{SdkVersion, UiOptions};
///
/// let options = UiOptions::new().sdk(SdkVersion::V7).static_tools(true);
/// assert_eq!(options, UiOptions::default().static_tools(true).sdk(SdkVersion::V7));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct UiOptions {
    pub(crate) sdk: SdkVersion,
    pub(crate) static_tools: bool,
    pub(crate) kept_values: bool,
    pub(crate) error_details: bool,
}

impl UiOptions {
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the oldest version of the SDK that reads the stream: [`SdkVersion::V6`] by default.
    pub fn sdk(mut self, version: SdkVersion) -> Self {
        self.sdk = version;
        self
    }

    /// Sends tool calls as parts `tool-<name>`, which a front end in TypeScript can give types, instead of
    /// `dynamic-tool`. Off by default, because generic front ends show dynamic tools without knowing them.
    pub fn static_tools(mut self, yes: bool) -> Self {
        self.static_tools = yes;
        self
    }

    /// Sends the values that tools keep for the program
    /// ([`ToolOutput::with_value`](claudette::ToolOutput::with_value)) instead of the texts that the model reads. Off by
    /// default, because such values may not be meant for the user. A stored conversation always shows the texts.
    pub fn kept_values(mut self, yes: bool) -> Self {
        self.kept_values = yes;
        self
    }

    /// Sends the texts of errors, which can name internals, and the reasons of retries. Off by default: the user then
    /// reads a general text, and the log has the error.
    pub fn error_details(mut self, yes: bool) -> Self {
        self.error_details = yes;
        self
    }

    pub(crate) fn dynamic(&self) -> bool {
        !self.static_tools
    }
}
