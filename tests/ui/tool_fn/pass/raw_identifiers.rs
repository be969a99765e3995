use claudette::{tool, tools};

/// Tells a type.
#[tool]
async fn r#match(
    /// Which type
    r#type: String,
) -> String {
    r#type
}

#[test]
fn it_is_accepted() {
    let set = tools![r#match];
    let definition = &set.definitions()[0];
    assert_eq!(definition.name(), "match");
    assert!(definition.input_schema().get().contains("\"type\":{\"description\":\"Which type\""));
}
