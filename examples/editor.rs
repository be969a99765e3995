//! The model edits files with the text editor that the API defines, below one directory only.

mod plain;

use claudette::testing::{self, MockResponse};
use claudette::{Chat, Event, TextEditor};
use plain::{Plain, plain};
use serde_json::json;

/// A program with a syntax error.
const PRIMES: &str = "\
def is_prime(n):
    for i in range(2, n):
        if n % i == 0
            return False
    return n > 1
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let directory = std::env::temp_dir().join(format!("claudette-example-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("primes.py"), PRIMES).unwrap();

    let client = testing::client_or_script("claude-sonnet-5-5", script()).await?;
    // A path from the model can only lead to a file below the directory; all other paths are errors.
    let editor = TextEditor::new(&directory)?.max_characters(10_000);
    let mut chat = Chat::builder(client).tools(editor).build()?;

    let mut text = Plain::default();
    let mut events =
        chat.toolloop("There is a syntax error in primes.py. Fix it, and add a test in a new file.").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(piece) => print!("{}", text.piece(&piece)),
            Event::ToolCall(call) => println!("→ {}", plain(call.input().get())),
            Event::ToolResult(outcome) => println!("← {}", plain(&outcome.text())),
            Event::Done(run) => println!("\n({} responses)", run.steps().len()),
            _ => {}
        }
    }

    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        println!("\n{}:\n{}", file.file_name().unwrap().display(), std::fs::read_to_string(&file).unwrap());
    }
    std::fs::remove_dir_all(&directory).unwrap();
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key. The mock server cannot make up calls of this
/// tool, because the tool has no schema.
fn script() -> Vec<MockResponse> {
    const EDITOR: &str = "str_replace_based_edit_tool";
    let (old, new) = ("if n % i == 0\n", "if n % i == 0:\n");
    let test = "from primes import is_prime\n\nassert [n for n in range(10) if is_prime(n)] == [2, 3, 5, 7]\n";
    vec![
        MockResponse::tool_use(EDITOR, json!({"command": "view", "path": "primes.py"})),
        MockResponse::tool_uses([
            (EDITOR, json!({"command": "str_replace", "path": "primes.py", "old_str": old, "new_str": new})),
            (EDITOR, json!({"command": "create", "path": "test_primes.py", "file_text": test})),
            (EDITOR, json!({"command": "view", "path": "../secret.txt"})),
        ]),
        MockResponse::text("A colon was missing in line 3. The test is in test_primes.py.").chunked(8),
    ]
}
