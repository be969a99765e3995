//! [`CacheControl`]: a mark up to which the API caches the prompt.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::Extra;
use crate::json::Lenient;

/// A mark up to which the API caches the prompt
/// ([Prompt caching](https://docs.claude.com/en/docs/build-with-claude/prompt-caching)).
///
/// It is set on a block or a tool: everything up to and with it is read from the cache by the next request that begins
/// the same. A request may have four such marks.
///
/// ```
/// use claudette::CacheControl;
///
/// let control = CacheControl::ephemeral().ttl_1h();
/// assert_eq!(serde_json::to_string(&control)?, r#"{"type":"ephemeral","ttl":"1h"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheControl {
    r#type: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    ttl: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

impl CacheControl {
    /// Cached for five minutes after its last use: what the API does unless told otherwise.
    pub fn ephemeral() -> Self {
        Self { r#type: "ephemeral".into(), ttl: Lenient::Absent, extra: Extra::default() }
    }

    /// Says the five minutes outright.
    pub fn ttl_5m(self) -> Self {
        Self { ttl: Lenient::Known("5m".into()), ..self }
    }

    /// Cached for an hour after its last use. Writing costs more; marks of an hour stand before those of five minutes.
    pub fn ttl_1h(self) -> Self {
        Self { ttl: Lenient::Known("1h".into()), ..self }
    }

    /// How long, if it says: `5m` or `1h`.
    pub fn ttl(&self) -> Option<&str> {
        self.ttl.known().map(String::as_str)
    }
}

impl From<CacheControl> for Value {
    fn from(control: CacheControl) -> Self {
        // Text fields and JSON under text keys always have a JSON form.
        serde_json::to_value(control).unwrap_or_default()
    }
}

/// Gives a block the setter. The mark is for the API alone, so it stands with the fields that have no name here.
macro_rules! cacheable {
    ($block:ident) => {
        $crate::messages::cache_control::cacheable!($block { block => block.extra, block.extra });
    };
    // Where those fields are: to read, and to change.
    ($block:ident { $this:ident => $extra:expr, $extra_mut:expr }) => {
        impl $block {
            /// Marks the prompt for caching, up to and with this block.
            pub fn cache_control(mut self, control: $crate::messages::CacheControl) -> Self {
                self.set_mark(control);
                self
            }

            pub(in crate::messages) fn set_mark(&mut self, control: $crate::messages::CacheControl) {
                let $this = self;
                $extra_mut.insert("cache_control".into(), control.into());
            }

            pub(in crate::messages) fn remove_mark(&mut self) {
                let $this = self;
                if $this.mark().is_some() {
                    $extra_mut.remove("cache_control");
                }
            }

            pub(in crate::messages) fn mark(&self) -> Option<&serde_json::Value> {
                let $this = self;
                $extra.get("cache_control")
            }
        }
    };
}

pub(super) use cacheable;
