#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::expand::{Missing, expand};
use super::{Config, Launch, jsonc, parse, read};
use crate::Result;

fn lookup(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("secret".to_owned()),
        "HOME" => Some("/home/ada".to_owned()),
        "EMPTY" => Some(String::new()),
        "NESTED" => Some("${TOKEN}".to_owned()),
        _ => None,
    }
}

fn parsed(file: &str, text: &str) -> Result<Config> {
    parse(text, Path::new(file), None, lookup)
}

fn of(servers: &Value) -> Result<Config> {
    parsed("project/.mcp.json", &json!({"mcpServers": servers}).to_string())
}

fn fault(servers: &Value) -> String {
    let error = of(servers).unwrap_err();
    assert!(error.is_config());
    error.to_string()
}

fn problems(config: &Config) -> Vec<(Option<&str>, &str)> {
    config.problems.iter().map(|problem| (problem.server.as_deref(), problem.text.as_str())).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn files_of_claude_code_are_read() {
    let config = of(&json!({
        "files": {
            "command": "npx", "args": ["-y", "server", "${HOME}"], "env": {"KEY": "${TOKEN}", "MODE": "${MODE:-fast}"},
            "cwd": "sub",
        },
        "issues": {"type": "http", "url": "https://mcp.example.com/${TEAM:-a/b}?x=1", "headers": {"X-Key": "k ${TOKEN}"}, "timeout": 2500},
        "bare": {"url": "http://localhost:1/mcp"},
        "off": {"command": "x", "args": ["${UNSET}"], "disabled": true},
        "off too": {"url": "nonsense", "enabled": false},
    }))
    .unwrap();
    assert!(config.problems.is_empty());
    let names: Vec<&str> = config.servers.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["files", "issues", "bare", "off", "off too"]);
    let [files, issues, bare, off, off_too] = &config.servers[..] else { panic!() };
    assert_eq!(
        files.launch,
        Launch::Stdio {
            command: "npx".to_owned(),
            args: ["-y", "server", "/home/ada"].map(str::to_owned).to_vec(),
            env: map(&[("KEY", "secret"), ("MODE", "fast")]),
            cwd: Some(PathBuf::from("project/sub")),
            written: "npx".to_owned(),
        }
    );
    assert_eq!(
        issues.launch,
        Launch::Http {
            url: "https://mcp.example.com/a/b?x=1".to_owned(),
            headers: map(&[("X-Key", "k secret")]),
            written: "https://mcp.example.com/${TEAM:-a/b}?x=1".to_owned(),
        }
    );
    assert_eq!(issues.timeout, Some(Duration::from_millis(2500)));
    assert!(matches!(&bare.launch, Launch::Http { url, .. } if url == "http://localhost:1/mcp"));
    assert_eq!((&off.launch, &off_too.launch), (&Launch::Disabled, &Launch::Disabled));
}

#[test]
fn kinds_of_servers_are_recognised() {
    let launch = |entry: &Value| of(&json!({"x": entry})).map(|mut config| config.servers.remove(0).launch);
    for kind in ["http", "streamable-http", "streamableHttp", "streamable_http", "HTTP"] {
        for key in ["type", "transportType", "transport"] {
            let launch = launch(&json!({key: kind, "serverUrl": "https://a"})).unwrap();
            assert!(matches!(launch, Launch::Http { .. }), "{kind}");
        }
    }
    let sse = of(&json!({"x": {"type": "sse", "url": "https://a/sse"}})).unwrap();
    assert!(matches!(sse.servers[0].launch, Launch::Http { .. }));
    assert_eq!(
        problems(&sse),
        [(Some("x"), "the transport `sse` of 2024 is not supported; streamable HTTP is tried in its place")]
    );
    for (entry, why) in [
        (json!({"type": "ws", "url": "wss://a"}), "the transport `ws` is not supported"),
        (json!({"url": "wss://a"}), "WebSockets are not supported"),
        (json!({"type": "carrier pigeon", "url": "https://a"}), "the transport `carrierpigeon` is unknown"),
        (json!({"command": "x", "env": {"A": "${input:token}"}}), "the key `env.A` contains `${input:token}`"),
    ] {
        let Launch::Unsupported(text) = launch(&entry).unwrap() else { panic!("{entry}") };
        assert!(text.starts_with(why), "{text}");
    }
    assert!(matches!(launch(&json!({"command": "x", "url": "https://a"})).unwrap(), Launch::Stdio { .. }));
}

#[test]
fn files_of_editors_are_read() {
    let text = r#"
        // The servers of this workspace.
        {
            "inputs": [{"id": "token", "type": "promptString"}], /* asked for once */
            "servers": {
                "docs": {"type": "stdio", "command": "${workspaceFolder}/docs // no comment", "args": ["${env:TOKEN}", "a,]",],},
                "ask": {"type": "http", "url": "https://a/?k=${input:token}", "headers": {}},
            },
        }"#;
    let config = parsed("/work/site/.vscode/mcp.json", text).unwrap();
    let Launch::Stdio { command, args, .. } = &config.servers[0].launch else { panic!() };
    assert_eq!(command, "/work/site/docs // no comment");
    assert_eq!(args, &["secret", "a,]"]);
    assert!(matches!(&config.servers[1].launch, Launch::Unsupported(why) if why.contains("${input:token}")));
}

#[test]
fn claude_desktop_does_not_expand_unless_asked() {
    let text = r#"{"mcpServers": {"a": {"command": "${HOME}/x", "args": ["${UNSET}"]}}}"#;
    let path = Path::new("Claude/claude_desktop_config.json");
    let command = |expand| {
        let config: Result<Config> = parse(text, path, expand, lookup);
        config.map(|mut config| match config.servers.remove(0).launch {
            Launch::Stdio { command, args, .. } => (command, args),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(command(None).unwrap(), ("${HOME}/x".to_owned(), vec!["${UNSET}".to_owned()]));
    assert!(command(Some(true)).unwrap_err().to_string().contains("UNSET"));
}

#[test]
fn every_fault_is_named_in_one_error() {
    assert_eq!(
        fault(&json!({
            "a": {"command": "${NO_1}", "args": ["x", "${NO_2}${NO_2}"], "env": {"KEY": "${NO_3}", "PORT": 80}},
            "b": {"url": "https://${NO_4}", "headers": {"Authorization": "Bearer ${NO_5}"}},
            "c": 7,
        })),
        "the configuration `project/.mcp.json` is not valid; set the variables, or write a default, as in \
         `${NAME:-default}`:\n\
         - server \"a\", key `command`: the environment variable NO_1 is not set\n\
         - server \"a\", key `args[1]`: the environment variable NO_2 is not set\n\
         - server \"a\", key `env.KEY`: the environment variable NO_3 is not set\n\
         - server \"a\", key `env.PORT`: must be text, but is a number\n\
         - server \"b\", key `url`: the environment variable NO_4 is not set\n\
         - server \"b\", key `headers.Authorization`: the environment variable NO_5 is not set\n\
         - server \"c\": must be an object"
    );
    for (entry, what) in [
        (json!({}), "server \"x\": it has neither `command` nor `url`"),
        (json!({"type": "stdio", "url": "https://a"}), "key `command`: is missing"),
        (json!({"type": "http", "command": "a"}), "key `url`: is missing"),
        (json!({"type": 7, "command": "a"}), "key `type`: must be text, but is a number"),
        (json!({"command": " "}), "key `command`: must not be empty"),
        (json!({"command": ["a"]}), "key `command`: must be text, but is a list"),
        (json!({"command": "a", "args": "b"}), "key `args`: must be a list of texts, but is text"),
        (json!({"command": "a", "args": [null]}), "key `args[0]`: must be text, but is `null`"),
        (json!({"command": "a", "env": []}), "key `env`: must be an object of texts, but is a list"),
        (json!({"command": "a", "disabled": "yes"}), "key `disabled`: must be `true` or `false`, but is text"),
        (json!({"command": "a", "timeout": 0}), "key `timeout`: must be a number of milliseconds, 1 or more"),
        (json!({"url": "mcp.example.com"}), "key `url`: must begin with `https://` or `http://`"),
    ] {
        let text = fault(&json!({"x": entry}));
        assert!(text.starts_with("the configuration `project/.mcp.json` is not valid: server \"x\""), "{text}");
        assert!(text.ends_with(what), "{text}");
    }
    assert!(of(&json!({"x": {"command": "a", "args": null, "env": null, "type": null}})).is_ok());
}

#[test]
fn other_files_are_explained() {
    for (text, what) in [
        ("{\n  \"mcpServers\": {\"a\" 1}\n}", "is not valid JSON: expected `:` at line 2 column 22"),
        ("{\"a\": /* open", "is not valid JSON: EOF while parsing a value at line 1 column 13"),
        ("", "is not valid JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "must be an object"),
        ("{\"mcpServers\": []}", "is not valid: `mcpServers` must be an object of servers"),
        (
            "{\"projects\": {}}",
            "the servers of its `projects` are not searched; copy them into a file of their own, below `mcpServers`",
        ),
        (
            "{\"a\": {\"command\": \"x\"}}",
            "has neither `mcpServers` nor `servers`; put the servers below `mcpServers`, as in {\"mcpServers\": {\"files\": {\"command\": \"..\"}}}",
        ),
    ] {
        let text = parsed("x.json", text).unwrap_err().to_string();
        assert!(text.starts_with("the configuration `x.json` ") && text.ends_with(what), "{text}");
    }
    assert_eq!(parsed("x.json", "\u{feff}{\"mcpServers\": {}}").unwrap(), Config::default());
    let missing = read(Path::new("no/such.json"), None).unwrap_err();
    assert!(missing.is_config());
    assert_eq!(missing.to_string(), "the configuration `no/such.json` cannot be read: it does not exist");
}

#[test]
fn keys_that_are_not_used_are_reported_once() {
    let config = of(&json!({
        "a": {"command": "x", "autoApprove": ["y"], "headers": {}, "icon": "i"},
        "b": {"command": "x", "autoApprove": [], "timeout": 60},
        "c": {"type": "ws", "icon": "i"},
    }))
    .unwrap();
    assert_eq!(
        problems(&config),
        [
            (Some("b"), "`timeout` is a number of milliseconds; 60 is very short"),
            (
                None,
                "the key `autoApprove` of the servers \"a\", \"b\" is not used; approve calls with `approve(..)` of the chat"
            ),
            (Some("a"), "the key `headers` is not used"),
            (Some("a"), "the key `icon` is not used"),
        ]
    );
}

#[test]
fn a_name_that_occurs_twice_is_used_once() {
    let text = r#"{"servers": {"a": {"command": "second"}, "b": {"command": "b"}}, "mcpServers": {"a": {"command": "first"}}}"#;
    let config = parsed("x.json", text).unwrap();
    assert_eq!(config.servers.len(), 2);
    assert!(matches!(&config.servers[0].launch, Launch::Stdio { command, .. } if command == "first"));
    assert_eq!(problems(&config), [(Some("a"), "it is in `mcpServers` and in `servers`; the former is used")]);
}

#[test]
fn only_variables_are_expanded() {
    for (text, expanded, unset) in [
        ("${TOKEN}/${HOME}", "secret//home/ada", &[][..]),
        ("${TOKEN:-x}${UNSET:-x}${UNSET:-}${EMPTY:-x}", "secretx", &[]),
        ("${env:TOKEN}", "secret", &[]),
        ("${NESTED}", "${TOKEN}", &[]),
        ("$TOKEN $$ ${ ${} ${a%b} ${1} ${a b} ${TOKEN", "$TOKEN $$ ${ ${} ${a%b} ${1} ${a b} ${TOKEN", &[]),
        ("${UNSET:-a:-b}", "a:-b", &[]),
        ("a${UNSET}b${env:OTHER}", "ab", &["UNSET", "OTHER"]),
    ] {
        let mut missing = Vec::new();
        assert_eq!(expand(text, lookup, &mut missing), expanded, "{text}");
        assert_eq!(missing, unset.iter().map(|name| Missing::Unset((*name).to_owned())).collect::<Vec<_>>());
    }
}

/// Any JSON value with texts that look like comments and commas.
fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["\\PC{0,8}", "[/*,\\]\\}\"\\\\ \n]{0,8}"];
    let leaf = prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), text.clone().prop_map(Value::from)];
    leaf.prop_recursive(4, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

const SECRET: &str = "hunter2";

/// A server with secrets at all places where files have them.
fn secretive() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["hunter2", "${SECRET}", "a ${SECRET:-b} c", "${NONE:-hunter2}", "x"]);
    let command = prop::sample::select(vec!["x", "${SECRET}", "/bin/${SECRET}"]);
    let url = prop::sample::select(vec![
        "https://a:hunter2@b.c/d?e=hunter2#hunter2",
        "https://${SECRET}@b.c/",
        "https://${SECRET}.c/${SECRET}?${SECRET}",
        "http://b.c?hunter2",
    ]);
    prop_oneof![
        (command, text.clone(), text.clone(), text.clone()).prop_map(|(command, arg, env, cwd)| {
            json!({"command": command, "args": ["--token", arg], "env": {"A": env}, "cwd": cwd, "hint": env})
        }),
        (url, text).prop_map(|(url, header)| json!({"url": url, "headers": {"A": header}, "timeout": 5})),
    ]
}

/// A server with secrets at places where they are faults.
fn faulty() -> impl Strategy<Value = Value> {
    let keys = vec!["command", "args", "env", "url", "headers", "timeout", "disabled"];
    let value = prop::sample::select(vec![
        json!(SECRET),
        json!([SECRET, 7]),
        json!({"A": [SECRET], "B": "${SECRET} ${UNSET}"}),
        json!("${SECRET}${UNSET}"),
        json!(["${input:a}", SECRET]),
    ]);
    (secretive(), prop::sample::select(keys), value).prop_map(|(mut server, key, value)| {
        server[key] = value;
        server
    })
}

proptest! {
    #[test]
    fn json_without_comments_stays_the_same(value in values(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(jsonc::plain(&text), text);
    }

    #[test]
    fn comments_and_commas_are_ignored(value in values(), comment in "[a-z\"/ ,{}]{0,9}") {
        let text = format!("{value:#}").replace('\n', &format!(" //{comment}\n /* {comment}\n*/"));
        let text = text.replace("\n*/]", "\n*/,]");
        prop_assert_eq!(jsonc::plain(&text).len(), text.len());
        prop_assert_eq!(serde_json::from_str::<Value>(&jsonc::plain(&text)).unwrap(), value);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[\"/*,{}\\[\\]\\\\a$:\n-]{0,40}") {
        let _ = parsed("x.json", &text);
        let mut missing = Vec::new();
        let expanded = expand(&text, lookup, &mut missing);
        let has_variables = text.contains("${");
        prop_assert!(has_variables || expanded == text);
    }

    #[test]
    fn a_variable_is_its_value(before in "[^$]{0,9}", name in "[A-Za-z_][A-Za-z0-9_]{0,6}", default in "[^}]{0,9}", after in "[^$]{0,9}", value in any::<Option<String>>()) {
        let get = |asked: &str| value.clone().filter(|_| asked == name);
        let mut missing = Vec::new();
        let text = format!("{before}${{{name}:-{default}}}{after}");
        let expected = format!("{before}{}{after}", value.as_deref().unwrap_or(&default));
        prop_assert_eq!(expand(&text, get, &mut missing), expected);
        prop_assert!(missing.is_empty());
        expand(&format!("{before}${{{name}}}{after}"), get, &mut missing);
        prop_assert_eq!(missing.is_empty(), value.is_some());
    }

    #[test]
    fn a_secret_is_never_shown(a in secretive(), b in secretive(), c in prop::option::of(faulty())) {
        // A program to start that is no variable is shown as the file names it.
        prop_assume!(c.as_ref().is_none_or(|c| c["command"] != SECRET));
        let text = json!({"mcpServers": {"a": a, "b": b, "c": c.clone().unwrap_or_else(|| a.clone())}}).to_string();
        let get = |name: &str| (name == "SECRET").then(|| SECRET.to_owned());
        let shown = match parse(&text, Path::new("x.json"), None, get) {
            Ok(config) => format!("{config:?} {config:#?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains(SECRET), "{}", shown);
    }
}
