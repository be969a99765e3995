//! [`ToolParam`]: a type the model can fill in, and [`arguments`]: reading all those of one call.

use std::borrow::Borrow;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::Error as MissingError;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::definition::ToolDefinition;
use super::error::ToolError;

use super::path::{Scanner, path_at};
use super::schema::{ObjectSchema, Property};
use super::variants::variants;

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
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for each type of your own in `{Self}`"
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
    Value(serde_json::Error),
}

impl Params for () {
    type Slots = ();
    type Values = ();

    fn read(&self, (): &mut (), _: &str, _: &str) -> Result<usize, Fault> {
        Err(Fault::Unknown)
    }

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
        let (value, length) = param.read(text).map_err(Fault::Value)?;
        slots.0 = value;
        Ok(length)
    }

    #[inline]
    fn finish(&self, (slot, slots): Self::Slots) -> Result<Self::Values, &'static str> {
        let (param, rest) = self;
        let value = slot.or_else(|| param.absent()).ok_or(param.name)?;
        Ok((value, rest.finish(slots)?))
    }

    fn describe(&self, schema: &mut ObjectSchema) {
        let (param, rest) = self;
        schema.add(Property {
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
pub fn definition(
    name: &'static str,
    description: &'static str,
    origin: &'static str,
    params: &impl Params,
) -> ToolDefinition {
    let mut schema = ObjectSchema::default();
    params.describe(&mut schema);
    ToolDefinition::generated(name, description, origin, &schema.finish())
}

/// Reads the arguments of one call and holds them against the schema.
///
/// # Errors
///
/// What the model has to mend: all that does not fit the schema; or, where that has nothing to say, what a type refuses.
#[inline]
pub(super) fn arguments<P: Params>(
    params: &P,
    definition: &ToolDefinition,
    input: &RawValue,
) -> Result<P::Values, ToolError> {
    let values = read(params, input.get()).map_err(|error| definition.explain(input.get()).unwrap_or(error))?;
    definition.check(input.get())?;
    Ok(values)
}

/// Reads the arguments in one pass over their text.
#[inline]
fn read<P: Params>(params: &P, text: &str) -> Result<P::Values, ToolError> {
    let mut scanner = Scanner::new(text);
    if !scanner.enter(b'{') {
        return Err(ToolError::new(format_args!("the arguments must be one JSON object, not {}", shorten(text))));
    }
    let mut slots = P::Slots::default();
    while let Some(name) = scanner.next_key() {
        let value = scanner.rest();
        match params.read(&mut slots, &name, value) {
            // A type that reads nothing at all is satisfied with any value.
            Ok(0) => scanner.skip_value(),
            Ok(length) => scanner.advance(length),
            Err(fault) => return Err(explain(&fault, &name, value)),
        }
    }
    params.finish(slots).map_err(|name| ToolError::new(format_args!("argument `{name}`: missing")))
}

/// The arguments of a tool that takes them as one struct: of which serde would take fields that the schema does not have.
pub(super) fn whole<T: DeserializeOwned>(definition: &ToolDefinition, input: &RawValue) -> Result<T, ToolError> {
    let text = input.get();
    let read = serde_json::from_str(text);
    if let Some(error) = definition.explain(text) {
        return Err(error);
    }
    read.map_err(|error| {
        let path = offset(&error, text).map(|offset| path_at(text, offset)).unwrap_or_default();
        match path.strip_prefix('.').unwrap_or(&path) {
            "" => ToolError::new(format_args!("the arguments are wrong: {}", message(&error))),
            path => ToolError::new(format_args!("argument `{path}`: {}", message(&error))),
        }
    })
}

#[cold]
fn explain(fault: &Fault, name: &str, value: &str) -> ToolError {
    match fault {
        Fault::Twice => ToolError::new(format_args!("argument `{name}` is given twice")),
        Fault::Unknown => ToolError::new(format_args!("argument `{name}`: unknown")),
        Fault::Value(error) => {
            let path = offset(error, value).map(|offset| path_at(value, offset)).unwrap_or_default();
            ToolError::new(format_args!("argument `{name}{path}`: {}", message(error)))
        }
    }
}

/// What `serde_json` says, without the place in a text that the model does not see.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place).unwrap_or(&text) {
        // The text as a whole is valid: a tuple or an array of fixed length was read to its end, and there was more.
        "trailing characters" => "more elements than expected".into(),
        message => shorten(message),
    }
}

/// Where in `text` the error is; nowhere if it does not say.
fn offset(error: &serde_json::Error, text: &str) -> Option<usize> {
    let before = error.line().checked_sub(1)?;
    let lines = text.split_inclusive('\n').take(before).map(str::len).sum::<usize>();
    Some(lines + error.column())
}

/// A text in which a value of any size may stand, cut in its middle: what was expected stands at its end.
pub(super) fn shorten(text: &str) -> String {
    const EACH_SIDE: usize = 300;
    let count = text.chars().count();
    if count <= 2 * EACH_SIDE {
        return text.to_owned();
    }
    let start: String = text.chars().take(EACH_SIDE).collect();
    let end: String = text.chars().skip(count - EACH_SIDE).collect();
    format!("{start} … {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn each_mistake_has_its_sentence() {
        assert_eq!(error("{}"), "missing argument `a`: expected integer");
        assert_eq!(error(r#"{"a":1,"a":1}"#), "argument `a` is given twice");
        assert_eq!(
            error(r#"{"a":1,"lists":[]}"#),
            "unknown argument `lists`: there are `a`, `list` and `flag`; did you mean `list`?"
        );
        assert_eq!(error(r#"{"a":{"b":[]}}"#), "argument `a`: expected integer, got {\"b\":[]}");
        assert_eq!(
            error(r#"{"flag":0,"list":"1"}"#),
            concat!(
                "the arguments are wrong:\n- missing argument `a`: expected integer\n",
                "- argument `flag`: expected boolean, got 0\n- argument `list`: expected list of integers, got \"1\"",
            )
        );
        assert_eq!(error("7"), "the arguments are wrong: expected object with `a`, got 7");
    }

    #[test]
    fn what_only_the_type_knows_is_told_by_serde() {
        assert_eq!(error(r#"{"a":1,"list":[1,256]}"#), "argument `list[1]`: invalid value: integer `256`, expected u8");
        assert_eq!(error(r#"{"a":1e3}"#), "argument `a`: expected integer, got 1000.0");
    }

    #[test]
    fn what_serde_would_take_is_held_against_the_schema() {
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
        assert_eq!(error(r#"{"point":{"x":8}}"#), "argument `point.x`: expected at most 7, got 8");
        assert_eq!(error(r#"{"point":[1]}"#), "argument `point`: expected object with `x`, got [1]");
        assert_eq!(error(r#"{"point":{"x":1,"y":2}}"#), "unknown argument `point.y`: there is only `x`");
    }

    #[test]
    fn too_many_elements_are_told_as_such() {
        let params = (param::<(u8, u8)>("pair", ""), ());
        let input: &RawValue = serde_json::from_str(r#"{"pair":[1,2,3]}"#).expect("valid JSON");
        let error = super::read(&params, input.get()).map(|_| ()).expect_err("one too many");
        assert_eq!(error.text(), "argument `pair[2]`: more elements than expected");
        let definition = definition("tool", "Takes a pair.", "tests::tool", &params);
        let error = arguments(&params, &definition, input).map(|_| ()).expect_err("one too many");
        assert_eq!(error.text(), "argument `pair`: expected 2 elements, got 3");
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
        let (Whatever, (y, ())) = super::read(&params, input.get()).expect("both are there");
        assert_eq!(y, 2);
    }

    #[test]
    fn one_struct_takes_all_of_them() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        struct Args {
            #[expect(dead_code, reason = "never read with success")]
            list: Vec<u8>,
        }
        let definition = ToolDefinition::new("tool", "Takes a list.", &super::super::schema::whole::<Args>());
        let error = |input| {
            let input: &RawValue = serde_json::from_str(input).expect("valid JSON");
            whole::<Args>(&definition, input).expect_err("it is wrong").to_string()
        };
        assert_eq!(error(r#"{"list":[1,"2"]}"#), "argument `list[1]`: expected integer, got \"2\"");
        assert_eq!(error(r#"{"list":[1,256]}"#), "argument `list[1]`: invalid value: integer `256`, expected u8");
        assert_eq!(error(r#"{"list":[],"more":1}"#), "unknown argument `more`: there is only `list`");
        assert_eq!(error("{}"), "missing argument `list`: expected list of integers");
    }
}
