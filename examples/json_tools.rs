//! Tools that are known only at run time: a JSON file contains their names, descriptions, schemas and answers.

mod plain;

use claudette::testing::{self, MockResponse};
use claudette::tooling::ToolAnnotations;
use claudette::{Chat, ToolContext, ToolDefinition, ToolFn, Toolset};
use plain::plain;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// A tool in the file.
#[derive(serde::Deserialize)]
struct Entry {
    name: String,
    description: String,
    input_schema: Value,
    /// The text of the result, with `{argument}` as the placeholder of each argument.
    answer: String,
}

impl Entry {
    fn into_tool(self) -> claudette::Result<ToolFn> {
        let definition = ToolDefinition::new(self.name, self.description, &self.input_schema);
        // Returns an error if the API would refuse the tool; the error names it.
        definition.check()?;
        let tool = ToolFn::raw(definition, move |input: Box<RawValue>, _: ToolContext| {
            let answer = serde_json::from_str(input.get()).map(|arguments| fill(&self.answer, &arguments));
            async move { answer }
        });
        Ok(tool.annotations(ToolAnnotations::default().read_only()))
    }
}

fn fill(template: &str, arguments: &Map<String, Value>) -> String {
    arguments.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or(&value.to_string()))
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file =
        std::env::args().nth(1).unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/json_tools.json").into());
    let entries: Vec<Entry> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let tools: Toolset = entries.into_iter().map(Entry::into_tool).collect::<Result<_, _>>()?;

    // The responses of the mock server, which is used without an API key. The first call does not match the schema.
    let call = |city| MockResponse::tool_use("opening_hours", json!({"city": city, "day": "Monday"}));
    let script = [call("Olso"), call("Oslo"), MockResponse::text("From 9 to 17.")];
    let mut chat = Chat::builder(testing::client_or_script("claude-sonnet-5-5", script).await?).tools(tools).build()?;
    let run = chat.toolloop("When is the shop in Oslo open on Monday?").await?;
    for outcome in run.steps().iter().flat_map(claudette::chat::Step::outcomes) {
        println!("→ {}\n← {}", outcome.call(), plain(&outcome.text()));
    }
    println!("{run}");
    Ok(())
}
