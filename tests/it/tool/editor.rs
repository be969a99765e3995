//! The text editor: its texts for the model, and its confinement to one directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use claudette::testing::{MockResponse, MockServer};
use claudette::{BuiltinTool, CacheControl, Chat, TextEditor, ToolContext, ToolOutcome, Toolset, tools};
use proptest::prelude::*;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::process::run_alone;
use crate::support::texts::says;

const EDITOR: &str = "str_replace_based_edit_tool";

/// A directory for one test; the editor uses the directory `project` inside.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("claudette-ed-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("project")).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path("project").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path("project").join(path)).unwrap()
    }

    fn editor(&self) -> TextEditor {
        TextEditor::new(self.path("project")).unwrap()
    }

    fn tools(&self) -> Toolset {
        tools![].with(self.editor())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn call(tools: &Toolset, arguments: Value) -> ToolOutcome {
    tools.call(EDITOR, &arguments.to_string(), &ToolContext::default()).await
}

/// Returns the text of a successful result.
async fn done(tools: &Toolset, arguments: Value) -> String {
    let outcome = call(tools, arguments).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    outcome.text().into_owned()
}

/// Returns the text of an error.
async fn refused(tools: &Toolset, arguments: Value) -> String {
    let outcome = call(tools, arguments).await;
    assert!(outcome.is_error(), "{}", outcome.text());
    outcome.text().into_owned()
}

/// Returns the text after its first line, which is a heading.
fn without_head(text: &str) -> String {
    text.find('\n').map_or("", |end| &text[end..]).to_owned()
}

fn line_by_line(count: usize) -> String {
    (1..=count).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat()
}

/// Returns all files below a directory with their contents, and all links with their targets.
fn snapshot(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            found.extend(snapshot(&path));
            found.insert(path, Vec::new());
        } else if kind.is_symlink() {
            found.insert(path.clone(), path.read_link().unwrap().into_os_string().into_encoded_bytes());
        } else if kind.is_file() {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn a_loop_edits_a_file() {
    let scratch = Scratch::new();
    scratch.write("primes.py", "def is_prime(n)\n    return n > 1\n");
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use(EDITOR, json!({"command": "view", "path": "primes.py"})));
    // The second of these calls sees the edit of the first one, and the third one fails.
    claude.respond(MockResponse::tool_uses([
        (EDITOR, json!({"command": "str_replace", "path": "primes.py", "old_str": "(n)", "new_str": "(n):"})),
        (EDITOR, json!({"command": "view", "path": "primes.py", "view_range": [1, 1]})),
        (EDITOR, json!({"command": "view", "path": "prime.py"})),
    ]));
    claude.respond(MockResponse::text("A colon was missing."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(scratch.editor().max_characters(5_000).define(|tool| tool.cache_control(CacheControl::ephemeral())))
        .build()
        .unwrap();
    let run = chat.toolloop("Fix primes.py.").await.unwrap();
    assert_eq!(run.text(), "A colon was missing.");
    assert_eq!(scratch.read("primes.py"), "def is_prime(n):\n    return n > 1\n");

    let requests = claude.requests();
    assert_eq!(
        requests[0].body()["tools"],
        json!([{
            "type": "text_editor_20250728", "name": EDITOR, "max_characters": 5000,
            "cache_control": {"type": "ephemeral"}
        }])
    );
    let first = &requests[1].body()["messages"][2]["content"][0]["content"];
    assert_eq!(without_head(first.as_str().unwrap()), "\n     1\tdef is_prime(n)\n     2\t    return n > 1");
    let results = requests[2].body()["messages"][4]["content"].clone();
    let texts: Vec<_> = (0..3).map(|place| results[place]["content"].as_str().unwrap()).collect();
    assert_eq!(without_head(texts[0]), "\n     1\tdef is_prime(n):\n     2\t    return n > 1");
    assert_eq!(without_head(texts[1]), "\n     1\tdef is_prime(n):");
    assert!(texts[2].contains("prime.py"), "{texts:?}");
    assert_eq!((&results[1]["is_error"], &results[2]["is_error"]), (&Value::Null, &json!(true)));
    claude.assert_finished();
}

#[tokio::test]
async fn calls_of_one_response_run_in_order_even_without_a_loop() {
    let scratch = Scratch::new();
    let claude = MockServer::start().await.unwrap();
    let insert = |n: usize| {
        (EDITOR, json!({"command": "insert", "path": "list", "insert_line": n, "insert_text": format!("{n}\n")}))
    };
    // Each of them is possible only after the previous one.
    let create = (EDITOR, json!({"command": "create", "path": "list", "file_text": ""}));
    claude.respond(MockResponse::tool_uses(std::iter::once(create).chain((0..30).map(insert))));
    let tools = scratch.tools();
    let response = claude.client("claude-sonnet-5-5").send("Count.").tools(tools.clone()).await.unwrap();
    let results = json!(tools.answer(&response).await.unwrap());
    assert!(results["content"].as_array().unwrap().iter().all(|result| result["is_error"] != true), "{results:#}");
    let expected = (0..30).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
    assert_eq!(scratch.read("list"), expected);
}

#[tokio::test]
async fn the_definition_of_the_api_is_sent() {
    let scratch = Scratch::new();
    assert_eq!(scratch.tools().wire_json(), tools![].with(BuiltinTool::text_editor()).wire_json());
    let old = tools![].with(scratch.editor().define(|tool| tool.version("20250124")));
    assert_eq!(old.wire_json(), r#"[{"type":"text_editor_20250124","name":"str_replace_editor"}]"#);
    let outcome = old.call("str_replace_editor", r#"{"command":"view","path":"."}"#, &ToolContext::default()).await;
    assert!(!outcome.is_error(), "{}", outcome.text());

    let claude = MockServer::start().await.unwrap();
    let builder = Chat::builder(claude.client("claude-sonnet-5-5")).tools(BuiltinTool::text_editor());
    let error = builder.tools(scratch.editor()).build().unwrap_err();
    assert!(
        error.is_misuse()
            && error.to_string().contains("the API's own `text_editor_20250728` and tests/it/tool/editor.rs")
    );

    let error = TextEditor::new(scratch.path("nowhere")).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("nowhere"), "{error}");
    scratch.write("file", "");
    assert!(TextEditor::new(scratch.path("project/file")).unwrap_err().is_misuse());
}

#[tokio::test]
async fn files_are_shown_with_line_numbers() {
    let scratch = Scratch::new();
    let tools = scratch.tools();
    scratch.write("ten", &line_by_line(10));
    scratch.write("empty", "");
    scratch.write("windows", "a\r\n\r\nb\r\n");
    scratch.write("mixed", "a\r\nb\n");
    let view = |path: &str, range: Option<Value>| {
        let mut arguments = json!({"command": "view", "path": path});
        if let Some(range) = range {
            arguments["view_range"] = range;
        }
        arguments
    };
    let rows = async |range: Value| without_head(&done(&tools, view("ten", Some(range))).await);
    assert_eq!(rows(json!([9, -1])).await, "\n     9\tline 9\n    10\tline 10");
    assert_eq!(rows(json!([10, 99])).await, "\n    10\tline 10");
    assert_eq!(done(&tools, view("./ten", Some(Value::Null))).await.lines().count(), 11);
    assert_eq!(done(&tools, view("empty", None)).await.lines().count(), 1);
    let windows = done(&tools, view("windows", None)).await;
    assert!(windows.ends_with("\n     1\ta\n     2\t\n     3\tb"), "{windows:?}");
    assert!(done(&tools, view("mixed", None)).await.ends_with("     1\ta\r\n     2\tb"));
    for range in [json!([0, 3]), json!([11, -1]), json!([5, 4]), json!([-1, -1]), json!([2, -2])] {
        let text = refused(&tools, view("ten", Some(range.clone()))).await;
        assert!(says(&text, &["`view_range`", "[1, 10]"]), "{range}: {text}");
    }
    assert!(refused(&tools, view(".", Some(json!([1, 2])))).await.contains("`view_range`"));

    let short = tools![].with(scratch.editor().max_characters(10));
    let cut = without_head(&done(&short, view("ten", None)).await);
    let note = cut.strip_prefix("\n     1\tline 1\n     2\tlin\n").unwrap();
    assert!(says(note, &["10", "2", "`view_range`"]), "{note}");
    assert!(done(&short, view("ten", Some(json!([2, 2])))).await.ends_with("     2\tline 2"));
}

#[tokio::test]
async fn directories_are_listed_two_levels_deep() {
    let scratch = Scratch::new();
    let tools = scratch.tools();
    for (path, size) in [("b.txt", 0), ("a.txt", 1536), ("src/main.rs", 7), ("src/deep/deeper/deepest", 1)] {
        scratch.write(path, &"x".repeat(size));
    }
    for path in [".git/config", "src/.hidden", "node_modules/a.js", "src/node_modules/b.js"] {
        scratch.write(path, "x");
    }
    let rows = async |path: &str| {
        let text = done(&tools, json!({"command": "view", "path": path})).await;
        let rows: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
        rows
    };
    let root = rows(".").await;
    // The size of a directory differs between file systems.
    let paths: Vec<_> = root.iter().map(|row| row.split_once('\t').unwrap().1).collect();
    assert_eq!(paths, [".", "./a.txt", "./b.txt", "./src/", "./src/deep/", "./src/main.rs"]);
    assert_eq!((&*root[1], &*root[2], &*root[5]), ("1.5K\t./a.txt", "0B\t./b.txt", "7B\t./src/main.rs"));
    let absolute = scratch.path("project/src").to_str().unwrap().replace('\\', "/");
    if cfg!(unix) {
        assert!(rows(&absolute).await[1].ends_with("/project/src/deep/"));
    }
    assert!(rows("src/").await[1].ends_with("\tsrc/deep/"));

    let few = tools![].with(scratch.editor().max_characters(20));
    let text = done(&few, json!({"command": "view", "path": "."})).await;
    assert!(text.lines().last().unwrap().starts_with('(') && !text.contains("main.rs"), "{text}");
}

#[tokio::test]
async fn the_result_of_an_edit_is_a_few_lines() {
    let scratch = Scratch::new();
    let tools = scratch.tools();
    scratch.write("long", &line_by_line(100));
    let edit = |old: &str, new: &str| json!({"command": "str_replace", "path": "long", "old_str": old, "new_str": new});
    let text = done(&tools, edit("line 50\n", "fifty\nand more\n")).await;
    let numbers: Vec<_> = text.lines().skip(1).map(|row| row[..6].trim().parse::<u32>().unwrap()).collect();
    assert_eq!(numbers, (46..=55).collect::<Vec<_>>(), "{text}");
    // Without a new text, the old text is removed.
    let gone = done(&tools, json!({"command": "str_replace", "path": "long", "old_str": "and more\n"})).await;
    assert!(gone.contains("    50\tfifty\n    51\tline 51"), "{gone}");
    let top = json!({"command": "insert", "path": "long", "insert_line": 0, "insert_text": "top"});
    assert!(done(&tools, top).await.contains("\n     1\ttop\n     2\tline 1\n"));
    // The result is short, even if the new text is long.
    let much = done(&tools, edit("fifty", &"x".repeat(100_000))).await;
    assert!(much.len() < 5_000 && says(&much, &["4000", "51", "101"]), "{}", much.len());
    scratch.write("all", "all");
    let text = done(&tools, json!({"command": "str_replace", "path": "all", "old_str": "all", "new_str": ""})).await;
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(scratch.read("all"), "");
}

#[tokio::test]
async fn invalid_commands_are_helpful_errors() {
    let scratch = Scratch::new();
    let tools = scratch.tools();
    scratch.write("a", "one\ntwo two\naaa\ntwo\n");
    scratch.write("directory/b", "");
    scratch.write("binary", "a\0b");
    fs::write(scratch.path("project/latin"), b"gr\xfc\xdfe").unwrap();
    scratch.write("lines", &"\n".repeat(1_000_000));
    fs::File::create(scratch.path("project/huge")).unwrap().set_len((32 << 20) + 1).unwrap();
    let before = snapshot(&scratch.0);
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({"command": "view", "path": "x"}), &["x"]),
        (json!({"command": "str_replace", "path": "x/y", "old_str": "a"}), &["x/y"]),
        (json!({"command": "insert", "path": "x", "insert_line": 0, "new_str": ""}), &["x"]),
        (json!({"command": "view", "path": "a/b"}), &["a/b"]),
        (json!({"command": "create", "path": "a/b/c", "file_text": ""}), &["a/b/c"]),
        (json!({"command": "create", "path": "a", "file_text": ""}), &["a"]),
        (json!({"command": "create", "path": "directory", "file_text": ""}), &["directory"]),
        (json!({"command": "create", "path": "new/", "file_text": ""}), &["new/"]),
        (json!({"command": "str_replace", "path": "directory", "old_str": "a"}), &["directory"]),
        (json!({"command": "str_replace", "path": "a", "old_str": "three", "new_str": "3"}), &["`three`"]),
        (json!({"command": "str_replace", "path": "a", "old_str": "two", "new_str": "2"}), &["`two`", "2, 4"]),
        (
            // The two occurrences overlap.
            json!({"command": "str_replace", "path": "a", "old_str": "aa", "new_str": "b"}),
            &["`aa`"],
        ),
        (json!({"command": "str_replace", "path": "a", "old_str": "", "new_str": "b"}), &[]),
        (json!({"command": "insert", "path": "a", "insert_line": 5, "insert_text": "b"}), &["`insert_line`", "[0, 4]"]),
        (
            json!({"command": "insert", "path": "a", "insert_line": -1, "insert_text": "b"}),
            &["`insert_line`", "[0, 4]"],
        ),
        (json!({"command": "view", "path": "binary"}), &["binary"]),
        (json!({"command": "insert", "path": "latin", "insert_line": 0, "insert_text": "b"}), &["latin"]),
        (json!({"command": "view", "path": "lines", "view_range": [1, 2]}), &["lines", "999,999"]),
        (json!({"command": "view", "path": "huge"}), &["huge", "33554432"]),
        // Invalid arguments.
        (json!({"command": "undo_edit", "path": "a"}), &["`command`", "\"undo_edit\""]),
        (json!({"path": "a"}), &["`command`"]),
        (json!({"path": "a", "old_str": "b"}), &["`command`"]),
        (json!({"command": "view"}), &["`path`"]),
        (json!({"command": "view", "path": ["a"]}), &["`path`", "[\"a\"]"]),
        (json!({"command": "view", "path": "a", "view_range": [1]}), &["`view_range`", "1"]),
        (json!({"command": "view", "path": "a", "view_range": "1-2"}), &["`view_range`", "\"1-2\""]),
        (json!({"command": "create", "path": "b"}), &["`file_text`"]),
        (json!({"command": "insert", "path": "a", "insert_line": 1}), &["`insert_text`"]),
        (
            json!({"command": "insert", "path": "a", "insert_line": "1", "text": "b"}),
            &["`insert_line`", "`text`", "`command`", "`path`", "`insert_text`", "`new_str`", "\"1\""],
        ),
    ];
    for (arguments, parts) in cases {
        let text = refused(&tools, arguments.clone()).await;
        assert!(says(&text, parts), "{arguments}: {text}");
    }
    assert_eq!(snapshot(&scratch.0), before);
    // A text that was not found is quoted, but shortened.
    let long = json!({"command": "str_replace", "path": "a", "old_str": "x".repeat(100_000)});
    assert!(refused(&tools, long).await.len() < 1_000);
}

#[tokio::test]
async fn a_read_only_editor_changes_nothing() {
    let scratch = Scratch::new();
    scratch.write("a", "one\n");
    let tools = tools![].with(scratch.editor().read_only(true));
    assert!(done(&tools, json!({"command": "view", "path": "a"})).await.ends_with("     1\tone"));
    for arguments in writes("a").into_iter().chain(writes("b")) {
        refused(&tools, arguments).await;
    }
    assert_eq!(fs::read_dir(scratch.path("project")).unwrap().count(), 1);
    assert_eq!(scratch.read("a"), "one\n");
}

/// No command creates a file that the editor could not read.
#[tokio::test]
async fn no_command_creates_a_file_above_the_limit() {
    let scratch = Scratch::new();
    scratch.write("file", "12345\n");
    scratch.write("large", "12345678901");
    let tools = tools![].with(scratch.editor().max_file_bytes(10));
    let before = snapshot(&scratch.0);
    for arguments in [
        json!({"command": "create", "path": "large", "file_text": "12345678901"}),
        json!({"command": "create", "path": "new/file", "file_text": "12345678901"}),
        json!({"command": "str_replace", "path": "file", "old_str": "5", "new_str": "567890"}),
        json!({"command": "insert", "path": "file", "insert_line": 1, "insert_text": "7890"}),
        json!({"command": "view", "path": "large"}),
    ] {
        let path = arguments["path"].as_str().unwrap();
        assert!(says(&refused(&tools, arguments.clone()).await, &[path, "10"]), "{arguments}");
    }
    assert_eq!(snapshot(&scratch.0), before);
    done(&tools, json!({"command": "create", "path": "new/file", "file_text": "1234567890"})).await;
    done(&tools, json!({"command": "insert", "path": "file", "insert_line": 1, "insert_text": "789"})).await;
    assert_eq!((scratch.read("new/file").len(), scratch.read("file").len()), (10, 10));

    // The default limits are 32 MiB and 999,999 lines.
    let tools = scratch.tools();
    let most = "x".repeat(32 << 20);
    done(&tools, json!({"command": "create", "path": "most", "file_text": &most})).await;
    let text = refused(&tools, json!({"command": "create", "path": "more", "file_text": most + "x"})).await;
    assert!(says(&text, &["more", "33554432"]), "{text}");
    done(&tools, json!({"command": "create", "path": "lines", "file_text": "\n".repeat(999_999)})).await;
    for arguments in [
        json!({"command": "create", "path": "lines-too-many", "file_text": "\n".repeat(1_000_000)}),
        json!({"command": "insert", "path": "lines", "insert_line": 0, "insert_text": "one more"}),
    ] {
        let text = refused(&tools, arguments).await;
        assert!(text.contains("999,999"), "{text}");
    }
}

/// Replaces each of these lines of a file with capitals, with one edit for each line.
async fn capitals(tools: Toolset, path: &'static str, lines: std::ops::Range<usize>) {
    for n in lines {
        let edit = json!({"command": "str_replace", "path": path, "old_str": format!("line {n}\n"),
            "new_str": format!("LINE {n}\n")});
        done(&tools, edit).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn editors_of_one_directory_do_not_lose_edits() {
    let scratch = Scratch::new();
    scratch.write("src/file", &line_by_line(200));
    // Three editors, one of them for an inner directory.
    let inner = tools![].with(TextEditor::new(scratch.path("project/src")).unwrap());
    let editors = [(scratch.tools(), "src/file"), (scratch.tools(), "src/file"), (inner, "file")];
    let all = (0..8).map(|n| {
        let (tools, path) = editors[n % 3].clone();
        tokio::spawn(capitals(tools, path, n * 25 + 1..n * 25 + 26))
    });
    let all: Vec<_> = all.collect();
    // A reader always finds the complete file.
    let reader = scratch.tools();
    let mut views = 0;
    while views == 0 || all.iter().any(|edits| !edits.is_finished()) {
        let text = done(&reader, json!({"command": "view", "path": "src/file"})).await;
        assert!(text.to_lowercase().ends_with("line 200"), "{text}");
        views += 1;
    }
    for edits in all {
        edits.await.unwrap();
    }
    assert_eq!(scratch.read("src/file"), line_by_line(200).to_uppercase());
    assert_eq!(fs::read_dir(scratch.path("project/src")).unwrap().count(), 1, "no other file is left");
}

/// The same holds between processes on systems with locks. This test runs itself as the other processes.
#[cfg(unix)]
#[tokio::test]
async fn editors_in_several_processes_do_not_lose_edits() {
    const SHARED: &str = "CLAUDETTE_TEST_EDITS_IN";
    const NUMBER: &str = "CLAUDETTE_TEST_EDITS_FROM";
    if let (Ok(directory), Ok(first)) = (std::env::var(SHARED), std::env::var(NUMBER)) {
        let first: usize = first.parse().unwrap();
        let tools = tools![].with(TextEditor::new(directory).unwrap());
        return capitals(tools, "file", first..first + 60).await;
    }
    let scratch = Scratch::new();
    scratch.write("file", &line_by_line(180));
    let run = |first: usize| {
        run_alone(module_path!(), "editors_in_several_processes_do_not_lose_edits")
            .env(SHARED, scratch.path("project"))
            .env(NUMBER, first.to_string())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in [1, 61, 121].map(run) {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    assert_eq!(scratch.read("file"), line_by_line(180).to_uppercase());
}

/// Returns every command that changes a file, for this path.
fn writes(path: &str) -> [Value; 4] {
    [
        json!({"command": "create", "path": path, "file_text": "changed"}),
        json!({"command": "str_replace", "path": path, "old_str": "e", "new_str": "changed"}),
        json!({"command": "insert", "path": path, "insert_line": 0, "insert_text": "changed"}),
        json!({"command": "insert", "path": path, "insert_line": 0, "new_str": "changed"}),
    ]
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::sync::atomic::AtomicBool;
    use std::time::{Duration, Instant};

    use super::*;

    const SECRET: &str = "the secret is e3b0c442";

    /// Creates a project with many links, beside a directory with a secret.
    fn with_links() -> Scratch {
        let scratch = Scratch::new();
        let outside = scratch.path("outside");
        fs::create_dir_all(outside.join("inner")).unwrap();
        fs::create_dir_all(scratch.path("project-too")).unwrap();
        for secret in ["outside/secret.txt", "outside/inner/secret.txt", "project-too/secret.txt"] {
            fs::write(scratch.path(secret), SECRET).unwrap();
        }
        scratch.write("notes.txt", "one\ntwo\n");
        scratch.write("src/main.rs", "fn main() {}\n");
        scratch.write("src/inner/deep.rs", "\n");
        let project = scratch.path("project");
        let link = |to: &str, from: &str| symlink(to, project.join(from)).unwrap();
        link("../outside/secret.txt", "file-link");
        link("../../outside/secret.txt", "src/file-link");
        link(outside.join("secret.txt").to_str().unwrap(), "absolute-file-link");
        link("../outside", "dir-link");
        link("../outside/", "slash-dir-link");
        link(outside.to_str().unwrap(), "absolute-dir-link");
        link("src/../../outside", "detour-link");
        link("chain-2", "chain-1");
        link("src/chain-3", "chain-2");
        link("../file-link", "src/chain-3");
        link("src/dir-chain", "dir-chain");
        link("../dir-link/inner", "src/dir-chain");
        link("../outside/new.txt", "dangling");
        link(outside.join("new.txt").to_str().unwrap(), "absolute-dangling");
        link("../outside/new", "dangling-dir");
        link("nowhere/../../outside/new.txt", "dangling-detour");
        link("loop-b", "loop-a");
        link("loop-a", "loop-b");
        link("self", "self");
        link("..", "parent");
        link(".", "here");
        link("/", "root");
        link("/proc/self/root", "proc-root");
        link("/proc/self/cwd", "proc-cwd");
        link(project.join("notes.txt").to_str().unwrap(), "absolute-inside");
        scratch
    }

    fn attempts(scratch: &Scratch) -> Vec<String> {
        let (project, outside) = (scratch.path("project"), scratch.path("outside"));
        let (project, outside) = (project.to_str().unwrap(), outside.to_str().unwrap());
        let climb = "../".repeat(40);
        let mut attempts: Vec<String> = [
            // `..` in all positions.
            "..",
            "../",
            "../outside/secret.txt",
            "./../outside/secret.txt",
            "../project/notes.txt",
            "../project/../outside/secret.txt",
            "src/../../outside/secret.txt",
            "src/inner/../../../outside/secret.txt",
            "src/../../outside/new/file.txt",
            "src/..",
            "src/../..",
            "nowhere/../../outside/secret.txt",
            "notes.txt/../../outside/secret.txt",
            ".//..//outside//secret.txt",
            "../outside/secret.txt/",
            "../outside/secret.txt/.",
            "../outside/inner/..",
            "here/../../outside/secret.txt",
            "dir-link/../outside/secret.txt",
            // Other notations.
            "%2e%2e/outside/secret.txt",
            "%2E%2E%2Foutside%2Fsecret.txt",
            "..%2foutside%2fsecret.txt",
            "%252e%252e%252foutside%252fsecret.txt",
            "%c0%ae%c0%ae/outside/secret.txt",
            "..%c0%afoutside",
            "..%5coutside",
            "..%00/outside",
            "\u{2025}/outside/secret.txt",
            "\u{ff0e}\u{ff0e}/outside/secret.txt",
            "\u{2024}\u{2024}/outside/secret.txt",
            "..\u{ff0f}outside\u{ff0f}secret.txt",
            "..\u{2215}outside",
            "\u{ff0f}etc\u{ff0f}passwd",
            "..\\outside\\secret.txt",
            "src\\..\\..\\outside\\secret.txt",
            "C:\\outside\\secret.txt",
            "C:/outside/secret.txt",
            "c:secret.txt",
            "\\\\host\\share\\secret.txt",
            "\\\\?\\C:\\secret.txt",
            "//host/share/secret.txt",
            "~",
            "~/secret.txt",
            "~root/secret.txt",
            "file:///etc/passwd",
            "file:secret.txt",
            "https://a.example/secret.txt",
            // Absolute paths.
            "/",
            "//",
            "/etc/passwd",
            "/etc/../etc/passwd",
            "/dev/../etc/passwd",
            "/dev/null",
            "/dev/stdin",
            "/dev/fd/0",
            "/proc/self/environ",
            "/proc/self/root/etc/passwd",
            "/proc/self/cwd/Cargo.toml",
            "/proc/1/root",
            "/tmp",
            // Paths that cannot be a file.
            "",
            ".",
            "./",
            "\0",
            "notes.txt\0",
            "notes\0.txt",
            "../outside/secret.txt\0.txt",
            "notes.txt/",
            "notes.txt/x",
            "src/",
            // Links.
            "file-link",
            "./file-link",
            "src/file-link",
            "absolute-file-link",
            "dir-link",
            "dir-link/",
            "dir-link/.",
            "dir-link/secret.txt",
            "dir-link/new.txt",
            "dir-link/new/file.txt",
            "dir-link/inner/secret.txt",
            "slash-dir-link/secret.txt",
            "absolute-dir-link/secret.txt",
            "absolute-dir-link/new.txt",
            "detour-link/secret.txt",
            "chain-1",
            "chain-2",
            "src/chain-3",
            "dir-chain/secret.txt",
            "dangling",
            "absolute-dangling",
            "dangling-dir/new.txt",
            "dangling-dir/new/file.txt",
            "dangling-detour",
            "loop-a",
            "loop-a/x",
            "self",
            "parent",
            "parent/outside/secret.txt",
            "parent/project/notes.txt",
            "here/here/here/file-link",
            "here/dir-link/secret.txt",
            "root",
            "root/etc/passwd",
            "proc-root/etc/passwd",
            "proc-cwd/Cargo.toml",
            "absolute-inside",
        ]
        .map(str::to_owned)
        .into();
        attempts.extend([
            outside.to_owned(),
            format!("{outside}/secret.txt"),
            format!("{outside}/new.txt"),
            format!("/{outside}/secret.txt"),
            format!("{climb}{outside}/secret.txt"),
            format!("{project}/../outside/secret.txt"),
            format!("{project}/./../outside/secret.txt"),
            format!("{project}-too/secret.txt"),
            format!("{project}/dir-link/secret.txt"),
            format!("{project}/%2e%2e/outside/secret.txt"),
            format!("{project}{outside}/../../..{outside}/secret.txt"),
            format!("file://{outside}/secret.txt"),
            format!("/proc/self/root{outside}/secret.txt"),
            format!("root{outside}/secret.txt"),
            format!("src/{climb}etc/passwd"),
            "x".repeat(5_000),
            "x".repeat(256),
            format!("{}x", "x/".repeat(3_000)),
            format!("{}../outside/secret.txt", "here/".repeat(50)),
        ]);
        attempts
    }

    #[tokio::test]
    async fn no_path_leaves_the_directory() {
        let scratch = with_links();
        let attempts = attempts(&scratch);
        assert!(attempts.len() > 100);
        let tools = scratch.tools();
        let before = snapshot(&scratch.0);
        let host = scratch.0.to_str().unwrap();
        for path in &attempts {
            let mut all = Vec::from(writes(path));
            // The directory itself and its directories may be viewed.
            if !["", ".", "./", "src/"].contains(&path.as_str()) {
                all.push(json!({"command": "view", "path": path}));
                all.push(json!({"command": "view", "path": path, "view_range": [1, -1]}));
            }
            for arguments in all {
                let text = refused(&tools, arguments).await;
                assert!(!text.contains(SECRET), "{path:?}: {text}");
                // The text contains no path other than the requested one.
                assert!(path.contains(host) || !text.contains(host), "{path:?}: {text}");
            }
            assert_eq!(snapshot(&scratch.0), before, "{path:?}");
        }
        // Listings do not follow the links.
        for path in [".", "here", "here/", "src"] {
            let text = done(&tools, json!({"command": "view", "path": path})).await;
            assert!(!text.contains("secret.txt"), "{text}");
        }
    }

    #[tokio::test]
    async fn pipes_and_sockets_are_refused_without_waiting() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let pipe = scratch.path("project/pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = UnixListener::bind(scratch.path("project/socket")).unwrap();
        symlink("pipe", scratch.path("project/link")).unwrap();
        for path in ["pipe", "socket", "link"] {
            for arguments in [json!({"command": "view", "path": path})].into_iter().chain(writes(path)) {
                let refused = refused(&tools, arguments);
                let text =
                    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("the call does not wait");
                assert!(text.contains(path), "{text}");
            }
        }
        assert!(done(&tools, json!({"command": "view", "path": "."})).await.contains("./pipe"));
    }

    #[tokio::test]
    async fn links_within_the_directory_are_followed_and_kept() {
        let scratch = with_links();
        let tools = scratch.tools();
        let link = |to: &str, from: &str| symlink(to, scratch.path("project").join(from)).unwrap();
        link("../notes.txt", "src/notes");
        link("src", "sources");
        done(&tools, json!({"command": "str_replace", "path": "sources/notes", "old_str": "two", "new_str": "2"}))
            .await;
        assert_eq!(scratch.read("notes.txt"), "one\n2\n");
        assert!(scratch.path("project/src/notes").is_symlink());
        done(&tools, json!({"command": "create", "path": "sources/new/file", "file_text": "new"})).await;
        assert_eq!(scratch.read("src/new/file"), "new");
        // A hard link to a file outside: the file outside is not changed.
        fs::hard_link(scratch.path("outside/secret.txt"), scratch.path("project/hard")).unwrap();
        done(&tools, json!({"command": "str_replace", "path": "hard", "old_str": SECRET, "new_str": "open"})).await;
        assert_eq!(scratch.read("hard"), "open");
        assert_eq!(fs::read_to_string(scratch.path("outside/secret.txt")).unwrap(), SECRET);
        // The editor keeps the directory that it opened, even if the path now leads elsewhere.
        fs::rename(scratch.path("project"), scratch.path("moved")).unwrap();
        symlink("outside", scratch.path("project")).unwrap();
        assert!(done(&tools, json!({"command": "view", "path": "notes.txt"})).await.ends_with("     2\t2"));
        refused(&tools, json!({"command": "view", "path": "secret.txt"})).await;
    }

    #[tokio::test]
    async fn permissions_are_kept_and_respected() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let path = scratch.path("project/run.sh");
        for mode in [0o755, 0o600, 0o644] {
            fs::write(&path, "echo one\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            done(&tools, json!({"command": "str_replace", "path": "run.sh", "old_str": "one", "new_str": "two"})).await;
            assert_eq!(scratch.read("run.sh"), "echo two\n");
            assert_eq!(path.metadata().unwrap().mode() & 0o7777, mode);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        refused(&tools, json!({"command": "str_replace", "path": "run.sh", "old_str": "two"})).await;
        assert_eq!(scratch.read("run.sh"), "echo two\n");
    }

    /// A file that the model wrote must not run with the rights of another user or group.
    #[tokio::test]
    async fn set_user_and_group_bits_are_dropped() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let path = scratch.path("project/run.sh");
        for (mode, kept) in [(0o4755, 0o755), (0o2755, 0o755), (0o6711, 0o711), (0o7755, 0o1755), (0o1644, 0o1644)] {
            fs::write(&path, "echo one\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(path.metadata().unwrap().mode() & 0o7777, mode);
            done(&tools, json!({"command": "insert", "path": "run.sh", "insert_line": 1, "insert_text": "exit"})).await;
            assert_eq!(path.metadata().unwrap().mode() & 0o7777, kept, "{mode:o}");
        }
    }

    /// If a program without locks changes the file during an edit, its change is kept or was edited as well.
    #[test]
    fn a_change_by_another_program_is_not_overwritten() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let path = scratch.path("project/file");
        // Large enough for a slow edit.
        let filler = "x".repeat(8 << 20);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut refusals = 0;
        for n in 0..12 {
            fs::write(&path, format!("old\n{filler}\n")).unwrap();
            let drafts = || fs::read_dir(scratch.path("project")).unwrap().count() > 1;
            std::thread::scope(|threads| {
                let other = threads.spawn(|| {
                    // The editor has read the file when its temporary file exists.
                    let start = Instant::now();
                    while !drafts() && start.elapsed() < Duration::from_secs(5) {}
                    fs::write(&path, format!("theirs {n}\n")).unwrap();
                });
                let edit = json!({"command": "str_replace", "path": "file", "old_str": "old", "new_str": "new"});
                let outcome = runtime.block_on(call(&tools, edit));
                other.join().unwrap();
                if outcome.is_error() {
                    refusals += 1;
                    assert_eq!(scratch.read("file"), format!("theirs {n}\n"));
                }
            });
        }
        assert!(refusals > 0, "no change happened during an edit");
    }

    /// The target of a link is edited, also if the file becomes a link during the edit.
    #[test]
    fn a_link_that_appears_during_an_edit_is_not_replaced() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let [file, next, other] = ["file", "next", "other"].map(|name| scratch.path("project").join(name));
        fs::write(&other, "edit 0\n").unwrap();
        fs::write(&file, "a file of its own\n").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let is_over = AtomicBool::new(false);
        let mut edits = 0;
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    symlink("other", &next).unwrap();
                    fs::rename(&next, &file).unwrap();
                    fs::write(&next, "a file of its own\n").unwrap();
                    fs::rename(&next, &file).unwrap();
                }
            });
            let edited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                // On a busy machine, the other thread may not run for a long time.
                let start = Instant::now();
                while edits < 50 && start.elapsed() < Duration::from_secs(60) {
                    let (old, new) = (format!("edit {edits}\n"), format!("edit {}\n", edits + 1));
                    let edit = json!({"command": "str_replace", "path": "file", "old_str": old, "new_str": new});
                    if !runtime.block_on(call(&tools, edit)).is_error() {
                        edits += 1;
                        assert_eq!(scratch.read("other"), new, "the target of the link is edited");
                    }
                }
            }));
            is_over.store(true, Ordering::Relaxed);
            edited.unwrap();
        });
        assert!(edits > 0, "no edit went through the link");
    }

    /// The editor does not wait for a file that becomes a pipe during a call.
    #[test]
    fn a_pipe_that_appears_during_a_call_does_not_block() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let [file, next, pipe] = ["file", "next", "pipe"].map(|name| scratch.path("project").join(name));
        fs::write(&file, "text\n").unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let is_over = AtomicBool::new(false);
        let mut seen = (0, 0);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    fs::hard_link(&pipe, &next).unwrap();
                    fs::rename(&next, &file).unwrap();
                    fs::write(&next, "text\n").unwrap();
                    fs::rename(&next, &file).unwrap();
                }
            });
            let viewed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                // On a busy machine, the other thread may not run for a long time.
                let start = Instant::now();
                while seen.0.min(seen.1) < 100 && start.elapsed() < Duration::from_secs(60) {
                    let view = call(&tools, json!({"command": "view", "path": "file"}));
                    let view = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), view).await });
                    match view {
                        Ok(outcome) if outcome.is_error() => seen.1 += 1,
                        Ok(_) => seen.0 += 1,
                        Err(_) => {
                            // Opening the other end unblocks the call, so that the test ends.
                            drop(fs::OpenOptions::new().write(true).open(&pipe));
                            panic!("the editor waits for a pipe");
                        }
                    }
                }
            }));
            is_over.store(true, Ordering::Relaxed);
            viewed.unwrap();
        });
        assert!(seen.0 > 0 && seen.1 > 0, "both cases must occur: {seen:?}");
    }

    /// Checks with `strace` that an edit syncs the text before the file gets its name, and the name before the end.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_edit_is_synced_before_and_after_it_gets_its_name() {
        use std::process::Command;

        use crate::support::process::exact_name;

        const SHARED: &str = "CLAUDETTE_TEST_SYNCS_IN";
        if let Ok(directory) = std::env::var(SHARED) {
            let tools = tools![].with(TextEditor::new(directory).unwrap());
            done(&tools, json!({"command": "create", "path": "new/dir/file", "file_text": "one"})).await;
            done(&tools, json!({"command": "str_replace", "path": "new/dir/file", "old_str": "one", "new_str": "two"}))
                .await;
            return;
        }
        let traced = |command: &str| {
            let mut strace = Command::new("strace");
            strace.args([
                "-f",
                "-qq",
                "-y",
                "-e",
                "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat",
                command,
            ]);
            strace
        };
        if !traced("true").status().is_ok_and(|status| status.success()) {
            eprintln!("skipped: strace is missing or not allowed");
            return;
        }
        let scratch = Scratch::new();
        let output = traced(std::env::current_exe().unwrap().to_str().unwrap())
            .args(["--exact", &exact_name(module_path!(), "an_edit_is_synced_before_and_after_it_gets_its_name")])
            .env(SHARED, scratch.path("project"))
            .output()
            .unwrap();
        let trace = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && scratch.read("new/dir/file") == "two", "{trace}");

        // Summarises each system call: a sync, or the naming of a file.
        let project = scratch.path("project").to_str().unwrap().to_owned();
        let steps = trace.lines().filter_map(|line| {
            let call = line.split_once(['f', 'l', 'r']).map(|(start, _)| &line[start.len()..])?;
            let (name, arguments) = call.split_once('(')?;
            let is_draft = arguments.contains(".claudette-");
            match name {
                "fsync" if is_draft => Some("sync draft".to_owned()),
                "fsync" => {
                    let path = arguments.split_once('<')?.1.split_once('>')?.0;
                    Some(format!("sync .{}", path.strip_prefix(&project)?))
                }
                _ if name.starts_with("rename") && is_draft => Some("rename".to_owned()),
                _ if name.starts_with("link") && is_draft => Some("link".to_owned()),
                _ => None,
            }
        });
        let steps: Vec<String> = steps.collect();
        assert_eq!(
            steps,
            ["sync draft", "link", "sync ./new/dir", "sync ./new", "sync .", "sync draft", "rename", "sync ./new/dir",],
            "{trace}"
        );
    }

    /// Another thread repeatedly replaces a directory with a link while the model writes there.
    #[test]
    fn no_race_leaves_the_directory() {
        let scratch = with_links();
        let tools = scratch.tools();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        fs::remove_file(scratch.path("outside/secret.txt")).unwrap();
        fs::create_dir(scratch.path("project/race")).unwrap();
        // The secret is in the name of a file and in the content of another one.
        fs::write(scratch.path("outside/secret"), SECRET).unwrap();
        fs::write(scratch.path("outside/note.txt"), SECRET).unwrap();
        fs::write(scratch.path("project/race/note.txt"), "eeee\n").unwrap();
        let outside = snapshot(&scratch.path("outside"));
        let is_over = AtomicBool::new(false);
        let (race, aside) = (scratch.path("project/race"), scratch.path("project/aside"));
        let (mut done, mut leaks) = ((0, 0), 0);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    fs::rename(&race, &aside).unwrap();
                    // The editor may have created the directory again, and may be writing to it.
                    while symlink("../outside", &race).is_err() {
                        let _ = fs::remove_dir_all(&race);
                    }
                    std::thread::yield_now();
                    fs::remove_file(&race).unwrap();
                    while fs::rename(&aside, &race).is_err() {
                        let _ = fs::remove_dir_all(&race);
                    }
                    std::thread::yield_now();
                }
            });
            for n in 0..300 {
                let created = json!({"command": "create", "path": format!("race/{n}"), "file_text": "e"});
                let below = json!({"command": "create", "path": format!("race/new-{n}/file"), "file_text": "e"});
                let inserted = json!({"command": "insert", "path": "race/note.txt", "insert_line": 0, "new_str": "e"});
                let viewed = ["race/note.txt", "race"].map(|path| json!({"command": "view", "path": path}));
                let views = std::iter::repeat_n(viewed, 20).flatten();
                for arguments in [created, below, inserted].into_iter().chain(views) {
                    let outcome = runtime.block_on(call(&tools, arguments));
                    leaks += usize::from(outcome.text().contains("secret"));
                    if outcome.is_error() { done.1 += 1 } else { done.0 += 1 }
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert_eq!(leaks, 0);
        assert_eq!(snapshot(&scratch.path("outside")), outside);
        assert!(done.0 > 0 && done.1 > 0, "both cases must occur: {done:?}");
        assert!(
            !fs::read_dir(&race).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with('.'))
        );
    }

    /// A reader of a file during an edit finds the old or the new text, never a part.
    #[test]
    fn no_reader_sees_half_an_edit() {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let texts = [b'a', b'b'].map(|byte| String::from_utf8(vec![byte; 300_000]).unwrap());
        scratch.write("file", &texts[0]);
        let path = scratch.path("project/file");
        let is_over = AtomicBool::new(false);
        let seen = std::thread::scope(|threads| {
            let reader = threads.spawn(|| {
                let mut seen = [0; 2];
                while !is_over.load(Ordering::Relaxed) {
                    let text = fs::read_to_string(&path).unwrap();
                    let which = texts.iter().position(|known| *known == text);
                    seen[which.unwrap_or_else(|| panic!("a partial text of {} bytes", text.len()))] += 1;
                }
                seen
            });
            let edits = threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                for n in 0..60 {
                    let (old, new) = (&texts[n % 2], &texts[(n + 1) % 2]);
                    let edit = json!({"command": "str_replace", "path": "file", "old_str": old, "new_str": new});
                    runtime.block_on(done(&tools, edit));
                }
            });
            let edited = edits.join();
            is_over.store(true, Ordering::Relaxed);
            edited.unwrap();
            reader.join().unwrap()
        });
        assert!(seen[0] > 0 && seen[1] > 0, "both cases must occur: {seen:?}");
        // No temporary file is left.
        assert_eq!(fs::read_dir(scratch.path("project")).unwrap().count(), 1);
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Replace { from: usize, length: usize, new: String },
    ReplaceText { old: String, new: String },
    Insert { line: usize, text: String },
    View { from: usize, to: usize },
}

fn text(pieces: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "ab", " ", "é", "🦀", "e\u{301}", "\t", "\u{2028}"]),
        3 => Just("\n"),
        1 => Just("\r\n"),
        1 => Just("\r"),
    ];
    // Like most real texts, some have only one kind of line end.
    (prop::collection::vec(piece, 0..=pieces), 0..3_u8).prop_map(|(pieces, ends)| {
        let text = pieces.concat();
        let unix = text.replace('\r', "");
        match ends {
            0 => text,
            1 => unix.replace('\n', "\r\n"),
            _ => unix,
        }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (any::<usize>(), 1..12_usize, text(4)).prop_map(|(from, length, new)| Edit::Replace { from, length, new }),
        1 => (text(2), text(4)).prop_map(|(old, new)| Edit::ReplaceText { old, new }),
        3 => (0..14_usize, text(6)).prop_map(|(line, text)| Edit::Insert { line, text }),
        1 => (0..14_usize, 0..14_usize).prop_map(|(from, to)| Edit::View { from, to }),
    ]
}

/// Returns the lines of a text with their line ends.
fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn is_windows(text: &str) -> bool {
    text.contains("\r\n") && !text.replace("\r\n", "").contains('\n')
}

/// Converts the model's text to the line ends of this text.
fn as_in(text: &str, written: &str) -> String {
    if is_windows(text) { written.replace("\r\n", "\n").replace('\n', "\r\n") } else { written.to_owned() }
}

/// Returns the text after a replacement, or `None` if the replacement is not possible.
fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let (old, new) = (as_in(text, old), as_in(text, new));
    let begins = |at: &usize| text.is_char_boundary(*at) && text[*at..].starts_with(&old);
    match *(0..text.len()).filter(begins).collect::<Vec<_>>() {
        [_] if !old.is_empty() => Some(text.replace(&old, &new)),
        _ => None,
    }
}

fn inserted(text: &str, line: usize, new: &str) -> Option<String> {
    let mut all = lines(text);
    if line > all.len() {
        return None;
    }
    let end = if is_windows(text) { "\r\n" } else { "\n" };
    let had_end = text.ends_with('\n');
    let new = as_in(text, new);
    let is_last = line == all.len();
    if let Some(before) = line.checked_sub(1).map(|line| &mut all[line]).filter(|before| !before.ends_with('\n')) {
        before.push_str(end);
    }
    let close = if new.ends_with('\n') || is_last && !had_end { "" } else { end };
    all.insert(line, new + close);
    Some(all.concat())
}

fn viewed(text: &str, from: usize, to: usize) -> Option<String> {
    let all = lines(text);
    let to = to.min(all.len());
    (1..=to).contains(&from).then(|| {
        let row = |number: usize| {
            let line = all[number - 1].strip_suffix('\n').unwrap_or(&all[number - 1]);
            let line = if is_windows(text) { line.strip_suffix('\r').unwrap_or(line) } else { line };
            format!("\n{number:>6}\t{line}")
        };
        let rows: String = (from..=to).map(row).collect();
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_has_the_result_of_its_edits(start in text(20), edits in prop::collection::vec(edit(), 1..8)) {
        let scratch = Scratch::new();
        let tools = scratch.tools();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = |arguments: Value| runtime.block_on(call(&tools, arguments));
        run(json!({"command": "create", "path": "file", "file_text": start}));
        let mut text = start;
        for edit in edits {
            prop_assert_eq!(&scratch.read("file"), &text);
            let (arguments, expected) = match edit {
                Edit::Replace { from, length, new } => {
                    let from = from % (text.chars().count() + 1);
                    let old: String = text.chars().skip(from).take(length).collect();
                    let expected = replaced(&text, &old, &new);
                    (json!({"command": "str_replace", "path": "file", "old_str": old, "new_str": new}), expected)
                }
                Edit::ReplaceText { old, new } => {
                    let expected = replaced(&text, &old, &new);
                    (json!({"command": "str_replace", "path": "file", "old_str": old, "new_str": new}), expected)
                }
                Edit::Insert { line, text: new } => {
                    let expected = inserted(&text, line, &new);
                    (json!({"command": "insert", "path": "file", "insert_line": line, "insert_text": new}), expected)
                }
                Edit::View { from, to } => {
                    let outcome = run(json!({"command": "view", "path": "file", "view_range": [from, to]}));
                    let seen = (!outcome.is_error()).then(|| without_head(&outcome.text()));
                    prop_assert_eq!(seen, viewed(&text, from, to));
                    continue;
                }
            };
            let outcome = run(arguments.clone());
            prop_assert_eq!(outcome.is_error(), expected.is_none(), "{} of {:?}: {}", arguments, text, outcome.text());
            text = expected.unwrap_or(text);
            prop_assert_eq!(&scratch.read("file"), &text, "{}", arguments);
        }
    }
}
