//! [`CacheControl`]: a cache breakpoint.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::Extra;
use crate::json::Lenient;

/// A cache breakpoint, up to which the API caches a request
/// ([Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching)).
///
/// It is set on a content block or a tool. The next request with the same beginning reads everything up to and
/// including that block from the cache. A request may have four breakpoints. [`CachePolicy`](crate::wire::CachePolicy)
/// sets them for a whole request.
///
/// ```
/// use claudette::CacheControl;
///
/// let control = CacheControl::ephemeral().ttl_1h();
/// assert_eq!(serde_json::to_string(&control)?, r#"{"type":"ephemeral","ttl":"1h"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "prompt caching")]
#[doc(alias = "cache breakpoint")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheControl {
    r#type: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    ttl: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

impl CacheControl {
    /// Creates a breakpoint with the default lifetime: five minutes after the last use.
    pub fn ephemeral() -> Self {
        Self { r#type: "ephemeral".into(), ttl: Lenient::Absent, extra: Extra::default() }
    }

    /// Sets the lifetime explicitly to five minutes after the last use.
    pub fn ttl_5m(self) -> Self {
        Self { ttl: Lenient::Known("5m".into()), ..self }
    }

    /// Sets the lifetime to one hour after the last use. Writing to the cache then costs more. Breakpoints of one hour
    /// must come before those of five minutes.
    pub fn ttl_1h(self) -> Self {
        Self { ttl: Lenient::Known("1h".into()), ..self }
    }

    /// Returns the lifetime if it was set: `5m` or `1h`.
    pub fn ttl(&self) -> Option<&str> {
        self.ttl.known().map(String::as_str)
    }
}

impl From<CacheControl> for Value {
    fn from(control: CacheControl) -> Self {
        // This cannot fail, because all keys are strings.
        serde_json::to_value(control).unwrap_or_default()
    }
}

/// Implements `cache_control` for a block. The breakpoint is stored in the extra fields.
macro_rules! cacheable {
    ($block:ident) => {
        $crate::messages::cache_control::cacheable!($block { block => block.extra, block.extra });
    };
    // With the expressions that read and change the extra fields.
    ($block:ident { $this:ident => $extra:expr, $extra_mut:expr }) => {
        impl $block {
            /// Sets a cache breakpoint: the API caches the request up to and including this block.
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
