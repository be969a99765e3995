//! The check finds violations in small libraries that contain them.

use super::imports::imports;
use super::violations;

const LIB: (&str, &str) = ("lib.rs", "mod chat;\nmod client;\nmod tool;\npub use chat::Chat;\npub use client::Client;");
const CLIENT: (&str, &str) = ("client/mod.rs", "mod client;\npub use self::client::Client;");

/// Returns the violations in a library with these files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    violations(&[&[LIB], files].concat(), &[], &[])
}

/// Returns the imports of `chat/chat.rs` with this source, each as `line: path > file`.
fn of_chat(source: &str) -> Vec<String> {
    let files = [
        LIB,
        CLIENT,
        ("client/client.rs", "pub struct Client;\nmacro_rules! ask { () => {} }"),
        ("chat/mod.rs", "mod chat;\npub mod driver;\npub use self::chat::Chat;\npub use self::driver::*;"),
        ("chat/chat.rs", source),
        ("chat/driver.rs", "pub struct Driver;\npub mod inner {\n    pub struct Inner;\n}"),
    ];
    let imports = imports(&files).into_iter().filter(|import| import.from == "chat/chat.rs");
    imports.map(|import| format!("{}: {} > {}", import.line, import.path, import.to)).collect()
}

#[test]
fn imports_in_the_right_direction_are_accepted() {
    let chat = "use crate::Client;\nuse std::fmt;\npub struct Chat(Client);";
    let files = [CLIENT, ("client/client.rs", "pub struct Client;"), ("chat.rs", chat), ("tool.rs", "")];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn an_import_in_the_wrong_direction_is_found_through_a_re_export() {
    let client = "pub struct Client;\n\nfn f(chat: &crate::Chat) {}";
    let found = found(&[CLIENT, ("client/client.rs", client), ("chat.rs", "pub struct Chat;"), ("tool.rs", "")]);
    let [text] = &found[..] else { panic!("{found:?}") };
    for part in ["client/client.rs:3", "`crate::Chat`", "chat.rs", "`client` must not import `chat`"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_cycle_of_files_is_found() {
    let files = [
        ("tool/mod.rs", "mod a;\nmod b;\nmod c;\npub use self::a::A;\npub use self::b::B;\npub use self::c::C;"),
        ("tool/a.rs", "use super::B;\npub struct A(B);"),
        ("tool/b.rs", "\nuse crate::tool::c::C;\npub struct B(C);"),
        ("tool/c.rs", "pub struct C(Box<crate::tool::A>);"),
    ];
    let all = [&[LIB], &files[..]].concat();
    let found = violations(&all, &[], &[]);
    let [text] = &found[..] else { panic!("{found:?}") };
    for part in ["tool/a.rs:1 names", "tool/b.rs:2 names", "tool/c.rs:1 names"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(violations(&all, &[], &[("tool/c.rs", "tool/a.rs")]), [""; 0]);
}

#[test]
fn a_re_export_is_an_import_only_if_the_module_uses_the_name() {
    let part = ("tool/part.rs", "use super::Tool;\npub struct Part(Tool);");
    let re_exports = "mod part;\npub use self::part::Part;\npub struct Tool;";
    assert_eq!(found(&[("tool/mod.rs", re_exports), part]), [""; 0]);
    let works = format!("{re_exports}\nfn f(part: Part) {{}}");
    assert_eq!(found(&[("tool/mod.rs", &works), part]).len(), 1);
}

#[test]
fn an_unknown_module_is_found() {
    let found = found(&[("kitchen/mod.rs", ""), ("kitchen/stove.rs", ""), ("cellar.rs", "")]);
    let [cellar, kitchen] = &found[..] else { panic!("{found:?}") };
    assert!(cellar.contains("`cellar`") && cellar.contains("MODULES"), "{cellar}");
    assert!(kitchen.contains("`kitchen`"), "{kitchen}");
}

#[test]
fn an_obsolete_known_violation_is_found() {
    let files = [LIB, ("chat.rs", "pub struct Chat;")];
    let found = violations(&files, &[("client.rs", "chat.rs")], &[("chat.rs", "tool.rs")]);
    let [direction, cycle] = &found[..] else { panic!("{found:?}") };
    assert!(direction.contains("client.rs") && direction.contains("KNOWN_DIRECTIONS"), "{direction}");
    assert!(cycle.contains("tool.rs") && cycle.contains("RECURSIVE_TYPES"), "{cycle}");
}

#[test]
fn paths_are_found_everywhere() {
    assert_eq!(of_chat("use super::{Driver as D, driver};"), ["1: super::Driver > chat/driver.rs"]);
    assert_eq!(
        of_chat("fn f() {\n    crate::client::Client::new();\n}"),
        ["2: crate::client::Client::new > client/client.rs"]
    );
    assert_eq!(of_chat("mod inner {\n    use super::super::Driver;\n}"), ["2: super::super::Driver > chat/driver.rs"]);
    assert_eq!(
        of_chat("write!(f, \"{}\",\n crate::chat::driver::inner::Inner);"),
        ["2: crate::chat::driver::inner::Inner > chat/driver.rs"]
    );
    assert_eq!(
        of_chat("use crate::client;\nfn f(c: client::Client) {}"),
        ["1: crate::client > client/mod.rs", "2: client::Client > client/client.rs",]
    );
    assert_eq!(of_chat("macro_rules! m { () => { $crate::Client } }"), ["1: crate::Client > client/client.rs"]);
    assert_eq!(of_chat("claudette::ask!();"), ["1: claudette::ask > client/client.rs"]);
}

#[test]
fn comments_literals_and_tests_are_ignored() {
    assert_eq!(
        of_chat("// use crate::Client;\n/* crate::Client /* */ crate::Client */\n//! [`crate::Client`]"),
        [""; 0]
    );
    assert_eq!(of_chat("const A: &str = \"\\\"crate::Client\"; const B: &str = r#\"\" crate::Client\"#;"), [""; 0]);
    assert_eq!(of_chat("const A: [char; 2] = ['\"', '\\'']; fn f<'a>() {} /* \" */"), [""; 0]);
    assert_eq!(of_chat("#[cfg(test)]\nmod tests {\n    use crate::Client;\n}\npub struct Chat;"), [""; 0]);
    assert_eq!(of_chat("#[cfg(test)]\n#[allow(x)]\nuse crate::{Client};"), [""; 0]);
    assert_eq!(of_chat("pub(in crate::client) struct Chat;"), [""; 0]);
    assert_eq!(of_chat("#[cfg(test)]\nmod tests;\nuse super::Driver;"), ["3: super::Driver > chat/driver.rs"]);
}

#[test]
fn code_after_a_literal_is_read() {
    for before in ["'\"'", "'\\''", "b'\"'", "\"\\\\\"", "r\"\\\"", "r##\"\"#\"##", "'\\u{1b}'", "br#\"\"#", "1.0e5"] {
        let source = format!("const A: X = {before};\nuse super::Driver;");
        assert_eq!(of_chat(&source), ["2: super::Driver > chat/driver.rs"], "{before}");
    }
}
