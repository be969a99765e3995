//! [`CacheBreakpoints`]: the cache breakpoints in a part of a request.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cache_control::CacheControl;
use super::content::{ContentBlock, ResultContent};

/// The number, lifetimes and order of the cache breakpoints in a part of a request, which the API limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheBreakpoints {
    pub(crate) count: usize,
    has_minutes: bool,
    has_hour: bool,
    /// `true` if a breakpoint of one hour comes after one of five minutes. The API accepts only the other order.
    pub(crate) are_out_of_order: bool,
}

impl From<&CacheControl> for CacheBreakpoints {
    fn from(control: &CacheControl) -> Self {
        let has_hour = control.ttl() == Some("1h");
        Self { count: 1, has_minutes: !has_hour, has_hour, are_out_of_order: false }
    }
}

impl CacheBreakpoints {
    /// The maximum number in a request.
    pub(crate) const MOST: usize = 4;

    /// Reads the value of a `cache_control` field.
    pub(crate) fn of(control: Option<&Value>) -> Self {
        let Some(control) = control.filter(|control| !control.is_null()) else { return Self::default() };
        let has_hour = control["ttl"] == "1h";
        Self { count: 1, has_hour, has_minutes: !has_hour, are_out_of_order: false }
    }

    pub(crate) fn of_blocks(blocks: &[ContentBlock]) -> Self {
        blocks.iter().map(Self::of_block).fold(Self::default(), Self::then)
    }

    /// Reads the breakpoints of a block. Those of nested blocks come before its own.
    fn of_block(block: &ContentBlock) -> Self {
        let inside = match block {
            ContentBlock::ToolResult(result) => result.content().map(ResultContent::blocks),
            ContentBlock::Document(document) => document.source().content().map(ResultContent::blocks),
            ContentBlock::SearchResult(result) => Some(result.content()),
            _ => None,
        };
        Self::of_blocks(inside.unwrap_or_default()).then(match block {
            ContentBlock::Unknown(block) => {
                let control = block.field("cache_control").and_then(|json| serde_json::from_str(json.text()).ok());
                Self::of(control.as_ref())
            }
            block => Self::of(block.mark()),
        })
    }

    /// Returns `true` if there is a breakpoint of five minutes.
    pub(crate) fn has_minutes(self) -> bool {
        self.has_minutes
    }

    /// Returns `true` if there is a breakpoint of one hour.
    pub(crate) fn has_hour(self) -> bool {
        self.has_hour
    }

    /// Returns one breakpoint with the longest of the lifetimes, if there are any breakpoints.
    pub(crate) fn control(self) -> Option<CacheControl> {
        let control = CacheControl::ephemeral();
        (self.count > 0).then(|| if self.has_hour { control.ttl_1h() } else { control })
    }

    pub(crate) fn then(self, later: Self) -> Self {
        Self {
            count: self.count + later.count,
            has_minutes: self.has_minutes || later.has_minutes,
            has_hour: self.has_hour || later.has_hour,
            are_out_of_order: self.are_out_of_order || later.are_out_of_order || self.has_minutes && later.has_hour,
        }
    }
}
