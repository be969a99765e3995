//! [`arguments`]: reads the arguments of a call one by one. [`definition`] describes them.

use serde::de::Error as _;
use serde_json::value::RawValue;

use super::params::{Fault, Params};
use crate::json::JsonCursor;
use crate::tool::definition::ToolDefinition;
use crate::tool::run::ToolError;
use crate::tool::schema::ObjectSchema;
use crate::tool::texts;
use crate::tool::validate::{ReadError, Reading, Tree, contradiction};

/// Creates the definition of a tool with these arguments.
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

/// Reads the arguments of one call, and compares them with the schema if reading alone cannot find all violations.
///
/// # Errors
///
/// The violations that the model has to correct.
#[inline]
pub(crate) fn arguments<P: Params>(
    params: &P,
    definition: &ToolDefinition,
    input: &RawValue,
) -> Result<P::Values, ToolError> {
    let read = read(params, input.get())?;
    match read {
        Some(values) if !definition.is_checked() => Ok(values),
        read => definition.validate(input.get(), read, |tree, reading| reread(params, tree, reading)),
    }
}

/// Reads the arguments in one pass over their text; returns `None` if one of them cannot be read this way.
#[inline]
fn read<P: Params>(params: &P, text: &str) -> Result<Option<P::Values>, ToolError> {
    let (mut slots, mut repeated) = (P::Slots::default(), None);
    let read = JsonCursor::of(text).members(|json, name| match params.read(&mut slots, &name, json.rest()) {
        // A type that reads nothing accepts any value.
        Ok(0) => json.value().map(drop),
        // A 128-bit integer is read only up to a decimal point. Reading then stops because a comma or brace is missing.
        Ok(length) => json.advance(length),
        Err(Fault::Twice) => {
            repeated = Some(name);
            None
        }
        Err(Fault::Unknown | Fault::Value) => None,
    });
    match repeated {
        Some(name) => Err(twice(&name)),
        None => Ok(read.and_then(|()| params.finish(slots).ok())),
    }
}

#[cold]
fn twice(name: &str) -> ToolError {
    ToolError::new(texts::given_twice(name))
}

/// Reads the arguments from a tree.
fn reread<P: Params>(params: &P, tree: &Tree<'_>, reading: &Reading) -> Result<P::Values, ReadError> {
    let mut errors = Vec::new();
    let slots = params.reread(tree, reading, &mut errors);
    match errors.into_iter().next() {
        Some(error) => Err(error),
        None => params.finish(slots).map_err(|name| ReadError::custom(texts::REQUIRED).of_field(name)),
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::de::Deserializer;

    use super::super::param::{Param, param};
    use super::super::whole::whole;
    use super::*;

    /// Returns `true` if a text contains all of these parts.
    fn contains_all(text: &str, parts: &[&str]) -> bool {
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
        read(input).expect_err("the arguments are invalid")
    }

    #[test]
    fn arguments_are_found_by_name_in_any_order() {
        assert_eq!(read(r#"{"flag":true,"list":[1,2],"a":-1}"#), Ok((-1, vec![1, 2], Some(true))));
        assert_eq!(read("{\n\t\"list\" : [ ] ,\r\n \"\\u0061\" : 5 }"), Ok((5, vec![], None)));
    }

    #[test]
    fn optional_arguments_can_be_null() {
        assert_eq!(read(r#"{"a":1}"#), Ok((1, vec![7], None)));
        assert_eq!(read(r#"{"list":null,"flag":null,"a":1}"#), Ok((1, vec![7], None)));
    }

    #[test]
    fn each_mistake_names_its_argument() {
        assert!(contains_all(&error("{}"), &["`a`"]));
        assert!(contains_all(&error(r#"{"a":1,"a":1}"#), &["`a`"]));
        assert!(contains_all(&error(r#"{"a":1,"lists":[]}"#), &["`lists`", "`a`", "`list`", "`flag`"]));
        assert!(contains_all(&error(r#"{"a":{"b":[]}}"#), &["`a`", "{\"b\":[]}"]));
        assert!(contains_all(&error(r#"{"flag":0,"list":"1"}"#), &["`a`", "`flag`", "`list`", "\"1\""]));
        assert!(contains_all(&error("7"), &["`a`", "7"]));
    }

    #[test]
    fn limits_of_the_rust_type_are_reported_by_serde() {
        assert!(contains_all(&error(r#"{"a":1,"list":[1,256]}"#), &["`list[1]`", "`256`"]));
        assert!(contains_all(&error(r#"{"a":1,"list":[1,2.56e2]}"#), &["`list[1]`", "`2.56e2`"]));
        assert!(contains_all(&error(r#"{"a":1.5}"#), &["`a`", "1.5"]));
        assert_eq!(read(r#"{"a":1e3,"list":[2.0]}"#), Ok((1000, vec![2], None)));
    }

    #[test]
    fn limits_of_the_schema_are_checked() {
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
            let error = arguments(&params, &definition, input).expect_err("the arguments are invalid");
            error.to_string()
        };
        assert!(contains_all(&error(r#"{"point":{"x":8}}"#), &["`point.x`", "8"]));
        assert!(contains_all(&error(r#"{"point":[8]}"#), &["`point[0]`", "8"]));
        assert!(contains_all(&error(r#"{"point":{"x":1,"y":2}}"#), &["`point.y`", "`x`"]));
    }

    #[test]
    fn too_many_elements_are_reported() {
        let params = (param::<(u8, u8)>("pair", ""), ());
        let input: &RawValue = serde_json::from_str(r#"{"pair":[1,2,3]}"#).expect("valid JSON");
        let reading = Reading::default();
        let tree = Tree::parse(input.get()).expect("JSON");
        let error = reread(&params, &tree, &reading).map(|_| ()).expect_err("one too many");
        assert_eq!(error.path(), "pair");
        let definition = definition("tool", "Takes a pair.", "tests::tool", &params);
        let error = arguments(&params, &definition, input).map(|_| ()).expect_err("one too many");
        assert!(contains_all(error.text(), &["`pair`", "2", "3"]));
    }

    #[test]
    fn a_type_that_reads_nothing_accepts_anything() {
        #[derive(JsonSchema)]
        struct Whatever;

        impl<'de> serde::Deserialize<'de> for Whatever {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Ok(Self)
            }
        }

        let params = (param::<Whatever>("x", ""), (param::<u8>("y", ""), ()));
        let input: &RawValue = serde_json::from_str(r#"{"x":[{"y":1}],"y":2}"#).expect("valid JSON");
        let read = super::read(&params, input.get()).expect("no argument is repeated");
        let (Whatever, (y, ())) = read.expect("both arguments are present");
        assert_eq!(y, 2);
    }

    #[test]
    fn arguments_can_be_one_struct() {
        #[derive(Debug, serde::Deserialize, JsonSchema)]
        struct Args {
            #[expect(dead_code, reason = "never read with success")]
            list: Vec<u8>,
        }
        let definition = ToolDefinition::new("tool", "Takes a list.", &crate::tool::schema::whole::<Args>());
        let error = |input| {
            let input: &RawValue = serde_json::from_str(input).expect("valid JSON");
            whole::<Args>(&definition, input).expect_err("the arguments are invalid").to_string()
        };
        assert!(contains_all(&error(r#"{"list":[1,"2"]}"#), &["`list[1]`", "\"2\""]));
        assert!(contains_all(&error(r#"{"list":[1,256]}"#), &["`list[1]`", "`256`"]));
        assert!(contains_all(&error(r#"{"list":[],"more":1}"#), &["`more`", "`list`"]));
        assert!(contains_all(&error("{}"), &["`list`"]));
    }
}
