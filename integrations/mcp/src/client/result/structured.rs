//! `structuredContent`: the part of it that the model reads beside the content.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::client::content::{Part, is_base64, size};
use crate::text::clean_data;

/// The largest structured content that is shown beside other content, in bytes of JSON.
const MOST_BESIDE: usize = 8 << 10;

/// The longest string that is shown although it looks like base64, in bytes.
const MOST_BASE64: usize = 1 << 10;

/// Adds structured content to the parts that the model reads.
///
/// Servers do not agree on whether the content or the structured content is the real answer, so both are shown if they
/// differ, unless the content has an image, which structured content often repeats.
pub(super) fn add(parts: &mut Vec<Part>, structured: &Value) {
    let shown = without_base64(structured);
    let json = || clean_data(&shown.to_string()).into_owned();
    if let Some(same) = parts.iter_mut().find(|part| is_same(part, structured)) {
        if let Cow::Owned(_) = shown {
            same.set_text(json());
        }
        return;
    }
    if is_list_of(parts, structured) {
        return;
    }
    let has_content = parts.iter().any(|part| !matches!(part, Part::Note(_)));
    let has_media = parts.iter().any(|part| matches!(part, Part::Media(_)));
    let json = json();
    if !has_content || !has_media && json.len() <= MOST_BESIDE {
        parts.push(Part::Text(json));
    }
}

/// Returns `true` if a text contains the structured content, or the value that a server wrapped into an object. Servers
/// use several keys for a text, such as `result` and `content`.
fn is_same(part: &Part, structured: &Value) -> bool {
    let Part::Text(text) = part else { return false };
    let value = serde_json::from_str::<Value>(text);
    if value.as_ref().is_ok_and(|value| value == structured) {
        return true;
    }
    let only = structured.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.values().next());
    only.and_then(Value::as_str).is_some_and(|inner| inner.trim() == text.trim())
        || wrapped(structured).is_some_and(|inner| value.is_ok_and(|value| value == *inner))
}

/// Returns `true` if each text is one element of a list that a server wrapped into an object.
fn is_list_of(parts: &[Part], structured: &Value) -> bool {
    let Some(Value::Array(list)) = wrapped(structured) else { return false };
    let mut elements = list.iter();
    !list.is_empty()
        && list.len() == parts.len()
        && parts.iter().all(|part| {
            let (Part::Text(text), Some(element)) = (part, elements.next()) else { return false };
            element.as_str() == Some(text) || serde_json::from_str::<Value>(text).is_ok_and(|value| value == *element)
        })
}

/// Returns the value of an object whose only key is `result`. Python servers wrap values that are not objects so.
fn wrapped(structured: &Value) -> Option<&Value> {
    structured.as_object().filter(|fields| fields.len() == 1)?.get("result")
}

/// Replaces long strings of base64, which the model cannot read.
fn without_base64(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::String(text) if text.len() > MOST_BASE64 && is_base64(text) => {
            Cow::Owned(format!("[{} of base64]", size(text.len())).into())
        }
        Value::Array(list) => {
            let new: Vec<_> = list.iter().map(without_base64).collect();
            if new.iter().all(|element| matches!(element, Cow::Borrowed(_))) {
                Cow::Borrowed(value)
            } else {
                Cow::Owned(new.into_iter().map(Cow::into_owned).collect())
            }
        }
        Value::Object(fields) => {
            let new: Vec<_> = fields.iter().map(|(name, value)| (name, without_base64(value))).collect();
            if new.iter().all(|(_, value)| matches!(value, Cow::Borrowed(_))) {
                Cow::Borrowed(value)
            } else {
                let new = new.into_iter().map(|(name, value)| (name.clone(), value.into_owned()));
                Cow::Owned(new.collect::<Map<_, _>>().into())
            }
        }
        other => Cow::Borrowed(other),
    }
}
