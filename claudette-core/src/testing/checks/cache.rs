//! Cache breakpoints: their number and their order.

use serde_json::Value;

use super::refusal::{Check, Refusal};
use super::shape::{self, Fields};
use crate::testing::context::Ttl;

const MAXIMUM: usize = 4;

pub(super) fn check(body: &Fields) -> Check {
    let mut breakpoints = Vec::new();
    for part in ["tools", "system", "messages"] {
        if let Some(value) = body.get(part) {
            collect(value, part, &mut breakpoints);
        }
    }
    order(&breakpoints)?;
    let found = breakpoints.len() + usize::from(automatic(body)?);
    if found > MAXIMUM {
        return Err(Refusal::new(format!(
            "A maximum of {MAXIMUM} blocks with cache_control may be provided. Found {found}."
        )));
    }
    Ok(())
}

struct Breakpoint {
    place: String,
    ttl: Ttl,
}

/// Collects the breakpoints of tools, system blocks and messages, in the order in which the API processes them. It
/// searches only lists of blocks, not the input of tools or schemas.
fn collect(blocks: &Value, place: &str, found: &mut Vec<Breakpoint>) {
    for (index, block) in blocks.as_array().into_iter().flatten().enumerate() {
        let place = format!("{place}.{index}");
        collect(&block["content"], &format!("{place}.content"), found);
        collect(&block["source"]["content"], &format!("{place}.source.content"), found);
        if let Some(control) = block.get("cache_control").filter(|control| !control.is_null()) {
            let ttl = Ttl::of(control);
            found.push(Breakpoint { place, ttl });
        }
    }
}

fn order(breakpoints: &[Breakpoint]) -> Check {
    let mut rest = breakpoints.iter().skip_while(|breakpoint| breakpoint.ttl == Ttl::OneHour);
    match rest.find(|breakpoint| breakpoint.ttl == Ttl::OneHour) {
        Some(breakpoint) => Err(Refusal::new(format!(
            "{}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control \
             block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
            breakpoint.place
        ))),
        None => Ok(()),
    }
}

/// Returns `true` if the top-level `cache_control` adds a breakpoint. It does not if the last block has the same one.
fn automatic(body: &Fields) -> Result<bool, Refusal> {
    let Some(control) = shape::given(body, "cache_control") else {
        return Ok(false);
    };
    let last = body["messages"].as_array().and_then(|messages| messages.last());
    let last = last.and_then(|message| message["content"].as_array()?.last());
    match last.and_then(|block| block.get("cache_control")) {
        None | Some(Value::Null) => Ok(true),
        Some(explicit) if Ttl::of(explicit) == Ttl::of(control) => Ok(false),
        Some(_) => Err(Refusal::new("cache_control: the last block has a cache_control with a different ttl")),
    }
}
