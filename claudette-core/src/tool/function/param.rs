//! [`ToolParam`]: a type the model can fill in, and [`arguments`]: reading all those of one call.

use std::borrow::Borrow;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::Error as MissingError;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::tool::definition::ToolDefinition;
use crate::tool::run::{ToolError, guard};
use crate::tool::schema::{ObjectSchema, Property, variants, whole as whole_of};
use crate::tool::validate::{Kind, ReadError, Reading, Scanner, Tree, contradiction};

/// A type that can be an argument of a tool: one that can be read from JSON and described by a schema.
///
/// Nothing implements this by hand: derive the two traits it asks for.
///
/// ```
/// /// Where on the map.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// fn takes_an_argument<T: claudette::ToolParam>() {}
/// takes_an_argument::<Vec<Point>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "the model cannot fill this in",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for each type of your own in `{Self}`",
    note = "`JsonSchema` is that of schemars 1, which is re-exported as `claudette::schemars`"
)]
pub trait ToolParam: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> ToolParam for T {}

/// What is lent to the function as `&Self`, and read as another type: `&str` as a `String`.
pub trait Lent {
    /// What is read.
    type Owned: Borrow<Self>;
}

/// What is read for an argument `&T`.
pub type Owned<T> = <T as Lent>::Owned;

impl<T> Lent for T {
    type Owned = T;
}

impl Lent for str {
    type Owned = String;
}

impl<T> Lent for [T] {
    type Owned = Vec<T>;
}

impl Lent for Path {
    type Owned = PathBuf;
}

/// One argument of a tool: what the model is told about it, and how it is read.
///
/// The bound is at the one function that makes it, [`param`], and here are only pointers to what the bound promises:
/// a type that is no [`ToolParam`] is then one error, at its own name, and not one for every use.
pub struct Param<T> {
    name: &'static str,
    description: &'static str,
    parse: fn(&str) -> serde_json::Result<(T, usize)>,
    reread: fn(&Reading, &str, &Tree<'_>) -> Result<T, ReadError>,
    missing: fn() -> Option<T>,
    schema: fn(&mut SchemaGenerator) -> Schema,
    variants: fn() -> Vec<&'static [&'static str]>,
    default: Option<Default<T>>,
}

struct Default<T> {
    make: fn() -> T,
    show: fn(&T) -> Option<Value>,
}

/// An argument of this name, with this description for the model.
pub const fn param<T: ToolParam>(name: &'static str, description: &'static str) -> Param<T> {
    Param {
        name,
        description,
        parse: parse::<T>,
        reread: Reading::argument::<T>,
        missing: missing::<T>,
        schema: SchemaGenerator::subschema_for::<T>,
        variants: variants::<T>,
        default: None,
    }
}

impl<T> Param<T> {
    /// The value where the model gives none or null, and its JSON for the schema, if it has one.
    pub const fn or(mut self, make: fn() -> T, show: fn(&T) -> Option<Value>) -> Self {
        self.default = Some(Default { make, show });
        self
    }

    fn absent(&self) -> Option<T> {
        match &self.default {
            Some(default) => Some((default.make)()),
            None => (self.missing)(),
        }
    }

    #[inline]
    fn read(&self, text: &str) -> serde_json::Result<(Option<T>, usize)> {
        if self.default.is_some() && text.starts_with("null") {
            return Ok((None, "null".len()));
        }
        (self.parse)(text).map(|(value, length)| (Some(value), length))
    }

    /// Reads the value among the arguments of a call.
    fn reread(&self, arguments: &Tree<'_>, reading: &Reading) -> Result<Option<T>, ReadError> {
        match arguments.field(self.name) {
            None => Ok(None),
            Some(Tree { kind: Kind::Null, .. }) if self.default.is_some() => Ok(None),
            Some(value) => (self.reread)(reading, self.name, value).map(Some),
        }
    }
}

impl<T> fmt::Debug for Param<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Param").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Reads the value that begins `text`, and how long it is.
#[inline]
fn parse<T: DeserializeOwned>(text: &str) -> serde_json::Result<(T, usize)> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut deserializer)?;
    // Where the next value would begin is where this one ended; nothing else tells.
    Ok((value, deserializer.into_iter::<IgnoredAny>().byte_offset()))
}

/// What stands for an argument that was left out: serde's own rule for missing fields, so `Option` is `None` whatever
/// alias it goes by, and everything else is missed.
fn missing<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(Missing).ok()
}

struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = MissingError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, MissingError> {
        Err(MissingError::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MissingError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// All arguments of a tool: a list `(first, (second, ()))`, so that no number of them is too many.
pub trait Params {
    /// The values read so far.
    type Slots: std::default::Default;
    /// The values, in the same form.
    type Values;

    /// Reads the value that begins `text` into the slot of this name, and says how long it is.
    fn read(&self, slots: &mut Self::Slots, name: &str, text: &str) -> Result<usize, Fault>;

    /// Reads all values from the arguments of a call, and adds an error for each that cannot be read.
    fn reread(&self, arguments: &Tree<'_>, reading: &Reading, errors: &mut Vec<ReadError>) -> Self::Slots;

    /// All values, or the name of one that is missing.
    fn finish(&self, slots: Self::Slots) -> Result<Self::Values, &'static str>;

    /// Adds what the model is told of each.
    fn describe(&self, schema: &mut ObjectSchema);
}

/// What can be wrong with one member of the arguments.
#[derive(Debug)]
pub enum Fault {
    Unknown,
    Twice,
    /// It cannot be read, by `serde_json`.
    Value,
}

impl Params for () {
    type Slots = ();
    type Values = ();

    fn read(&self, (): &mut (), _: &str, _: &str) -> Result<usize, Fault> {
        Err(Fault::Unknown)
    }

    fn reread(&self, _: &Tree<'_>, _: &Reading, _: &mut Vec<ReadError>) {}

    fn finish(&self, (): ()) -> Result<(), &'static str> {
        Ok(())
    }

    fn describe(&self, _: &mut ObjectSchema) {}
}

impl<T, Rest: Params> Params for (Param<T>, Rest) {
    type Slots = (Option<T>, Rest::Slots);
    type Values = (T, Rest::Values);

    #[inline]
    fn read(&self, slots: &mut Self::Slots, name: &str, text: &str) -> Result<usize, Fault> {
        let (param, rest) = self;
        // Names are short: looking at their letters here is faster than calling `memcmp`.
        if name.len() != param.name.len() || !name.bytes().eq(param.name.bytes()) {
            return rest.read(&mut slots.1, name, text);
        }
        if slots.0.is_some() {
            return Err(Fault::Twice);
        }
        let (value, length) = param.read(text).map_err(|_| Fault::Value)?;
        slots.0 = value;
        Ok(length)
    }

    fn reread(&self, arguments: &Tree<'_>, reading: &Reading, errors: &mut Vec<ReadError>) -> Self::Slots {
        let (param, rest) = self;
        let value = param.reread(arguments, reading).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        (value, rest.reread(arguments, reading, errors))
    }

    #[inline]
    fn finish(&self, (slot, slots): Self::Slots) -> Result<Self::Values, &'static str> {
        let (param, rest) = self;
        let value = slot.or_else(|| param.absent()).ok_or(param.name)?;
        Ok((value, rest.finish(slots)?))
    }

    fn describe(&self, schema: &mut ObjectSchema) {
        let (param, rest) = self;
        schema.try_add(param.name, || Property {
            name: param.name,
            description: param.description,
            schema: param.schema,
            variants: param.variants,
            required: param.default.is_none() && (param.missing)().is_none(),
            default: param.default.as_ref().and_then(|default| (default.show)(&(default.make)())),
        });
        rest.describe(schema);
    }
}

/// The definition of a tool with these arguments.
pub fn definition<P: Params>(
    name: &'static str,
    description: &'static str,
    origin: &'static str,
    params: &P,
) -> ToolDefinition {
    let mut schema = ObjectSchema::default();
    params.describe(&mut schema);
    let (schema, flaw) = schema.finish_with_flaw();
    let flaw = flaw.or_else(|| {
        contradiction(&schema, |tree, reading| {
            let mut errors = Vec::new();
            let _ = params.reread(tree, reading, &mut errors);
            errors
        })
    });
    ToolDefinition::generated(name, description, origin, schema, flaw)
}

/// Reads the arguments of one call, and compares them with the schema where serde cannot tell all.
///
/// # Errors
///
/// All that the model has to correct.
#[inline]
pub(crate) fn arguments<P: Params>(
    params: &P,
    definition: &ToolDefinition,
    input: &RawValue,
) -> Result<P::Values, ToolError> {
    let read = read(params, input.get())?;
    match read {
        Some(values) if !definition.is_checked() => Ok(values),
        read => definition.judge(input.get(), read, |tree, reading| reread(params, tree, reading)),
    }
}

/// Reads the arguments in one pass over their text; `None` if one of them cannot be read like that.
#[inline]
fn read<P: Params>(params: &P, text: &str) -> Result<Option<P::Values>, ToolError> {
    let mut scanner = Scanner::new(text);
    if !scanner.enter(b'{') {
        return Ok(None);
    }
    let mut slots = P::Slots::default();
    while let Some(name) = scanner.next_key() {
        match params.read(&mut slots, &name, scanner.rest()) {
            // A type that reads nothing at all is satisfied with any value.
            Ok(0) => scanner.skip_value(),
            Ok(length) => {
                scanner.advance(length);
                // An integer of 128 bits is read up to its point.
                if !scanner.is_past_value() {
                    return Ok(None);
                }
            }
            Err(Fault::Twice) => return Err(twice(&name)),
            Err(Fault::Unknown | Fault::Value) => return Ok(None),
        }
    }
    Ok(params.finish(slots).ok())
}

#[cold]
fn twice(name: &str) -> ToolError {
    ToolError::new(format_args!("argument `{name}` is given twice"))
}

/// The same from a tree.
fn reread<P: Params>(params: &P, tree: &Tree<'_>, reading: &Reading) -> Result<P::Values, ReadError> {
    let mut errors = Vec::new();
    let slots = params.reread(tree, reading, &mut errors);
    match errors.into_iter().next() {
        Some(error) => Err(error),
        None => params.finish(slots).map_err(|name| ReadError::custom("missing").of_field(name)),
    }
}

/// The schema of arguments that are one struct, and what is wrong with the type.
pub(crate) fn whole_schema<T: ToolParam>() -> (Value, Option<String>) {
    match guard(whole_of::<T>) {
        Ok(schema) => {
            let flaw = contradiction(&schema, |tree, reading| reading.of::<T>(tree).err().into_iter().collect());
            (schema, flaw)
        }
        Err(panic) => {
            let why = if panic.0.is_empty() { "no message" } else { &panic.0 };
            let flaw = format!("its `Deserialize` or `JsonSchema` panicked while it was described: {why}");
            (serde_json::json!({"type": "object"}), Some(flaw))
        }
    }
}

/// The arguments of a tool that takes them as one struct.
///
/// # Errors
///
/// As [`arguments`].
pub(crate) fn whole<T: DeserializeOwned>(definition: &ToolDefinition, input: &RawValue) -> Result<T, ToolError> {
    let read = serde_json::from_str(input.get()).ok();
    definition.judge(input.get(), read, |tree, reading| reading.of(tree))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text names all of this, in whatever words.
    fn says(text: &str, parts: &[&str]) -> bool {
        parts.iter().all(|part| text.contains(part))
    }

    type Rest = (Param<Vec<u8>>, (Param<Option<bool>>, ()));

    const PARAMS: (Param<i64>, Rest) = (
        param::<i64>("a", "The first"),
        (
            param::<Vec<u8>>("list", "The second").or(|| vec![7], |_| None),
            (param::<Option<bool>>("flag", "The third"), ()),
        ),
    );

    fn read(input: &str) -> Result<(i64, Vec<u8>, Option<bool>), String> {
        let input: &RawValue = serde_json::from_str(input).expect("valid JSON");
        let definition = definition("tool", "Takes three.", "tests::tool", &PARAMS);
        let values = arguments(&PARAMS, &definition, input).map_err(|error| error.to_string())?;
        let (a, (list, (flag, ()))) = values;
        Ok((a, list, flag))
    }

    fn error(input: &str) -> String {
        read(input).expect_err("it is wrong")
    }

    #[test]
    fn arguments_are_found_by_name_in_any_order() {
        assert_eq!(read(r#"{"flag":true,"list":[1,2],"a":-1}"#), Ok((-1, vec![1, 2], Some(true))));
        assert_eq!(read("{\n\t\"list\" : [ ] ,\r\n \"\\u0061\" : 5 }"), Ok((5, vec![], None)));
    }

    #[test]
    fn what_may_be_left_out_may_be_null() {
        assert_eq!(read(r#"{"a":1}"#), Ok((1, vec![7], None)));
        assert_eq!(read(r#"{"list":null,"flag":null,"a":1}"#), Ok((1, vec![7], None)));
    }

    #[test]
    fn each_mistake_names_its_argument() {
        assert!(says(&error("{}"), &["`a`"]));
        assert!(says(&error(r#"{"a":1,"a":1}"#), &["`a`"]));
        assert!(says(&error(r#"{"a":1,"lists":[]}"#), &["`lists`", "`a`", "`list`", "`flag`"]));
        assert!(says(&error(r#"{"a":{"b":[]}}"#), &["`a`", "{\"b\":[]}"]));
        assert!(says(&error(r#"{"flag":0,"list":"1"}"#), &["`a`", "`flag`", "`list`", "\"1\""]));
        assert!(says(&error("7"), &["`a`", "7"]));
    }

    #[test]
    fn what_only_the_type_knows_is_told_by_serde() {
        assert!(says(&error(r#"{"a":1,"list":[1,256]}"#), &["`list[1]`", "`256`"]));
        assert!(says(&error(r#"{"a":1,"list":[1,2.56e2]}"#), &["`list[1]`", "`2.56e2`"]));
        assert!(says(&error(r#"{"a":1.5}"#), &["`a`", "1.5"]));
        assert_eq!(read(r#"{"a":1e3,"list":[2.0]}"#), Ok((1000, vec![2], None)));
    }

    #[test]
    fn what_serde_does_not_see_is_held_against_the_schema() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "never read with success")]
        struct Point {
            #[schemars(range(max = 7))]
            x: i32,
        }
        let params = (param::<Point>("point", ""), ());
        let definition = definition("tool", "Takes a point.", "tests::tool", &params);
        let error = |input| {
            let input: &RawValue = serde_json::from_str(input).expect("valid JSON");
            let error = arguments(&params, &definition, input).expect_err("it is wrong");
            error.to_string()
        };
        assert!(says(&error(r#"{"point":{"x":8}}"#), &["`point.x`", "8"]));
        assert!(says(&error(r#"{"point":[8]}"#), &["`point[0]`", "8"]));
        assert!(says(&error(r#"{"point":{"x":1,"y":2}}"#), &["`point.y`", "`x`"]));
    }

    #[test]
    fn too_many_elements_are_told_as_such() {
        let params = (param::<(u8, u8)>("pair", ""), ());
        let input: &RawValue = serde_json::from_str(r#"{"pair":[1,2,3]}"#).expect("valid JSON");
        let reading = Reading::default();
        let tree = Tree::parse(input.get()).expect("JSON");
        let error = reread(&params, &tree, &reading).map(|_| ()).expect_err("one too many");
        assert_eq!(error.path(), "pair");
        let definition = definition("tool", "Takes a pair.", "tests::tool", &params);
        let error = arguments(&params, &definition, input).map(|_| ()).expect_err("one too many");
        assert!(says(error.text(), &["`pair`", "2", "3"]));
    }

    #[test]
    fn a_type_that_reads_nothing_is_satisfied_with_anything() {
        #[derive(JsonSchema)]
        struct Whatever;

        impl<'de> serde::Deserialize<'de> for Whatever {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Ok(Self)
            }
        }

        let params = (param::<Whatever>("x", ""), (param::<u8>("y", ""), ()));
        let input: &RawValue = serde_json::from_str(r#"{"x":[{"y":1}],"y":2}"#).expect("valid JSON");
        let read = super::read(&params, input.get()).expect("nothing is given twice");
        let (Whatever, (y, ())) = read.expect("both are there");
        assert_eq!(y, 2);
    }

    #[test]
    fn one_struct_takes_all_of_them() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        struct Args {
            #[expect(dead_code, reason = "never read with success")]
            list: Vec<u8>,
        }
        let definition = ToolDefinition::new("tool", "Takes a list.", &crate::tool::schema::whole::<Args>());
        let error = |input| {
            let input: &RawValue = serde_json::from_str(input).expect("valid JSON");
            whole::<Args>(&definition, input).expect_err("it is wrong").to_string()
        };
        assert!(says(&error(r#"{"list":[1,"2"]}"#), &["`list[1]`", "\"2\""]));
        assert!(says(&error(r#"{"list":[1,256]}"#), &["`list[1]`", "`256`"]));
        assert!(says(&error(r#"{"list":[],"more":1}"#), &["`more`", "`list`"]));
        assert!(says(&error("{}"), &["`list`"]));
    }
}
