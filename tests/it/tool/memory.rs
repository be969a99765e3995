//! The memory tool: its commands on every store, its limits, its audit log, and crashes.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use claudette::memory::{DirStore, MapStore, Memory, MemoryEntry, MemoryError, MemoryPath, MemoryStore};
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Chat, ToolContext, ToolOutcome, Toolset, tools};
use proptest::prelude::*;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::process::run_alone;

/// A directory for one test; the memory uses the directory `memory` inside.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("claudette-mem-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn memory(&self) -> Memory {
        Memory::in_dir(self.path("memory")).unwrap()
    }

    fn tools(&self) -> Toolset {
        tools![].with(self.memory())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn call(tools: &Toolset, arguments: &Value) -> ToolOutcome {
    tools.call("memory", &arguments.to_string(), &ToolContext::default()).await
}

/// Returns the text of a successful result.
async fn done(tools: &Toolset, arguments: Value) -> String {
    let outcome = call(tools, &arguments).await;
    assert!(!outcome.is_error(), "{arguments}: {}", outcome.text());
    outcome.text().into_owned()
}

/// Returns the text of an error.
async fn refused(tools: &Toolset, arguments: Value) -> String {
    let outcome = call(tools, &arguments).await;
    assert!(outcome.is_error(), "{arguments}: {}", outcome.text());
    outcome.text().into_owned()
}

fn view(path: &str) -> Value {
    json!({"command": "view", "path": path})
}

fn create(path: &str, text: &str) -> Value {
    json!({"command": "create", "path": path, "file_text": text})
}

fn replace(path: &str, old: &str, new: &str) -> Value {
    json!({"command": "str_replace", "path": path, "old_str": old, "new_str": new})
}

fn delete(path: &str) -> Value {
    json!({"command": "delete", "path": path})
}

fn rename(old: &str, new: &str) -> Value {
    json!({"command": "rename", "old_path": old, "new_path": new})
}

#[tokio::test]
async fn a_loop_remembers() {
    let scratch = Scratch::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("memory", view("/memories")));
    // The calls of one response run in order.
    claude.respond(MockResponse::tool_uses([
        ("memory", create("/memories/people/ada.md", "Likes coffee.\n")),
        ("memory", replace("/memories/people/ada.md", "coffee", "tea")),
    ]));
    claude.respond(MockResponse::text("Noted."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(scratch.memory()).build().unwrap();
    assert_eq!(chat.toolloop("I like tea.").await.unwrap().text(), "Noted.");
    assert_eq!(fs::read_to_string(scratch.path("memory/people/ada.md")).unwrap(), "Likes tea.\n");
    assert_eq!(claude.requests()[0].body()["tools"], json!([{"type": "memory_20250818", "name": "memory"}]));

    // Another conversation finds the notes.
    let tools = scratch.tools();
    assert_eq!(
        done(&tools, view("/memories")).await,
        "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items:\n\
         11B\t/memories\n11B\t/memories/people/\n11B\t/memories/people/ada.md"
    );
    assert_eq!(
        done(&tools, json!({"command": "view", "path": "/memories/people/ada.md", "view_range": [1, -1]})).await,
        "Here's the content of /memories/people/ada.md with line numbers:\n     1\tLikes tea."
    );
    done(&tools, rename("/memories/people", "/memories/customers")).await;
    done(&tools, delete("/memories/customers")).await;
    assert_eq!(fs::read_dir(scratch.path("memory")).unwrap().count(), 0);
}

#[tokio::test]
async fn paths_stay_in_the_memory() {
    let scratch = Scratch::new();
    fs::write(scratch.path("secret"), "secret").unwrap();
    let tools = scratch.tools();
    let long = format!("/memories/{}", "x".repeat(201));
    let deep = format!("/memories{}", "/a".repeat(33));
    let huge = format!("/memories/{}", "€/".repeat(100_000));
    for path in [
        "",
        "/",
        "memories",
        "/memoriesX",
        "/memories2/a",
        "/memories/..",
        "/memories/../secret",
        "/memories/a/../../secret",
        "/memories/%2e%2e/secret",
        "/memories/\u{ff0e}\u{ff0e}/secret",
        "/memories\\..\\secret",
        "/memories/a\0b",
        "/memories/a\nb",
        "/memories/.hidden",
        "/memories/.git/config",
        &long,
        &deep,
        &huge,
    ] {
        for arguments in [
            view(path),
            create(path, "x"),
            replace(path, "secret", "x"),
            json!({"command": "insert", "path": path, "insert_line": 0, "insert_text": "x"}),
            delete(path),
            rename(path, "/memories/new"),
            rename("/memories/old", path),
        ] {
            let text = refused(&tools, arguments).await;
            assert!(text.chars().count() < 1_200, "{text}");
        }
    }
    assert_eq!(fs::read_to_string(scratch.path("secret")).unwrap(), "secret");
    assert_eq!(fs::read_dir(scratch.path("memory")).unwrap().count(), 0);
    for path in ["/memories/./a//b/../ä € 🦀.md", "/memories/CON", "/memories/~", "/memories/a..b"] {
        done(&tools, create(path, "x")).await;
        done(&tools, delete(path)).await;
    }
    for (arguments, text) in [
        (delete("/memories/"), "Cannot delete the /memories directory itself"),
        (rename("/memories/.", "/memories/a"), "Cannot rename the /memories directory itself"),
        (create("/memories", ""), "File /memories already exists"),
    ] {
        assert_eq!(refused(&tools, arguments).await, text);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_special_files_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let scratch = Scratch::new();
    fs::create_dir(scratch.path("outside")).unwrap();
    fs::write(scratch.path("outside/secret"), "secret").unwrap();
    let tools = scratch.tools();
    done(&tools, create("/memories/real/a", "secret")).await;
    symlink(scratch.path("outside"), scratch.path("memory/out")).unwrap();
    symlink("../outside/secret", scratch.path("memory/secret")).unwrap();
    symlink("real", scratch.path("memory/in")).unwrap();
    symlink("nowhere", scratch.path("memory/broken")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(scratch.path("memory/pipe")).status().unwrap().success());
    fs::write(scratch.path("memory/binary"), b"\xff").unwrap();
    fs::write(scratch.path("memory/.hidden"), "hidden").unwrap();

    for path in ["/memories/out/secret", "/memories/secret", "/memories/in/a", "/memories/broken"] {
        let text = refused(&tools, view(path)).await;
        assert_eq!(text, "Path would escape /memories directory via symlink", "{path}");
        for arguments in [create(path, "x"), replace(path, "secret", "x"), delete(path), rename("/memories/real", path)]
        {
            refused(&tools, arguments).await;
        }
    }
    assert_eq!(refused(&tools, view("/memories/pipe")).await, "Unsupported file type for /memories/pipe");
    assert_eq!(refused(&tools, view("/memories/binary")).await, "Unsupported file type for /memories/binary");
    assert_eq!(fs::read_to_string(scratch.path("outside/secret")).unwrap(), "secret");
    assert_eq!(fs::read_to_string(scratch.path("memory/real/a")).unwrap(), "secret");
    let listed = done(&tools, view("/memories")).await;
    assert!(
        listed.ends_with("\n7B\t/memories\n1B\t/memories/binary\n6B\t/memories/real/\n6B\t/memories/real/a"),
        "{listed}"
    );

    let mode = |path: &str| scratch.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("memory"), mode("memory/real"), mode("memory/real/a")], [0o700, 0o700, 0o600]);
    fs::set_permissions(scratch.path("memory/real/a"), PermissionsExt::from_mode(0o644)).unwrap();
    done(&tools, replace("/memories/real/a", "secret", "x")).await;
    assert_eq!(mode("memory/real/a"), 0o600);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_swapped_for_a_link_never_leads_out() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::AtomicBool;

    let scratch = Scratch::new();
    fs::create_dir(scratch.path("outside")).unwrap();
    fs::write(scratch.path("outside/a"), "outside").unwrap();
    fs::create_dir_all(scratch.path("memory/dir")).unwrap();
    fs::write(scratch.path("memory/dir/a"), "inside").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (from, parked, outside) = (scratch.path("memory/dir"), scratch.path("parked"), scratch.path("outside"));
    let swapper = std::thread::spawn({
        let stop = stop.clone();
        move || {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&from, &parked).unwrap();
                symlink(&outside, &from).unwrap();
                fs::remove_file(&from).unwrap();
                fs::rename(&parked, &from).unwrap();
            }
        }
    });
    let tools = scratch.tools();
    for n in 0..300 {
        let seen = call(&tools, &view("/memories/dir/a")).await;
        assert!(!seen.text().contains("outside"), "{}", seen.text());
        call(&tools, &replace("/memories/dir/a", "outside", "changed")).await;
        let listed = call(&tools, &view("/memories/dir")).await;
        assert!(!listed.text().contains("7B"), "{n}: {}", listed.text());
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert_eq!(fs::read_to_string(scratch.path("outside/a")).unwrap(), "outside");
    assert_eq!(fs::read_dir(scratch.path("outside")).unwrap().count(), 1);
}

#[tokio::test]
async fn limits_tell_the_model_what_to_do() {
    for store in [MapStore::default()] {
        let tools = tools![].with(Memory::new(store).max_file_bytes(10).max_bytes(25).max_files(3));
        assert!(refused(&tools, create("/memories/a", "elevenbytes")).await.contains("Shorten the text"));
        done(&tools, create("/memories/a", "tenbytes..")).await;
        done(&tools, create("/memories/b", "tenbytes..")).await;
        assert!(refused(&tools, create("/memories/c", "6bytes")).await.contains("Delete files"));
        done(&tools, create("/memories/c", "5byte")).await;
        assert!(refused(&tools, create("/memories/d", "")).await.contains("may have 3 files"));
        refused(&tools, replace("/memories/c", "5", "55")).await;
        done(&tools, replace("/memories/a", "ten", "10")).await;
        done(&tools, replace("/memories/c", "5", "55")).await;
        done(&tools, rename("/memories/c", "/memories/d/c")).await;
        refused(&tools, json!({"command": "insert", "path": "/memories/b", "insert_line": 1, "insert_text": "x"}))
            .await;
        done(&tools, delete("/memories/b")).await;
        done(&tools, create("/memories/b", "x")).await;
    }
    // A file of another program that is too large can be made smaller.
    let scratch = Scratch::new();
    let tools = tools![].with(scratch.memory().max_file_bytes(10));
    fs::write(scratch.path("memory/large"), "one two three four").unwrap();
    refused(&tools, replace("/memories/large", "one", "seven")).await;
    done(&tools, replace("/memories/large", " four", "")).await;
    // A huge file is neither read nor shown as a whole.
    fs::write(scratch.path("memory/wide"), "x".repeat(200_000)).unwrap();
    assert!(done(&tools, view("/memories/wide")).await.len() < 101_000);
    fs::File::create(scratch.path("memory/huge")).unwrap().set_len(40 << 20).unwrap();
    assert!(refused(&tools, view("/memories/huge")).await.contains("33554432 bytes"));
    done(&tools, delete("/memories/huge")).await;
}

#[tokio::test]
async fn the_audit_log_has_a_line_for_each_change_and_no_text() {
    let scratch = Scratch::new();
    let log = scratch.path("audit.jsonl");
    let tools = tools![].with(scratch.memory().audit_log(&log).unwrap());
    done(&tools, create("/memories/d/a", "confidential\n")).await;
    done(&tools, replace("/memories/d/a", "confidential", "x")).await;
    done(&tools, view("/memories")).await;
    refused(&tools, create("/memories/d/a", "confidential")).await;
    done(&tools, rename("/memories/d/a", "/memories/d/b")).await;
    done(&tools, delete("/memories/d")).await;
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("confidential"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let commands: Vec<_> = lines.iter().map(|line| line["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["create", "str_replace", "rename", "delete"]);
    assert_eq!(lines[0]["before"], Value::Null);
    // Each file's hashes form a chain.
    assert_eq!(lines[0]["after"], lines[1]["before"]);
    assert_eq!(lines[1]["after"], lines[2]["before"]);
    // `printf 'x\n' | sha256sum`
    let hash = "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac";
    assert_eq!(lines[1]["after"], json!({"bytes": 2, "sha256": hash}));
    assert_eq!(lines[2]["new_path"], "/memories/d/b");
    assert_eq!((&lines[3]["files"], &lines[3]["before"]), (&json!(1), &json!({"bytes": 2})));

    // A line that a killed process did not complete does not damage the next one.
    fs::write(&log, "{\"unix_ms\":1,\"comm").unwrap();
    let tools = tools![].with(scratch.memory().audit_log(&log).unwrap());
    done(&tools, create("/memories/c", "")).await;
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap()["path"], "/memories/c");
}

/// A store whose operations fail with an error that the model must not read, or lose a race.
struct Broken(fn() -> MemoryError);

impl MemoryStore for Broken {
    fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>> {
        Box::pin(async { Ok(vec![MemoryEntry::new("/memories/a".parse()?, 3)]) })
    }

    fn read<'a>(&'a self, _: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>> {
        Box::pin(async { Ok(Some("old".to_owned())) })
    }

    fn write<'a>(
        &'a self,
        _: &'a MemoryPath,
        _: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async { Err((self.0)()) })
    }

    fn delete<'a>(&'a self, _: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async { Err((self.0)()) })
    }

    fn rename<'a>(&'a self, _: &'a MemoryPath, _: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async { Err((self.0)()) })
    }
}

#[tokio::test]
async fn a_lost_race_and_a_broken_store_change_nothing() {
    let scratch = Scratch::new();
    let log = scratch.path("audit.jsonl");
    let broken = |error| tools![].with(Memory::new(Broken(error)).audit_log(&log).unwrap());
    let edit = replace("/memories/a", "old", "new");
    let gone = "The file /memories/a no longer exists (may have been deleted or renamed concurrently).";
    assert_eq!(refused(&broken(|| MemoryError::Missing), edit.clone()).await, gone);
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["failed"], &lines[1]["failed"]), (&Value::Null, &json!(true)));
    assert!(refused(&broken(|| MemoryError::Changed), edit.clone()).await.contains("View it again"));
    let tools = broken(|| MemoryError::other("postgres://user:password@host"));
    for arguments in [edit, create("/memories/b", ""), delete("/memories/a"), rename("/memories/a", "/memories/b")] {
        let text = refused(&tools, arguments).await;
        assert!(text.contains("not available") && !text.contains("password"), "{text}");
    }
}

// Every store gives the same texts.

fn paths() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "b", "c", "ä", "A"]);
    prop::collection::vec(name(), 0..3)
        .prop_map(|names| names.iter().fold("/memories".to_owned(), |path, name| path + "/" + name))
}

fn commands() -> impl Strategy<Value = Value> {
    let text = || prop::sample::select(vec!["", "one", "one\ntwo\n", "one\r\ntwo\r\n", "two\ntwo\n"]);
    prop_oneof![
        1 => (paths(), prop::option::of((-1..4_i64, -1..4_i64))).prop_map(|(path, range)| {
            json!({"command": "view", "path": path, "view_range": range.map(|(from, to)| [from, to])})
        }),
        3 => (paths(), text()).prop_map(|(path, text)| create(&path, text)),
        2 => (paths(), text(), text()).prop_map(|(path, old, new)| replace(&path, old, new)),
        2 => (paths(), -1..4_i64, text()).prop_map(|(path, line, text)| {
            json!({"command": "insert", "path": path, "insert_line": line, "insert_text": text})
        }),
        1 => paths().prop_map(|path| delete(&path)),
        2 => (paths(), paths()).prop_map(|(old, new)| rename(&old, &new)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_directory_and_a_map_give_the_same_texts(commands in prop::collection::vec(commands(), 1..40)) {
        let scratch = Scratch::new();
        let limits = |memory: Memory| tools![].with(memory.max_files(5).max_bytes(40).max_file_bytes(20));
        let stores = [limits(scratch.memory()), limits(Memory::new(MapStore::default()))];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for command in commands.iter().chain([&view("/memories")]) {
                let [directory, map] = [call(&stores[0], command).await, call(&stores[1], command).await];
                assert_eq!((directory.text(), directory.is_error()), (map.text(), map.is_error()), "{command}");
            }
        });
        // No empty directory and no temporary file is left.
        let shown = runtime.block_on(done(&stores[0], view("/memories")));
        let top = fs::read_dir(scratch.path("memory")).unwrap().count();
        assert_eq!(top == 0, shown.lines().count() == 2, "{shown}");
    }
}

// Other processes.

#[cfg(unix)]
#[tokio::test]
async fn two_processes_do_not_lose_edits() {
    const EDITS: usize = 40;
    if let Ok(directory) = std::env::var("CLAUDETTE_MEMORY_EDITS") {
        let tools = tools![].with(Memory::in_dir(directory).unwrap());
        let insert = json!({"command": "insert", "path": "/memories/a", "insert_line": 0, "insert_text": "x"});
        for _ in 0..EDITS {
            // The model sees that it lost a race, and repeats the edit.
            while call(&tools, &insert).await.is_error() {}
        }
        return;
    }
    let scratch = Scratch::new();
    done(&scratch.tools(), create("/memories/a", "")).await;
    let child = || {
        run_alone(module_path!(), "two_processes_do_not_lose_edits")
            .env("CLAUDETTE_MEMORY_EDITS", scratch.path("memory"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children = [child(), child()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let text = fs::read_to_string(scratch.path("memory/a")).unwrap();
    assert_eq!(text.matches('x').count(), 2 * EDITS);
}

#[cfg(unix)]
#[tokio::test]
async fn a_killed_process_leaves_no_damage() {
    let whole = |letter: char| letter.to_string().repeat(60_000);
    if let Ok(directory) = std::env::var("CLAUDETTE_MEMORY_KILL") {
        let log = PathBuf::from(&directory).join("../audit.jsonl");
        let tools = tools![].with(Memory::in_dir(directory).unwrap().audit_log(log).unwrap());
        for n in 0.. {
            let (old, new) = if n % 2 == 0 { ('a', 'b') } else { ('b', 'a') };
            done(&tools, replace("/memories/file", &whole(old), &whole(new))).await;
            done(&tools, create("/memories/dir/x", "x")).await;
            done(&tools, create("/memories/dir/y", "y")).await;
            done(&tools, delete("/memories/dir")).await;
        }
    }
    let scratch = Scratch::new();
    for round in 0..8 {
        let tools = scratch.tools();
        call(&tools, &delete("/memories/dir")).await;
        call(&tools, &delete("/memories/file")).await;
        done(&tools, create("/memories/file", &whole('a'))).await;
        let mut child = run_alone(module_path!(), "a_killed_process_leaves_no_damage")
            .env("CLAUDETTE_MEMORY_KILL", scratch.path("memory"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // At another moment in each round, after the first changes.
        let lines = || fs::read_to_string(scratch.path("audit.jsonl")).unwrap_or_default().lines().count();
        let before = lines();
        while lines() < before + 3 + round {
            assert!(child.try_wait().unwrap().is_none());
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let tools = scratch.tools();
        let text = fs::read_to_string(scratch.path("memory/file")).unwrap();
        assert!(text == whole('a') || text == whole('b'), "{} bytes", text.len());
        // Opening the memory removes what the killed process left.
        let names = fs::read_dir(scratch.path("memory")).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| name == "file" || name == "dir"));
        done(&tools, view("/memories")).await;
        // The log has a line for the state of the file.
        let log = fs::read_to_string(scratch.path("audit.jsonl")).unwrap();
        assert!(log.lines().count() > before);
    }
}

#[tokio::test]
async fn calls_run_in_the_order_in_which_they_start() {
    /// Records the paths that are written.
    #[derive(Clone, Default)]
    struct Recorder(MapStore, Arc<Mutex<Vec<String>>>);
    impl MemoryStore for Recorder {
        fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>> {
            Box::pin(async {
                tokio::task::yield_now().await;
                self.0.list().await
            })
        }
        fn read<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>> {
            self.0.read(path)
        }
        fn write<'a>(
            &'a self,
            path: &'a MemoryPath,
            text: &'a str,
            expected: Option<&'a str>,
        ) -> BoxFuture<'a, Result<(), MemoryError>> {
            self.1.lock().unwrap().push(path.to_string());
            self.0.write(path, text, expected)
        }
        fn delete<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
            self.0.delete(path)
        }
        fn rename<'a>(&'a self, from: &'a MemoryPath, to: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
            self.0.rename(from, to)
        }
    }
    let store = Recorder::default();
    let tools = tools![].with(Memory::new(store.clone()));
    let [a, b, c] = ["/memories/a", "/memories/b", "/memories/c"].map(|path| create(path, ""));
    tokio::join!(call(&tools, &a), call(&tools, &b), call(&tools, &c));
    assert_eq!(*store.1.lock().unwrap(), ["/memories/a", "/memories/b", "/memories/c"]);
}

#[test]
fn misuse_names_the_path() {
    let scratch = Scratch::new();
    fs::write(scratch.path("file"), "").unwrap();
    let error = DirStore::open(scratch.path("file")).unwrap_err().to_string();
    assert!(error.contains("file"), "{error}");
    let error = scratch.memory().audit_log(scratch.path("missing/log")).unwrap_err().to_string();
    assert!(error.contains("missing"), "{error}");
}
