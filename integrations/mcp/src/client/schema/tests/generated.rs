//! Properties of all mended schemas.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::Checked;
use super::grammar::{RootCase, root};
use crate::client::schema::mend;

/// Returns the number of arguments that the server accepts. Panics if the mended schema refuses some of them.
fn check(case: &RootCase) -> usize {
    let RootCase { dirty, clean, arguments } = case;
    let oracle = jsonschema::draft202012::new(clean).unwrap_or_else(|error| panic!("{error}\n{clean}"));
    let checked = match Checked::new(dirty) {
        Ok(checked) => checked,
        Err(reason) => {
            let accepted = arguments.iter().find(|it| oracle.is_valid(it));
            assert!(accepted.is_none(), "{reason}: {dirty}\naccepts {accepted:?}");
            return 0;
        }
    };
    let mut accepted = 0;
    for arguments in arguments.iter().filter(|it| oracle.is_valid(it)) {
        // An undeclared argument with the new name of another one cannot be told apart.
        if checked.mended.arguments.iter().any(|(new, _)| arguments.get(new).is_some()) {
            continue;
        }
        let renamed = checked.renamed(arguments);
        if let Some(refusal) = checked.refuses(&renamed) {
            panic!("{refusal}\narguments {arguments}\ndirty {dirty}\nmended {}", checked.mended.schema);
        }
        assert_eq!(&json!(checked.mended.arguments.restore(renamed)), arguments);
        accepted += 1;
    }
    accepted
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..9_i32).prop_map(Value::from),
        Just(json!(0.5)),
        "[a\u{202e}]{0,2}".prop_map(Value::from),
        prop::sample::select(vec![
            "object",
            "array",
            "string",
            "#",
            "#/$defs/a",
            "#/properties/a",
            "#a",
            "x#/a",
            "#/$defs/a/not",
            "null",
            "int",
        ])
        .prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "$ref",
        "$id",
        "id",
        "$anchor",
        "$schema",
        "$defs",
        "definitions",
        "type",
        "properties",
        "required",
        "items",
        "additionalItems",
        "prefixItems",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "enum",
        "const",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "nullable",
        "description",
        "title",
        "minimum",
        "exclusiveMinimum",
        "minLength",
        "maxItems",
        "multipleOf",
        "pattern",
        "uniqueItems",
        "contains",
        "maxContains",
        "unevaluatedProperties",
        "examples",
        "a",
        "b c",
        "x-mcp-header",
        "$dynamicRef",
        "components",
    ]);
    leaf.prop_recursive(6, 80, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arguments_of_the_server_are_accepted(case in root()) {
        check(&case);
    }

    #[test]
    fn anything_is_mended_or_refused(schema in any_json()) {
        // `Checked` panics if the result is not valid.
        let _ = Checked::new(&schema);
    }

    #[test]
    fn the_same_schema_is_mended_the_same_way(case in root()) {
        prop_assert_eq!(mend(Some(&case.dirty)), mend(Some(&case.dirty)));
    }
}

/// Otherwise the first property would say little.
#[test]
fn generated_arguments_are_often_valid() {
    let mut runner = TestRunner::deterministic();
    let accepted: Vec<usize> = (0..300).map(|_| check(&root().new_tree(&mut runner).unwrap().current())).collect();
    let share = accepted.iter().filter(|count| **count > 0).count();
    assert!(share > 120, "{share} of 300");
}
