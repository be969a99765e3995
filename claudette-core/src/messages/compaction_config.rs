//! [`CompactionConfig`]: the request for a summary.

use serde::{Serialize, Serializer};

/// The request for a summary of the conversation, with or without instructions for it
/// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)).
///
/// It is created from the instructions. Blank instructions are the same as none.
///
/// ```
/// use claudette::wire::CompactionConfig;
///
/// let config = CompactionConfig::from("Keep all file names.");
/// assert_eq!(
///     serde_json::to_string(&config)?,
///     r#"{"type":"summarize","instructions":"Keep all file names."}"#,
/// );
/// assert_eq!(CompactionConfig::from(None), CompactionConfig::from(" "));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactionConfig {
    instructions: Option<String>,
}

impl CompactionConfig {
    /// The maximum number of characters of the instructions.
    pub(crate) const LONGEST: usize = 16_384;

    /// Returns the instructions, if there are any. They replace the instructions of the API.
    pub fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }
}

impl From<&str> for CompactionConfig {
    fn from(instructions: &str) -> Self {
        Self { instructions: (!instructions.trim().is_empty()).then(|| instructions.to_owned()) }
    }
}

impl From<String> for CompactionConfig {
    fn from(instructions: String) -> Self {
        Self { instructions: Some(instructions).filter(|text| !text.trim().is_empty()) }
    }
}

impl From<Option<&str>> for CompactionConfig {
    fn from(instructions: Option<&str>) -> Self {
        instructions.map_or_else(Self::default, Self::from)
    }
}

impl Serialize for CompactionConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename = "summarize")]
        struct Summarize<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            instructions: Option<&'a str>,
        }
        Summarize { instructions: self.instructions() }.serialize(serializer)
    }
}
