//! [`Difference`]: a place where two JSON values differ.

use std::fmt;

use serde_json::Value;

use super::pointer::escaped;

/// A place where a sent value differs from the recorded one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// A JSON Pointer, or a description of a part that is not in the body.
    pub(super) path: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Values(Value, Value),
    OnlyRecorded(Value),
    OnlySent(Value),
    Lengths { recorded: usize, sent: usize, first_extra: Value },
}

impl Difference {
    /// Returns the difference of two texts that are not in the body.
    pub(super) fn of_texts(part: &str, recorded: Option<&str>, sent: Option<&str>) -> Option<Self> {
        let kind = match (recorded, sent) {
            (recorded, sent) if recorded == sent => return None,
            (Some(recorded), Some(sent)) => Kind::Values(recorded.into(), sent.into()),
            (Some(recorded), None) => Kind::OnlyRecorded(recorded.into()),
            (None, Some(sent)) => Kind::OnlySent(sent.into()),
            (None, None) => return None,
        };
        Some(Self { path: part.to_owned(), kind })
    }
}

/// Returns the places where the values differ, in the order of the recorded value. Numbers are compared by value.
pub(super) fn differences(recorded: &Value, sent: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&mut String::new(), recorded, sent, &mut found);
    found
}

fn walk(path: &mut String, recorded: &Value, sent: &Value, found: &mut Vec<Difference>) {
    match (recorded, sent) {
        (Value::Object(recorded), Value::Object(sent)) => {
            for (name, value) in recorded {
                step(path, name, |path| match sent.get(name) {
                    Some(other) => walk(path, value, other, found),
                    None => add(path, Kind::OnlyRecorded(value.clone()), found),
                });
            }
            for (name, value) in sent.iter().filter(|(name, _)| !recorded.contains_key(*name)) {
                step(path, name, |path| add(path, Kind::OnlySent(value.clone()), found));
            }
        }
        (Value::Array(recorded), Value::Array(sent)) => {
            for (place, (value, other)) in recorded.iter().zip(sent).enumerate() {
                step(path, &place.to_string(), |path| walk(path, value, other, found));
            }
            if recorded.len() != sent.len() {
                let (longer, shorter) = if recorded.len() > sent.len() { (recorded, sent) } else { (sent, recorded) };
                let first_extra = longer[shorter.len()].clone();
                add(path, Kind::Lengths { recorded: recorded.len(), sent: sent.len(), first_extra }, found);
            }
        }
        _ if is_equal(recorded, sent) => {}
        _ => add(path, Kind::Values(recorded.clone(), sent.clone()), found),
    }
}

fn step(path: &mut String, token: &str, go: impl FnOnce(&mut String)) {
    let len = path.len();
    path.push('/');
    path.push_str(&escaped(token));
    go(path);
    path.truncate(len);
}

fn add(path: &str, kind: Kind, found: &mut Vec<Difference>) {
    let path = if path.is_empty() { "/" } else { path };
    found.push(Difference { path: path.to_owned(), kind });
}

fn is_equal(recorded: &Value, sent: &Value) -> bool {
    match (recorded, sent) {
        #[allow(clippy::float_cmp, reason = "equal numbers have equal floats")]
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
        _ => recorded == sent,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        match &self.kind {
            Kind::Values(recorded, sent) => {
                let (recorded, sent) = brief_pair(&recorded.to_string(), &sent.to_string());
                write!(f, "recorded {recorded}, sent {sent}")
            }
            Kind::OnlyRecorded(value) => write!(f, "recorded {}, not sent", brief(&value.to_string(), 0)),
            Kind::OnlySent(value) => write!(f, "not recorded, sent {}", brief(&value.to_string(), 0)),
            Kind::Lengths { recorded, sent, first_extra } => {
                let name = first_extra.get("name").filter(|name| name.is_string()).unwrap_or(first_extra);
                let side = if sent > recorded { "new" } else { "missing" };
                let items = if *recorded == 1 { "item" } else { "items" };
                let first = brief(&name.to_string(), 0);
                write!(f, "recorded {recorded} {items}, sent {sent}; the first {side} one is {first}")
            }
        }
    }
}

/// The number of characters of a value in a message.
const SHOWN: usize = 80;
/// The number of characters before the first difference.
const BEFORE: usize = 24;

/// Shortens two texts to the part around their first difference.
fn brief_pair(recorded: &str, sent: &str) -> (String, String) {
    let common = recorded.chars().zip(sent.chars()).take_while(|(a, b)| a == b).count();
    let longest = recorded.chars().count().max(sent.chars().count());
    let start = if longest <= SHOWN { 0 } else { common.saturating_sub(BEFORE) };
    (brief(recorded, start), brief(sent, start))
}

fn brief(text: &str, start: usize) -> String {
    let mut rest = text.chars().skip(start);
    let shown: String = rest.by_ref().take(SHOWN).collect();
    format!("{}{shown}{}", if start > 0 { "…" } else { "" }, if rest.next().is_some() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(recorded: &Value, sent: &Value) -> Vec<String> {
        differences(recorded, sent).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_kind_of_difference_has_a_text() {
        let recorded = json!({"a": [1, {"b/c": "x"}], "n": 1.0, "gone": true, "tools": [{"name": "a"}]});
        let sent = json!({"n": 1, "tools": [{"name": "a"}, {"name": "search"}], "a": [1, {"b/c": "y"}], "new": null});
        assert_eq!(
            texts(&recorded, &sent),
            [
                r#"/a/1/b~1c: recorded "x", sent "y""#,
                "/gone: recorded true, not sent",
                r#"/tools: recorded 1 item, sent 2; the first new one is "search""#,
                "/new: not recorded, sent null",
            ]
        );
        assert_eq!(texts(&json!([1, 2]), &json!([1])), ["/: recorded 2 items, sent 1; the first missing one is 2"]);
        assert_eq!(texts(&json!(u64::MAX), &json!(u64::MAX - 1)).len(), 1);
    }

    #[test]
    fn long_texts_are_shown_around_the_difference() {
        let text = |word: &str| json!(format!("{}{word}{}", "before ".repeat(50), " after".repeat(50)));
        let [shown] = &texts(&text("tea"), &text("milk"))[..] else { panic!() };
        assert!(shown.contains("before tea after") && shown.contains("before milk after"), "{shown}");
        assert!(shown.chars().count() < 220, "{shown}");
    }
}
