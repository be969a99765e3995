//! [`Node`]: reads a type from a [`Tree`], and records how the type uses each part of it.
//!
//! `serde_json` reads most calls, and it is faster. This reader is for the rest. It accepts a whole number in any
//! notation, knows the place of an error, does not depend on the features of `serde_json`, and distinguishes whether a
//! type reads or skips a value.

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::key::Key;
use super::number::Decimal;
use super::read_error::{ReadError, Step};
use super::reading::Reading;
use super::tree::{Kind, Tree};
use crate::tool::texts;

impl Reading {
    /// Reads a whole value.
    pub(crate) fn of<T: de::DeserializeOwned>(&self, tree: &Tree<'_>) -> Result<T, ReadError> {
        T::deserialize(Node { tree, reading: self }).map_err(|error| {
            self.read.borrow_mut().remove(&tree.place());
            error.about(tree)
        })
    }

    /// Reads one argument.
    pub(crate) fn argument<T: de::DeserializeOwned>(&self, name: &str, tree: &Tree<'_>) -> Result<T, ReadError> {
        let value = self.of(tree).map_err(|error| error.of_field(name))?;
        self.accepted.borrow_mut().insert(tree.place());
        Ok(value)
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Node<'t> {
    tree: &'t Tree<'t>,
    reading: &'t Reading,
}

impl<'t> Node<'t> {
    /// Records that a type requests a kind of value, and so does not skip it.
    fn ask(self) -> Result<Self, ReadError> {
        if self.is_withheld() {
            return Err(de::Error::custom("withheld"));
        }
        self.reading.read.borrow_mut().insert(self.tree.place());
        Ok(self)
    }

    fn is_withheld(self) -> bool {
        self.reading.withholds_last && self.reading.last == Some(self.tree.place())
    }

    /// Reads a part of this value. If that fails, the part is recorded as not read.
    fn read<S: DeserializeSeed<'static, Value = V>, V>(
        self,
        tree: &'t Tree<'t>,
        seed: S,
        step: impl FnOnce() -> Step,
    ) -> Result<V, ReadError> {
        self.within(tree, step, |node| seed.deserialize(node))
    }

    fn within<V>(
        self,
        tree: &'t Tree<'t>,
        step: impl FnOnce() -> Step,
        read: impl FnOnce(Self) -> Result<V, ReadError>,
    ) -> Result<V, ReadError> {
        read(Self { tree, ..self }).map_err(|error| {
            self.reading.read.borrow_mut().remove(&tree.place());
            error.about(tree).inside(step)
        })
    }

    /// Visits the value in its own kind, whatever kind the type requested.
    fn visit<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.tree.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(is) => visitor.visit_bool(*is),
            Kind::Number => self.visit_number(visitor, self.reading.shows_whole),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::List(list) => {
                let mut elements = Elements { node: self, list, at: 0 };
                let value = visitor.visit_seq(&mut elements)?;
                if elements.at < list.len() {
                    return Err(de::Error::custom(texts::TOO_MANY_ELEMENTS));
                }
                Ok(value)
            }
            Kind::Object(fields) => {
                let place = |place| fields.iter().position(|(_, value)| value.place() == place);
                visitor.visit_map(Fields { node: self, fields, at: 0, last: self.reading.last.and_then(place) })
            }
        }
    }

    /// Visits a number. With `as_whole`, a number without a fraction is an integer in any notation.
    fn visit_number<V: Visitor<'static>>(self, visitor: V, as_whole: bool) -> Result<V::Value, ReadError> {
        let text = self.tree.text;
        if self.tree.is_integer() || as_whole {
            let decimal = Decimal::of(text);
            if let Some(number) = decimal.to_integer::<u64>() {
                return visitor.visit_u64(number);
            }
            if let Some(number) = decimal.to_integer::<i64>() {
                return visitor.visit_i64(number);
            }
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(self.out_of_range()),
        }
    }

    fn out_of_range(self) -> ReadError {
        de::Error::custom(texts::out_of_range(&self.tree.brief()))
    }
}

/// Methods that record the request for a kind of value, and visit the value in its own kind.
macro_rules! ask {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.ask()?.visit(visitor)
        }
    )*};
}

macro_rules! ask_for_integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.ask()?;
            match self.tree.kind {
                Kind::Number => self.visit_number(visitor, true),
                _ => self.visit(visitor),
            }
        }
    )*};
}

impl Deserializer<'static> for Node<'_> {
    type Error = ReadError;

    ask! {
        deserialize_bool deserialize_char deserialize_str deserialize_string deserialize_unit deserialize_seq
        deserialize_map deserialize_identifier
    }

    ask_for_integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_i128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.ask()?;
        match self.tree.decimal().and_then(|number| number.to_integer()) {
            Some(number) => visitor.visit_i128(number),
            None => self.visit(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.ask()?;
        match self.tree.decimal().and_then(|number| number.to_integer()) {
            Some(number) => visitor.visit_u128(number),
            None => self.visit(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.ask()?;
        if !matches!(self.tree.kind, Kind::Number) {
            return self.visit(visitor);
        }
        match self.tree.text.parse::<f32>() {
            Ok(number) if number.is_finite() => visitor.visit_f32(number),
            _ => Err(self.out_of_range()),
        }
    }

    fn deserialize_f64<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.ask()?;
        if !matches!(self.tree.kind, Kind::Number) {
            return self.visit(visitor);
        }
        match self.tree.text.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(self.out_of_range()),
        }
    }

    /// Does not record the value as read: a type that accepts any value can buffer it, and skip it later.
    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        // Few types read bytes from JSON, but a type that skips the value accepts them.
        if self.is_withheld() { visitor.visit_bytes(b"\xFF") } else { self.visit(visitor) }
    }

    fn deserialize_ignored_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.reading.passed.borrow_mut().insert(self.tree.place());
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.ask()?;
        match &self.tree.kind {
            Kind::Text(text) => visitor.visit_bytes(text.as_bytes()),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.tree.kind {
            Kind::Null => {
                self.ask()?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        // `serde_json` uses this name internally to request the text of a value.
        const RAW: &str = "$serde_json::private::RawValue";
        if name == RAW {
            let text = self.ask()?.tree.text;
            return visitor.visit_map(MapDeserializer::new(std::iter::once((RAW, text.to_owned()))));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'static>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if matches!(self.tree.kind, Kind::List(_)) {
            self.reading.structs.borrow_mut().insert(self.tree.place());
        }
        self.ask()?.visit(visitor)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.ask()?;
        match &self.tree.kind {
            Kind::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            Kind::Object(fields) => match fields.as_slice() {
                [(name, tree)] => visitor.visit_enum(Variant { name, value: Some((self, tree)) }),
                _ => Err(de::Error::custom(texts::VARIANT)),
            },
            _ => Err(de::Error::invalid_type(unexpected(self.tree), &"string or object")),
        }
    }
}

/// Returns a value as serde describes it in errors.
fn unexpected<'a>(tree: &'a Tree<'_>) -> Unexpected<'a> {
    match &tree.kind {
        Kind::Null => Unexpected::Unit,
        Kind::Bool(is) => Unexpected::Bool(*is),
        Kind::Number => Unexpected::Other("number"),
        Kind::Text(text) => Unexpected::Str(text),
        Kind::List(_) => Unexpected::Seq,
        Kind::Object(_) => Unexpected::Map,
    }
}

struct Elements<'t> {
    node: Node<'t>,
    list: &'t [Tree<'t>],
    at: usize,
}

impl SeqAccess<'static> for Elements<'_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'static>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(tree) = self.list.get(self.at) else { return Ok(None) };
        let index = self.at;
        self.at += 1;
        self.node.read(tree, seed, || Step::Element(index)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.list.len() - self.at)
    }
}

struct Fields<'t> {
    node: Node<'t>,
    fields: &'t [(std::borrow::Cow<'t, str>, Tree<'t>)],
    at: usize,
    /// The index of the field that is read after all others.
    last: Option<usize>,
}

impl<'t> Fields<'t> {
    fn next(&self) -> Option<&'t (std::borrow::Cow<'t, str>, Tree<'t>)> {
        let at = match self.last {
            Some(last) if self.at + 1 == self.fields.len() => last,
            Some(last) if self.at >= last => self.at + 1,
            _ => self.at,
        };
        self.fields.get(at)
    }
}

impl MapAccess<'static> for Fields<'_> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'static>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some((name, _)) = self.next() else { return Ok(None) };
        let key = seed.deserialize(Key(name));
        key.map(Some).map_err(|error| error.inside(|| Step::Field(name.to_string())))
    }

    fn next_value_seed<S: DeserializeSeed<'static>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let (name, tree) = self.next().ok_or_else(|| <ReadError as de::Error>::custom("a value without a field"))?;
        self.at += 1;
        self.node.read(tree, seed, || Step::Field(name.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len() - self.at)
    }
}

struct Variant<'t> {
    name: &'t str,
    value: Option<(Node<'t>, &'t Tree<'t>)>,
}

impl<'t> Variant<'t> {
    /// Reads the content of the variant, which has this form.
    fn content<V>(self, form: &str, read: impl FnOnce(Node<'t>) -> Result<V, ReadError>) -> Result<V, ReadError> {
        let Some((node, tree)) = self.value else {
            return Err(de::Error::invalid_type(Unexpected::UnitVariant, &form));
        };
        node.within(tree, || Step::Field(self.name.to_owned()), read)
    }
}

impl EnumAccess<'static> for Variant<'_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'static>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl VariantAccess<'static> for Variant<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        let Some((node, tree)) = self.value else { return Ok(()) };
        node.read(tree, std::marker::PhantomData::<()>, || Step::Field(self.name.to_owned()))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'static>>(self, seed: S) -> Result<S::Value, ReadError> {
        self.content("newtype variant", |node| seed.deserialize(node))
    }

    fn tuple_variant<V: Visitor<'static>>(self, length: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.content("tuple variant", |node| node.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'static>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.content("struct variant", |node| node.deserialize_struct("", fields, visitor))
    }
}
