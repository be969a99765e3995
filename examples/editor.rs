//! The model edits files: the text editor that the API defines, held to one directory.

use claudette::testing::{Reply, StandIn};
use claudette::{Chat, Client, Event, TextEditor};
use serde_json::json;

const MODEL: &str = "claude-sonnet-5-5";

/// A program with a mistake in it.
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

    let claude = StandIn::start().await?;
    let client = Client::new(MODEL).unwrap_or_else(|_| stand_in(&claude));
    // Whatever path the model gives, it leads to a file below the directory, or nowhere.
    let editor = TextEditor::new(&directory)?.max_characters(10_000);
    let mut chat = Chat::builder(client).tools(editor).build()?;

    let mut events =
        chat.toolloop("There is a syntax error in primes.py. Mend it, and add a test in a new file.").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(text) => print!("{text}"),
            Event::ToolCall(call) => println!("→ {}", call.input()),
            Event::ToolResult(outcome) => println!("← {}", outcome.text()),
            Event::Done(run) => println!("\n({} replies)", run.steps().len()),
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

/// Without a key. The stand-in makes up calls from schemas, and this tool has none: so it is told what to say.
fn stand_in(claude: &StandIn) -> Client {
    const EDITOR: &str = "str_replace_based_edit_tool";
    eprintln!("No API key in the environment: a stand-in on this machine answers ({}).", claude.url());
    let (old, new) = ("if n % i == 0\n", "if n % i == 0:\n");
    let test = "from primes import is_prime\n\nassert [n for n in range(10) if is_prime(n)] == [2, 3, 5, 7]\n";
    claude.reply(Reply::tool_use(EDITOR, json!({"command": "view", "path": "primes.py"})));
    claude.reply(Reply::tool_uses([
        (EDITOR, json!({"command": "str_replace", "path": "primes.py", "old_str": old, "new_str": new})),
        (EDITOR, json!({"command": "create", "path": "test_primes.py", "file_text": test})),
        (EDITOR, json!({"command": "view", "path": "../secret.txt"})),
    ]));
    claude.reply(Reply::text("A colon was missing in line 3. The test is in test_primes.py.").chunked(8));
    claude.client(MODEL)
}
