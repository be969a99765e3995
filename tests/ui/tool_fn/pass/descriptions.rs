use claudette::{tool, tools};

const FIRST: &str = "First thing to sum";

#[tool(name = "add-up", description = concat!("Adds ", "a + b."), strict)]
async fn sums(
    #[tool(description = FIRST)] a: i64,
    /** Second
     * thing */
    #[tool(rename = "second", default = i64::from(a_constant()))]
    b: i64,
) -> i64 {
    a + b
}

const fn a_constant() -> i32 {
    7
}

/// Reads a file.
///
#[doc = concat!("As ", "usual.")]
#[tool]
async fn read() {}

#[test]
fn it_is_accepted() {
    let set = tools![sums, read];
    assert_eq!(
        set.wire_json(),
        concat!(
            r#"[{"name":"add-up","description":"Adds a + b.","input_schema":{"type":"object","properties":{"#,
            r#""a":{"description":"First thing to sum","type":"integer"},"#,
            r#""second":{"description":"Second\nthing","type":"integer","default":7}},"#,
            r#""required":["a"],"additionalProperties":false},"strict":true},"#,
            r#"{"name":"read","description":"Reads a file.\n\nAs usual.","input_schema":"#,
            r#"{"type":"object","properties":{},"additionalProperties":false}}]"#,
        )
    );
}
