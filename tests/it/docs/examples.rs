//! The examples run without a key and print the expected output; no control sequence of a model reaches the terminal.

use std::io::{BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use claudette::messages;
use claudette::testing::{MockResponse, MockServer};
use proptest::prelude::*;
use serde_json::json;

#[path = "../../../examples/plain/mod.rs"]
mod plain;

use plain::{Plain, plain};

/// Returns the command of an example, without credentials in its environment.
fn example(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--example", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
    for (variable, _) in std::env::vars_os() {
        // These variables, which Cargo sets for tests, would rebuild dependencies that read them.
        let unwanted = ["CARGO_PKG_", "CARGO_MANIFEST_", "ANTHROPIC_"];
        if unwanted.iter().any(|name| variable.to_string_lossy().starts_with(name)) {
            command.env_remove(variable);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn stdout(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the output of an example that runs without a key.
fn demo(name: &str) -> String {
    stdout(example(name).output().unwrap())
}

/// Returns the output of an example that uses this mock server.
async fn with(claude: &MockServer, name: &str, input: &str) -> String {
    let mut command = example(name);
    command.env("ANTHROPIC_API_KEY", "k").env("ANTHROPIC_BASE_URL", claude.url()).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    stdout(tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap())
}

#[test]
fn each_example_runs_without_a_key() {
    for (name, shown) in [
        ("sums", vec!["→ sums({\"a\":604542,\"b\":6458932})", "7063474", "| **Total** |"]),
        ("stream", vec!["→ sums({\"a\":604542,\"b\":6458932})", "← 7063474", "2 responses, Finished"]),
        ("by_hand", vec!["approve: sums({\"a\":604542,\"b\":6458932})", "= 7063474", "request: end_turn"]),
        (
            "json_tools",
            vec![
                "→ opening_hours({\"city\":\"Olso\",\"day\":\"Monday\"})",
                "`city`",
                "\"Oslo\"",
                "\"Bergen\"",
                "← On Monday the shop in Oslo is open from 9 to 17.",
                "From 9 to 17.",
            ],
        ),
        ("state", vec!["→ customer({\"id\":\"C1\"})", "← 120", "… searching 2 prices", "Cancelled so far: O2"]),
        // Standard input is empty, so the call is suspended and then allowed.
        ("approval", vec!["? Claude wants to call cancel_order", "Suspended", "is allowed", "Order O2 is cancelled."]),
        (
            "tree",
            vec![
                "invoke_agent clerk ",
                "\n├── chat claude-sonnet-5-5 ",
                " tool_use\n├── execute_tool price ",
                "\n│   └── read_shelf tea ",
                "  tool_error\n└── chat claude-sonnet-5-5 ",
                " tokens  $0.0",
                "  Finished\n",
            ],
        ),
        ("logging_transport", vec!["POST /v1/messages → 529", "POST /v1/messages → 200", "Hi!"]),
        ("rotating_credentials", vec!["5: five", "\"Bearer key-b\""]),
        (
            "many_tools",
            vec![
                "500 tools, of which the model sees 1",
                "→ search_tools(",
                "calendar_find_free_slots",
                "for 49 of 50 prompts",
            ],
        ),
        (
            "research",
            vec![
                "[3] {\"prompt\":\"How long does the bus",
                "[2]   → timetable({\"transport\":\"plane\"})",
                "[1] ← The train takes 6 h 44 min",
                "[3] ← The bus takes 9 h 20 min",
                "\nTake the train:",
                "3 researchers, $0.0",
            ],
        ),
        (
            "phases",
            vec![
                "→ begin_changes({\"plan\":[\"kettle: 40 dollars\"]})",
                "← Not run: the tool `set_price` was removed. Available tools: `more_expensive_than`",
                "← []",
                "Tools at the end: more_expensive_than",
            ],
        ),
        (
            "typed_calls",
            vec![
                "✓ refund of 20 for O1 (goodwill): 20 dollars for O1: goodwill",
                "✗ refund of 500 for O2 (late delivery): Denied by the user: 500 dollars need",
                "✗ close C1: Denied by the user: accounts are closed by hand",
            ],
        ),
        (
            "memory",
            vec!["← Here're the files", "← File created", "Prefers trains to planes.", "\"command\":\"create\""],
        ),
        ("editor", vec!["→ {\"command\":\"str_replace\",\"path\":\"primes.py\"", "if n % i == 0:\n", "\"path\":\"../"]),
    ] {
        let output = demo(name);
        for shown in shown {
            assert!(output.contains(shown), "{name}: {shown:?} is missing in {output}");
        }
    }
}

#[test]
fn structured_shows_a_growing_value_and_the_complete_one() {
    let output = demo("structured");
    for shown in [
        "from \"N\"…, 0 items so far",
        "from \"Nordic Tea\", 2 items so far",
        "\nInvoice from Nordic Tea\n  2 × green tea               12.50\n  1 × kettle                  40.00\n",
        " 65.00\n(Native, attempts: 1, ",
    ] {
        assert!(output.contains(shown), "{shown:?} is missing in {output}");
    }
}

#[test]
fn budget_shows_a_complete_answer_an_early_one_and_a_refusal() {
    let output = demo("budget");
    let [enough, little, nothing] = &*output.lines().collect::<Vec<_>>() else {
        panic!("expected three lines: {output}")
    };
    assert!(enough.starts_with("At most $1: 4 responses, 3 calls, Finished, $0.0"), "{enough}");
    assert!(little.starts_with("At most $0.035: 2 responses, 1 calls, MaxCost, $0.0"), "{little}");
    assert!(nothing.starts_with("At most $0.00001: `max_cost` is too low"), "{nothing}");
    // The costs are below the limits.
    for (line, most) in [(enough, 1.0), (little, 0.035)] {
        let cost = line.rsplit_once('$').unwrap().1.split(':').next().unwrap();
        assert!(cost.parse::<f64>().unwrap() < most, "{line}");
    }
}

/// A text with all kinds of control sequences, and its visible part.
const HOSTILE: &str = "\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\ \x1bPdcs\x1b\\\
     \x1bc\x1b(B\u{9b}2Jclear\u{9d}52;c;aGk=\u{9c} be\x08\x08ll\x07\r\u{85}\u{7f} tab\tGröße 日本\nend";
const VISIBLE: &str = "red link clear bell tab\tGröße 日本\nend";

#[tokio::test(flavor = "multi_thread")]
async fn control_sequences_of_a_model_or_a_tool_do_not_reach_the_terminal() {
    assert_eq!(plain(HOSTILE), VISIBLE);
    for (name, input) in [("stream", ""), ("repl", "Say it.\n")] {
        let claude = MockServer::start().await.unwrap();
        // The text, the arguments and the error of the tool contain control sequences, in pieces of a few bytes.
        let call = |arguments| json!({"type": "tool_use", "id": "toolu_1", "name": "sums", "input": arguments});
        let content = json!([{"type": "text", "text": HOSTILE}, call(json!({"a": HOSTILE, "\u{9b}2J": 1}))]);
        claude.respond(MockResponse::content(content).stop_reason("tool_use").chunked(40));
        claude.respond(MockResponse::text(HOSTILE).chunked(60));
        let output = with(&claude, name, input).await;
        claude.assert_finished();
        let controls: Vec<char> = output.chars().filter(|char| char.is_control() && !"\n\t".contains(*char)).collect();
        assert!(controls.is_empty(), "{name}: {controls:?} in {output:?}");
        assert_eq!(output.matches(VISIBLE).count(), 2, "{name}: {output:?}");
    }
    // The error message of a server is filtered as well.
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", HOSTILE));
    let output = with(&claude, "repl", "Say it.\n").await;
    assert!(!output.contains('\x1b') && !output.contains('\u{9b}'), "{output:?}");
}

/// The example `repl`, connected to a mock server.
struct Repl {
    child: Child,
    claude: MockServer,
}

impl Repl {
    async fn start() -> Self {
        let claude = MockServer::start().await.unwrap();
        let mut command = example("repl");
        command.env("ANTHROPIC_API_KEY", "k").env("ANTHROPIC_BASE_URL", claude.url()).stdin(Stdio::piped());
        let child = command.spawn().unwrap();
        let mut repl = Self { child, claude };
        repl.until("> ", 1).await;
        repl
    }

    fn types(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Reads until a text appeared `times` times.
    async fn until(&mut self, text: &'static str, times: usize) {
        let mut stdout = BufReader::new(self.child.stdout.take().unwrap());
        let reading = tokio::task::spawn_blocking(move || {
            let (mut output, mut byte) = (Vec::new(), [0]);
            while String::from_utf8_lossy(&output).matches(text).count() < times {
                assert_eq!(
                    stdout.read(&mut byte).unwrap(),
                    1,
                    "the program ended: {}",
                    String::from_utf8_lossy(&output)
                );
                output.push(byte[0]);
            }
            assert!(stdout.buffer().is_empty());
            stdout.into_inner()
        });
        let stdout = tokio::time::timeout(Duration::from_secs(120), reading).await.expect("the text appears in time");
        self.child.stdout = Some(stdout.unwrap());
    }

    /// Returns the prompts so far.
    fn prompts(&self) -> Vec<String> {
        let requests = self.claude.requests();
        let last = |request: &claudette::testing::RecordedRequest| {
            let messages = request.body()["messages"].as_array().unwrap().clone();
            let content = &messages.last().unwrap()["content"];
            content.as_str().or_else(|| content[0]["text"].as_str()).unwrap().to_owned()
        };
        requests.iter().map(last).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_text_is_one_prompt_and_empty_lines_are_ignored() {
    let mut repl = Repl::start().await;
    repl.claude.respond(MockResponse::text("Read."));
    repl.claude.respond(MockResponse::text("Still here."));
    repl.types("fn main() {\n\n    todo!()\n}\nWhat is wrong with it?\n");
    repl.until("> ", 1).await;
    for empty in ["\n", "  \t\n", "\n\n\n", "\r\n"] {
        repl.types(empty);
        repl.until("> ", 1).await;
    }
    // Invalid UTF-8 does not end the program.
    repl.child.stdin.as_mut().unwrap().write_all(b"caf\xe9?\n").unwrap();
    repl.until("> ", 1).await;
    assert_eq!(repl.prompts(), ["fn main() {\n\n    todo!()\n}\nWhat is wrong with it?", "caf\u{fffd}?"]);
    repl.claude.assert_finished();

    // The end of the input ends the program.
    drop(repl.child.stdin.take());
    let start = Instant::now();
    let status = tokio::task::spawn_blocking(move || repl.child.wait().unwrap()).await.unwrap();
    assert!(status.success() && start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_response_is_part_of_a_conversation_by_value_and_by_reference() {
    let claude = MockServer::auto_reply().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let response = client.send("What is 3+4?").await.unwrap();
    let by_reference = messages!["What is 3+4?", &response, "And 5+6?"];
    let by_value = messages!["What is 3+4?", response, "And 5+6?"];
    assert_eq!(by_reference, by_value);
    assert_eq!(by_value.len(), 3);
    client.send(by_value).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_control_character_is_left_however_a_text_is_cut(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "\x1b", "[", "]", "P", "\\", "31;1", "m", "\x07", "\u{9b}", "\u{9c}", "\u{9d}", "\x18", "\n", "\t", "\r", "é",
                "text", " ", "(", "B", "\u{85}", "\0", "\u{7f}",
            ]),
            0..40,
        ),
    ) {
        let text = parts.concat();
        let shown = plain(&text);
        prop_assert!(shown.chars().all(|char| !char.is_control() || char == '\n' || char == '\t'), "{:?}", shown);
        // Filtering a second time changes nothing.
        prop_assert_eq!(plain(&shown), shown.as_str());
        prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count(), "line ends are kept");
        let mut pieces = Plain::default();
        let in_pieces: String = parts.iter().map(|part| pieces.piece(part)).collect();
        prop_assert_eq!(in_pieces, shown);
    }

    #[test]
    fn a_text_without_control_characters_is_unchanged(text in "[^\\p{Cc}]{0,60}") {
        prop_assert_eq!(plain(&text), text);
    }
}
