//! An eval of an agent with a tool, on two models. Stop it with Ctrl-C and start it again: it continues.
//!
//! `cargo run -p claudette-testkit --example eval`
//!
//! With `ANTHROPIC_API_KEY`, it asks Claude. Without a key, it uses a mock server on this machine.
#![allow(clippy::print_stdout)]

use claudette::{Result, testing, tool, tools};
use claudette_journal_sqlite::Journal;
use claudette_testkit::eval::{Case, Eval, Sample};

/// The number of items of a product in the warehouse.
#[tool(read_only)]
fn stock(
    /// Product id, e.g. "P1"
    id: &str,
) -> u32 {
    match id {
        "P1" => 4,
        "P2" => 17,
        _ => 0,
    }
}

/// The program under test.
async fn answer(sample: Sample<String>) -> Result<String> {
    let mut chat = sample.chat().system("Answer in one sentence.").tools(tools![stock]).build()?;
    let question = sample.input().as_str();
    let run = chat.toolloop(question).max_steps(5).journal(sample.journal("loop")).await?;
    Ok(run.text())
}

/// In a project, the cases are in a file: `Case::from_json_lines(include_str!("cases.jsonl"))`.
const CASES: &str = r#"
{"id": "lamp", "input": "How many items of product P1 are in stock?", "expected": "4", "tags": ["count"]}
{"id": "chair", "input": "How many items of product P2 are in stock?", "expected": "17", "tags": ["count"]}
{"id": "desk", "input": "Is product P3 in stock? Say yes or no.", "expected": "no", "tags": ["yes or no"]}
"#;

#[tokio::main]
async fn main() -> Result<()> {
    let cases = Case::<String, String>::from_json_lines(CASES)?;
    let journal = Journal::open(std::env::temp_dir().join("claudette-eval.db")).await?;
    let client = testing::client_or_mock("claude-haiku-4-5").await?;

    let report = Eval::new("stock", cases, answer)
        .models([client.with_model("claude-haiku-4-5"), client.with_model("claude-sonnet-5-5")])
        .repeat(5)
        .judge(|case, answer| {
            let is_right = answer.to_lowercase().contains(case.expects());
            if is_right { Ok(()) } else { Err(format!("expected {}, got: {answer}", case.expects())) }
        })
        .journal(move |id| journal.run(id))
        .progress(true)
        .await?;

    println!("{report}");
    let replayed = report.results().iter().filter(|result| result.is_replayed()).count();
    println!("{replayed} of {} answers were read from the journal.", report.results().len());

    let folder = std::env::temp_dir();
    std::fs::write(folder.join("claudette-eval.md"), report.to_markdown()).map_err(claudette::Error::other)?;
    std::fs::write(folder.join("claudette-eval.svg"), report.to_svg()).map_err(claudette::Error::other)?;
    println!("Written: claudette-eval.md and claudette-eval.svg in {}", folder.display());
    Ok(())
}
