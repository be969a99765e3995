//! [`restore`]: restores the declaration order of enum variants in a schema.
//!
//! schemars writes variants without docs before variants with docs. serde knows the order, because a `Deserialize`
//! implementation passes the names of all variants to the deserializer. So the type is deserialised a few times from
//! generated values, and each enum that it requests is recorded. An enum that is not found, for example inside a tagged
//! enum or `#[serde(flatten)]`, keeps the order of schemars.

use std::cell::{Cell, LazyCell, RefCell};

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::{Value, json};

use super::keywords::{subschemas, words};

/// The names of the variants of an enum.
type Variants = &'static [&'static str];

/// Sorts the variants of the enums in a schema of schemars. `known` is only evaluated if an enum can be out of order.
pub(crate) fn restore<F: FnOnce() -> Vec<Variants>>(schema: &mut Value, known: &LazyCell<Vec<Variants>, F>) {
    let Value::Object(object) = schema else { return };
    subschemas(object).for_each(|(_, schema)| restore(schema, known));
    let Some(Value::Array(alternatives)) = object.get_mut("oneOf") else { return };
    let Some(all) = alternatives.iter().map(words).collect::<Option<Vec<_>>>() else { return };
    let all: Vec<Value> = all.concat();
    // If each variant is a separate alternative, the order is correct.
    if all.len() == alternatives.len() {
        return;
    }
    let place = |variants: Variants, word: &Value| variants.iter().position(|variant| word == variant);
    let is_match = |variants: &&Variants| all.iter().all(|word| place(variants, word).is_some());
    let Some(variants) = known.iter().filter(is_match).min_by_key(|variants| variants.len()) else { return };
    let with_docs = alternatives.drain(..).filter(|alternative| alternative.get("const").is_some());
    let with_docs: Vec<Value> = with_docs.collect();
    alternatives.extend(all.into_iter().map(|word| {
        let docs = with_docs.iter().find(|alternative| alternative["const"] == word);
        docs.cloned().unwrap_or_else(|| json!({"type": "string", "const": word}))
    }));
    alternatives.sort_by_key(|alternative| place(variants, &alternative["const"]));
}

/// Returns the enums that are found in a type.
pub(crate) fn variants<T: DeserializeOwned>() -> Vec<Variants> {
    const TIMES: usize = 64;
    let trace = Trace { found: RefCell::default(), left: Cell::new(10_000) };
    for turn in 0..TIMES {
        // Reading stops at a generated value that does not fit; each turn begins at another field.
        let _ = T::deserialize(MadeUp { trace: &trace, turn, depth: 0 });
    }
    trace.found.into_inner()
}

struct Trace {
    found: RefCell<Vec<Variants>>,
    /// The number of values that can still be generated.
    left: Cell<usize>,
}

/// A generated value, which takes whatever form the type requests.
#[derive(Clone, Copy)]
struct MadeUp<'t> {
    trace: &'t Trace,
    /// The choices of this turn: the last digit is for the next struct or enum, the others are for those inside it.
    turn: usize,
    depth: usize,
}

impl MadeUp<'_> {
    /// Returns a value inside this one, or an error if the type is nested too deeply.
    fn inside(self) -> Result<Self, Error> {
        const DEEP: usize = 20;
        let left = self.trace.left.get().checked_sub(1).filter(|_| self.depth < DEEP);
        self.trace.left.set(left.ok_or_else(|| Error::custom("too deep"))?);
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// Returns the next of `ways` choices, and the value for that choice.
    fn choose(self, ways: usize) -> (usize, Self) {
        let ways = ways.max(1);
        (self.turn % ways, Self { turn: self.turn / ways, ..self })
    }

    fn list(self, length: usize) -> Elements<Self> {
        Elements { value: self, left: length, fields: &[], first: 0 }
    }
}

impl<'de> Deserializer<'de> for MadeUp<'_> {
    type Error = Error;

    /// Visits a number, which all number types and types that accept any value can read.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char('a')
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str("a")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str("a")
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inside() {
            Ok(inside) => visitor.visit_some(inside),
            Err(_) => visitor.visit_none(),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.list(self.inside().map_or(0, |_| 1)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.list(length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(self.list(length))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.list(self.inside().map_or(0, |_| 1)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (first, value) = self.choose(fields.len());
        visitor.visit_map(Elements { value, left: fields.len(), fields, first })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: Variants,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut found = self.trace.found.borrow_mut();
        if !found.contains(&variants) {
            found.push(variants);
        }
        drop(found);
        let (chosen, value) = self.choose(variants.len());
        visitor.visit_enum(Variant { value, name: variants.get(chosen).copied().unwrap_or_default() })
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf identifier ignored_any
    }
}

/// The values of a list, a map or a struct. Each field of a struct comes first in some turn, because a field that
/// cannot read a generated value ends the turn.
struct Elements<V> {
    value: V,
    left: usize,
    fields: &'static [&'static str],
    first: usize,
}

impl<'de> SeqAccess<'de> for Elements<MadeUp<'_>> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(self.value.inside()?).map(Some)
    }
}

impl<'de> MapAccess<'de> for Elements<MadeUp<'_>> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        match self.fields {
            [] => seed.deserialize(self.value.inside()?).map(Some),
            fields => {
                let name = fields[(self.first + fields.len() - 1 - left) % fields.len()];
                seed.deserialize(StrDeserializer::new(name)).map(Some)
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.value.inside()?)
    }
}

struct Variant<V> {
    value: V,
    name: &'static str,
}

impl<'de, 't> EnumAccess<'de> for Variant<MadeUp<'t>> {
    type Error = Error;
    type Variant = MadeUp<'t>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, MadeUp<'t>), Error> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self.value.inside()?))
    }
}

impl<'de> VariantAccess<'de> for MadeUp<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(dead_code)]

    use std::collections::BTreeMap;
    use std::net::IpAddr;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    enum A {
        A,
    }

    #[derive(Deserialize)]
    enum B {
        B,
    }

    #[derive(Deserialize)]
    enum C {
        C,
    }

    fn names<T: DeserializeOwned>() -> String {
        let mut names: Vec<_> = variants::<T>().into_iter().map(|names| names.join(" ")).collect();
        names.sort();
        names.join(", ")
    }

    #[test]
    fn enums_are_found_inside_of_types() {
        assert_eq!(names::<u8>(), "");
        assert_eq!(names::<Vec<Option<Box<A>>>>(), "A");
        assert_eq!(names::<(A, BTreeMap<A, (u8, B)>)>(), "A, B");
        assert_eq!(names::<BTreeMap<u8, Result<A, B>>>(), "A, B, Ok Err");
    }

    #[test]
    fn types_that_cannot_be_generated_hide_no_enums() {
        #[derive(Deserialize)]
        struct Outer {
            first: IpAddr,
            #[serde(alias = "choice", alias = "select")]
            a: A,
            inner: Inner,
            last: IpAddr,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Inner {
            One(IpAddr, u8),
            Two { at: IpAddr, b: B },
            Three(C),
        }
        assert_eq!(names::<Outer>(), "A, B, C, one two three");
    }

    #[test]
    fn recursive_types_end() {
        #[derive(Deserialize)]
        enum Tree {
            Node { left: Box<Tree>, right: Box<Tree>, list: Vec<Tree>, a: A },
            Leaf(Option<Box<Tree>>),
        }
        #[derive(Deserialize)]
        struct Endless {
            endless: Box<Endless>,
            b: B,
        }
        assert_eq!(names::<(C, Tree)>(), "A, C, Node Leaf");
        assert_eq!(names::<Endless>(), "B");
    }
}
