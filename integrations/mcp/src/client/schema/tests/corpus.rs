//! Schemas in the style of real servers, each with its mended form.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Checked;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    schema: Value,
    /// The whole mended schema.
    mended: Option<Value>,
    rules: Option<String>,
    /// The arguments that are renamed: the model's name and the server's.
    #[serde(default)]
    renamed: Vec<(String, String)>,
    /// Parts of the notes, in order.
    #[serde(default)]
    notes: Vec<String>,
    /// Arguments that the server accepts, with its names.
    #[serde(default)]
    valid: Vec<Value>,
    /// Arguments that must still be refused, with the server's names.
    #[serde(default)]
    invalid: Vec<Value>,
    /// A part of the reason, if the schema cannot be mended.
    error: Option<String>,
}

#[test]
fn corpus_is_mended() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("corpus.json")).unwrap();
    assert!(cases.len() > 30);
    let failed: Vec<String> =
        cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, case.problem()?))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

impl Case {
    /// Returns the first difference between the result and the expected result.
    fn problem(&self) -> Option<String> {
        let checked = match (Checked::new(&self.schema), &self.error) {
            (Ok(checked), None) => checked,
            (Err(reason), Some(error)) if reason.contains(error) => return None,
            (Err(reason), _) => return Some(reason),
            (Ok(checked), Some(_)) => return Some(format!("mended to {}", checked.mended.schema)),
        };
        let mended = &checked.mended;
        let found = &mended.schema;
        if self.mended.as_ref().is_some_and(|expected| expected != found) {
            return Some(format!("mended to {found}"));
        }
        if mended.rules != self.rules {
            return Some(format!("rules {:?} of {found}", mended.rules));
        }
        let renamed: Vec<_> = mended.arguments.iter().map(|(new, old)| (new.to_owned(), old.to_owned())).collect();
        if renamed != self.renamed {
            return Some(format!("renamed {renamed:?}"));
        }
        let are_noted = mended.notes.iter().zip(&self.notes).all(|(note, part)| note.contains(part));
        if !are_noted || mended.notes.len() != self.notes.len() {
            return Some(format!("notes {:#?}", mended.notes));
        }
        for arguments in &self.valid {
            let renamed = checked.renamed(arguments);
            if let Some(refusal) = checked.refuses(&renamed) {
                return Some(format!("{arguments} refused by {found}: {refusal}"));
            }
            if json!(mended.arguments.restore(renamed)) != *arguments {
                return Some(format!("{arguments} is not restored"));
            }
        }
        let accepted = self.invalid.iter().find(|it| checked.refuses(&checked.renamed(it)).is_none())?;
        Some(format!("{accepted} accepted by {found}"))
    }
}

#[test]
fn bombs_are_refused_or_defused_quickly() {
    let start = std::time::Instant::now();
    let doubling: serde_json::Map<String, Value> = (0..40)
        .map(|n| {
            let next = format!("#/$defs/D{}", n + 1);
            (format!("D{n}"), json!({"allOf": [{"$ref": next}, {"$ref": next}]}))
        })
        .collect();
    let error = Checked::new(&json!({"$ref": "#/$defs/D0", "$defs": doubling})).err().unwrap();
    assert!(error.contains("more than 2000 alternatives"), "{error}");
    // Below the root nothing is inlined, so the same definitions are harmless.
    Checked::new(&json!({"properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": doubling})).unwrap();

    let deep = (0..500).fold(json!({}), |inner, _| json!({"properties": {"a": inner}}));
    assert!(Checked::new(&deep).err().unwrap().contains("deeper"));
    let wide: serde_json::Map<String, Value> = (0..9000).map(|n| (format!("p{n}"), json!({}))).collect();
    assert!(Checked::new(&json!({"properties": wide})).err().unwrap().contains("bytes"));
    // Each reference would copy a large part of the schema.
    let inner: serde_json::Map<String, Value> = (0..900)
        .map(|n| (format!("p{n}"), json!({"$ref": format!("#/properties/x/properties/p{}/x", n % 9)})))
        .collect();
    let nested = json!({"properties": {"x": {"properties": inner}}, "anyOf": [{}]});
    let _ = Checked::new(&nested);
    let chain = (0..40).fold(json!({"type": "string"}), |inner, _| json!({"items": inner}));
    let refs: Vec<Value> = (0..40).map(|n| json!({"$ref": format!("#/properties/x{}", "/items".repeat(n))})).collect();
    Checked::new(&json!({"properties": {"x": chain, "y": {"prefixItems": refs}}, "allOf": [{}]})).unwrap();

    let many: Vec<Value> = (0..1900).map(|n| json!({"required": [format!("p{n}")]})).collect();
    let rules = Checked::new(&json!({"oneOf": many})).unwrap().mended.rules.unwrap();
    assert!(rules.len() < 2100, "{rules}");
    let unlike: Vec<Value> = (0..1200).map(|n| json!({"properties": {"a": {"minLength": n}}})).collect();
    Checked::new(&json!({"anyOf": unlike})).unwrap();
    let properties: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("p{n}"), json!({"minimum": n}))).collect();
    let names: Vec<&String> = properties.keys().collect();
    let large = json!({"properties": properties, "required": names});
    let refs = vec![json!({"$ref": "#/$defs/Large"}); 1000];
    for keyword in ["anyOf", "allOf"] {
        let error = Checked::new(&json!({keyword: refs, "$defs": {"Large": large}})).err().unwrap();
        assert!(error.contains("too large to merge"), "{error}");
    }
    let ids: Vec<Value> = (0..700).map(|n| json!({"$id": format!("x:{n}"), "not": {"$ref": "#/a"}})).collect();
    let nested = (0..40).fold(json!({"anyOf": ids}), |inner, n| json!({"$id": format!("y:{n}"), "items": inner}));
    Checked::new(&json!({"properties": {"a": nested}})).unwrap();
    let constants: Vec<Value> =
        (0..40).map(|n| json!({"enum": (0..100).map(|m| json!(format!("{n}{m}"))).collect::<Vec<_>>()})).collect();
    let one_of = vec![
        json!({"oneOf": (0..40).map(|n| json!({"$ref": format!("#/$defs/c/prefixItems/{n}")})).collect::<Vec<_>>()});
        12
    ];
    Checked::new(&json!({"properties": {"a": {"prefixItems": one_of}}, "$defs": {"c": {"prefixItems": constants}}}))
        .unwrap();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn missing_schemas_accept_any_arguments() {
    for schema in [None, Some(json!(null)), Some(json!(true)), Some(json!([]))] {
        let mended = super::mend(schema.as_ref()).unwrap();
        assert_eq!((mended.schema, mended.notes.len()), (json!({"type": "object"}), 1));
    }
    for schema in [json!(false), json!("object"), json!(7), json!([1])] {
        assert!(super::mend(Some(&schema)).is_err());
    }
}
