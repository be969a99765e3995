//! [`Tree`]: a JSON value whose parts keep their text.
//!
//! A `serde_json::Value` does not keep the notation of numbers, or the first of two fields with the same name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use serde_json::value::RawValue;

use super::number::Decimal;
use crate::json::{JsonCursor, whole};
use crate::tool::run::shorten;

/// A JSON value with its text. Each part is identified by its [`place`](Self::place).
#[derive(Debug)]
pub struct Tree<'a> {
    /// The text of the value.
    pub(crate) text: &'a str,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    Number,
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// Parses a text; returns `None` if the text is not JSON, or is nested deeper than serde reads.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        whole(text, |json| read(json, 0))
    }

    /// Returns an identifier of this part, which is different for each part of a value.
    pub(crate) fn place(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn fields(&self) -> &[(Cow<'a, str>, Self)] {
        match &self.kind {
            Kind::Object(fields) => fields,
            _ => &[],
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn elements(&self) -> &[Self] {
        match &self.kind {
            Kind::List(elements) => elements,
            _ => &[],
        }
    }

    /// Returns the value of a number.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        matches!(self.kind, Kind::Number).then(|| Decimal::of(self.text))
    }

    /// Returns `true` if serde reads this number as an integer, provided that it fits an integer type.
    pub(crate) fn is_integer(&self) -> bool {
        self.text != "-0" && self.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    }

    /// Returns `true` if this is an integer that `serde_json` stores as a float, without its last digits.
    pub(crate) fn is_beyond_64_bits(&self) -> bool {
        self.is_integer() && self.text.parse::<i64>().is_err() && self.text.parse::<u64>().is_err()
    }

    /// Returns `true` if this is a number without a fraction that serde reads as a float.
    pub(crate) fn is_whole_float(&self) -> bool {
        !self.is_integer() && self.decimal().is_some_and(|number| number.is_whole())
    }

    /// Returns all numbers in the value.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &Self> {
        let mut left = vec![self];
        std::iter::from_fn(move || {
            while let Some(tree) = left.pop() {
                left.extend(tree.elements().iter().chain(tree.fields().iter().map(|(_, value)| value)));
                if matches!(tree.kind, Kind::Number) {
                    return Some(tree);
                }
            }
            None
        })
    }

    /// Returns `true` if the value is equal to a constant of a schema.
    pub(crate) fn is(&self, constant: &Value) -> bool {
        match (&self.kind, constant) {
            (Kind::Null, Value::Null) => true,
            (Kind::Bool(is), Value::Bool(constant)) => is == constant,
            (Kind::Number, Value::Number(number)) => Decimal::of(self.text) == Decimal::of(&number.to_string()),
            (Kind::Text(text), Value::String(constant)) => text == constant,
            (Kind::List(list), Value::Array(constants)) => {
                list.len() == constants.len() && list.iter().zip(constants).all(|(tree, constant)| tree.is(constant))
            }
            (Kind::Object(fields), Value::Object(constants)) => {
                fields.len() == constants.len()
                    && fields.iter().all(|(name, tree)| constants.get(&**name).is_some_and(|value| tree.is(value)))
            }
            _ => false,
        }
    }

    /// Returns a text that is equal for equal values, and different for different values.
    pub(crate) fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    fn write_canonical(&self, to: &mut String) {
        match &self.kind {
            Kind::Null | Kind::Bool(_) => to.push_str(self.text),
            // Unambiguous, because no other kind begins with this text.
            Kind::Number => _ = write!(to, "{:?}", Decimal::of(self.text)),
            Kind::Text(text) => _ = write!(to, "{text:?}"),
            Kind::List(list) => {
                to.push('[');
                for tree in list {
                    tree.write_canonical(to);
                    to.push(',');
                }
                to.push(']');
            }
            Kind::Object(fields) => {
                to.push('{');
                for (name, tree) in fields.iter().map(|(name, tree)| (name, tree)).collect::<BTreeMap<_, _>>() {
                    _ = write!(to, "{name:?}:");
                    tree.write_canonical(to);
                    to.push(',');
                }
                to.push('}');
            }
        }
    }

    /// Returns the text of the value on one line, shortened if it is long.
    pub(crate) fn brief(&self) -> String {
        shorten(self.text).replace(['\n', '\t'], " ")
    }
}

/// Reads the next value.
fn read<'a>(json: &mut JsonCursor<'a>, depth: usize) -> Option<Tree<'a>> {
    // The recursion limit of `serde_json`.
    const DEEP: usize = 128;
    if depth > DEEP {
        return None;
    }
    let first = json.peek()?;
    let from = json.rest();
    let kind = match first {
        b'{' => {
            let mut fields = Vec::new();
            json.members(|json, name| {
                fields.push((name, read(json, depth + 1)?));
                Some(())
            })?;
            Kind::Object(fields)
        }
        b'[' => {
            let mut elements = Vec::new();
            json.list(|json| {
                elements.push(read(json, depth + 1)?);
                Some(())
            })?;
            Kind::List(elements)
        }
        _ => leaf(json.value()?)?,
    };
    Some(Tree { text: &from[..from.len() - json.rest().len()], kind })
}

/// Reads a value without parts. A text with half a surrogate pair is invalid.
fn leaf(text: &str) -> Option<Kind<'_>> {
    let is_plain = |inside: &&str| !inside.contains(['\\', '"']);
    Some(match text {
        "null" => Kind::Null,
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        _ => match text.strip_prefix('"').map(|text| text.strip_suffix('"').filter(is_plain)) {
            Some(Some(inside)) => Kind::Text(Cow::Borrowed(inside)),
            Some(None) => Kind::Text(Cow::Owned(serde_json::from_str(text).ok()?)),
            None => serde_json::from_str::<&RawValue>(text).is_ok().then_some(Kind::Number)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_their_text() {
        let tree = Tree::parse(" [1.0, -0, 3e1, 340282366920938463463374607431768211455] ").expect("JSON");
        let mut numbers: Vec<_> = tree.numbers().map(|number| number.text).collect();
        numbers.reverse();
        assert_eq!(numbers, ["1.0", "-0", "3e1", "340282366920938463463374607431768211455"]);
        assert!(tree.elements()[2].is(&json!(30)) && !tree.elements()[2].is(&json!(31)));
    }

    #[test]
    fn values_that_are_nested_too_deeply_are_refused() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(Tree::parse(&deep(100)).is_some());
        assert!(Tree::parse(&deep(1_000_000)).is_none());
    }

    #[test]
    fn invalid_json_is_refused() {
        for text in ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "tru", "1 2", "\"\\ud800\"", "[1}", "{,}"] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_tree_is_equal_to_the_parsed_value(value in json_value(), other in json_value()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
                let tree = Tree::parse(&text).expect("JSON");
                prop_assert!(tree.is(&value));
                prop_assert_eq!(tree.is(&other), value == other);
            }
        }

        #[test]
        fn all_valid_json_is_parsed(text: String) {
            let is_json = serde_json::from_str::<Value>(&text).is_ok();
            prop_assert!(!is_json || Tree::parse(&text).is_some());
        }
    }
}
