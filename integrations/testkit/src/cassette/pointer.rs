//! [`Pointer`]: a place in JSON, with `*` for every item or member.

use serde_json::Value;

/// A JSON Pointer (RFC 6901) whose tokens can be `*`.
#[derive(Clone, Debug)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Parses `/messages/*/content`. Returns `None` if the text does not begin with `/`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = text.strip_prefix('/')?.split('/');
        Some(Self(tokens.map(|token| token.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// Removes the values at this place. Items of a list become `null`, so that the other items keep their places.
    pub(super) fn remove(&self, value: &mut Value) {
        remove(value, &self.0);
    }
}

fn remove(value: &mut Value, tokens: &[String]) {
    let [token, rest @ ..] = tokens else { return };
    match value {
        Value::Object(members) => {
            if rest.is_empty() {
                if token == "*" { members.clear() } else { drop(members.remove(token)) }
            } else {
                let chosen = members.iter_mut().filter(|(name, _)| token == "*" || *name == token);
                chosen.for_each(|(_, member)| remove(member, rest));
            }
        }
        Value::Array(items) => {
            let chosen = items.iter_mut().enumerate().filter(|(place, _)| token == "*" || place.to_string() == *token);
            for (_, item) in chosen {
                if rest.is_empty() { *item = Value::Null } else { remove(item, rest) }
            }
        }
        _ => {}
    }
}

/// Returns a token in the form that it has in a pointer.
pub(super) fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stars_choose_every_item_and_member() {
        let removed = |pointer: &str| {
            let mut value = json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "d/e": {"x": {"b": 1}, "y": {"b": 2, "c": 3}}});
            Pointer::parse(pointer).unwrap().remove(&mut value);
            value
        };
        assert_eq!(removed("/a/*/b"), json!({"a": [{"c": 2}, {}], "d/e": {"x": {"b": 1}, "y": {"b": 2, "c": 3}}}));
        assert_eq!(removed("/d~1e/*/b"), json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "d/e": {"x": {}, "y": {"c": 3}}}));
        assert_eq!(
            removed("/a/1"),
            json!({"a": [{"b": 1, "c": 2}, null], "d/e": {"x": {"b": 1}, "y": {"b": 2, "c": 3}}})
        );
        assert_eq!(removed("/a/b"), removed("/nothing/here"));
        assert!(Pointer::parse("a/b").is_none());
    }
}
