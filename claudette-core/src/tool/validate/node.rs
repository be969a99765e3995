//! [`Node`]: reads a type from a [`Tree`], and takes down what the type did with each part of it.
//!
//! `serde_json` reads most calls, and it is faster. This reader is for the rest: it takes a whole number however it is
//! written, knows where an error is, is the same whatever features `serde_json` has, and can tell whether a type reads a
//! value or only passes over it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::number::Decimal;
use super::path::{push_index, push_key};
use super::tree::{Kind, Tree};

/// How a value is read, and what was seen while it was.
#[derive(Debug, Default)]
pub struct Reading {
    /// Numbers without a fraction are shown as integers to a type that takes anything, as one with a tag.
    pub(crate) shows_whole: bool,
    /// The place of a field that comes after all others of its object.
    pub(crate) last: Option<usize>,
    /// That field is kept back: a type that wants it fails.
    pub(crate) withholds_last: bool,
    /// The places of the values that a type asked for by their kind, and read.
    pub(crate) read: RefCell<HashSet<usize>>,
    /// The places of the values that a type passed over.
    pub(crate) passed: RefCell<HashSet<usize>>,
    /// The places of the arguments that were read.
    pub(crate) accepted: RefCell<HashSet<usize>>,
    /// The places of lists that were read as structs.
    pub(crate) structs: RefCell<HashSet<usize>>,
}

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

/// Why a type refused a value, and where.
#[derive(Debug)]
pub struct ReadError {
    /// From the end to the beginning.
    path: Vec<Step>,
    why: Box<Why>,
}

#[derive(Debug)]
enum Step {
    Field(String),
    Element(usize),
}

#[derive(Debug)]
enum Why {
    /// In the words of a type.
    Told(String),
    /// In those of serde, which shows a number as it was read and not as it was written.
    Unfit { what: &'static str, number: Option<(&'static str, Decimal)>, got: String, expected: String },
}

impl ReadError {
    fn new(why: Why) -> Self {
        let this = Self { path: Vec::new(), why: Box::new(why) };
        ERRORS.with_borrow_mut(|errors| errors.note(&this));
        this
    }

    /// Names the place in a value that contains the one with the error.
    fn inside(mut self, step: impl FnOnce() -> Step) -> Self {
        self.path.push(step());
        self
    }

    pub(crate) fn of_field(self, name: &str) -> Self {
        self.inside(|| Step::Field(name.to_owned()))
    }

    /// Finds how a number was written.
    fn about(mut self, tree: &Tree<'_>) -> Self {
        if let Why::Unfit { number, got, .. } = &mut *self.why
            && let Some((kind, value)) = number
        {
            let is_it = |it: &&Tree<'_>| it.decimal().as_ref() == Some(value);
            let written = match tree.kind {
                Kind::Number => Some(tree),
                _ => tree.numbers().find(is_it),
            };
            if let Some(written) = written {
                *got = format!("{kind} `{}`", written.brief());
                *number = None;
            }
        }
        self
    }

    /// Where it is: `list[1].x`.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Field(name) => push_key(&mut path, name),
                Step::Element(index) => push_index(&mut path, *index),
            }
        }
        path.strip_prefix('.').map(str::to_owned).unwrap_or(path)
    }

    /// Whether the value has a type of JSON that the type in Rust never reads.
    pub(crate) fn is_of_another_type(&self) -> bool {
        matches!(*self.why, Why::Unfit { what: "type", .. })
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.why {
            Why::Told(text) => f.write_str(text),
            Why::Unfit { what, number: Some((kind, _)), expected, .. } => {
                write!(f, "invalid {what}: {kind}, expected {expected}")
            }
            Why::Unfit { what, got, expected, .. } => write!(f, "invalid {what}: {got}, expected {expected}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// The errors that were made while a value was read. If it was read all the same, its type has swallowed them: it went on
/// to another variant, or took `None` for what it did not understand.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    pub(crate) count: usize,
    pub(crate) first: Vec<Made>,
}

/// An error that was made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) text: String,
    /// It was made at the end of an object, because a field was not there.
    pub(crate) is_missing: bool,
}

thread_local! {
    /// serde makes errors out of nothing, so they can leave a trace nowhere else.
    static ERRORS: RefCell<Errors> = RefCell::default();
}

/// Reads a value, and takes down the errors that were made meanwhile.
pub(crate) fn observe<V>(read: impl FnOnce() -> V) -> (V, Errors) {
    let before = ERRORS.take();
    let value = read();
    (value, ERRORS.replace(before))
}

impl Errors {
    fn note(&mut self, error: &ReadError) {
        const MOST: usize = 256;
        self.count += 1;
        if self.first.len() < MOST {
            self.first.push(Made { text: error.to_string(), is_missing: false });
        }
    }

    fn note_missing(&mut self) {
        let is_kept = self.count == self.first.len();
        if let Some(last) = self.first.last_mut().filter(|_| is_kept) {
            last.is_missing = true;
        }
    }
}

impl de::Error for ReadError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Why::Told(message.to_string()))
    }

    fn missing_field(field: &'static str) -> Self {
        let this = Self::custom(format_args!("missing field `{field}`"));
        ERRORS.with_borrow_mut(Errors::note_missing);
        this
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unfit("type", got, expected)
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unfit("value", got, expected)
    }
}

impl ReadError {
    #[cold]
    fn unfit(what: &'static str, got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = match got {
            Unexpected::Unsigned(number) => Some(("integer", Decimal::of(&number.to_string()))),
            Unexpected::Signed(number) => Some(("integer", Decimal::of(&number.to_string()))),
            Unexpected::Float(number) if number.is_finite() => {
                Some(("floating point", Decimal::of(&number.to_string())))
            }
            _ => None,
        };
        // A word of JSON, where serde has one of Rust.
        let got = if got == Unexpected::Unit { "null".to_owned() } else { got.to_string() };
        Self::new(Why::Unfit { what, number, got, expected: expected.to_string() })
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Node<'t> {
    tree: &'t Tree<'t>,
    reading: &'t Reading,
}

impl<'t> Node<'t> {
    /// A type asks for a kind of value: it does not pass over it.
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

    /// Reads what is inside of this value. What was read of a part that failed was not read.
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

    /// The value as it is, whatever the type asked for.
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
                    return Err(de::Error::custom("more elements than expected"));
                }
                Ok(value)
            }
            Kind::Object(fields) => {
                let place = |place| fields.iter().position(|(_, value)| value.place() == place);
                visitor.visit_map(Fields { node: self, fields, at: 0, last: self.reading.last.and_then(place) })
            }
        }
    }

    /// A number; with `as_whole`, one without a fraction is an integer however it is written.
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
        de::Error::custom(format_args!("{} is out of range", self.tree.brief()))
    }
}

/// Methods that ask for a kind of value, and take whatever there is.
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

    /// What takes anything may keep it for later, and pass over it then: nothing is known yet.
    fn deserialize_any<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, ReadError> {
        // Hardly any type reads bytes from JSON; what passes over a value takes them as well.
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
        // By this name `serde_json` asks itself for the text of a value.
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
                _ => Err(de::Error::custom("expected an object with one field, which names the variant")),
            },
            _ => Err(de::Error::invalid_type(unexpected(self.tree), &"string or object")),
        }
    }
}

/// A value in the words of serde.
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
    /// The field that comes after all others.
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

/// The name of a field, which may be a number or a truth value in quotes.
struct Key<'t>(&'t str);

macro_rules! parse_key {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            match self.0.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = ReadError;

    parse_key! {
        deserialize_i8 visit_i64 i64;
        deserialize_i16 visit_i64 i64;
        deserialize_i32 visit_i64 i64;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u64 u64;
        deserialize_u16 visit_u64 u64;
        deserialize_u32 visit_u64 u64;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
        deserialize_bool visit_bool bool;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Variant<'t> {
    name: &'t str,
    value: Option<(Node<'t>, &'t Tree<'t>)>,
}

impl<'t> Variant<'t> {
    /// Reads the fields of the variant, which has this form.
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
