//! The bytes that reach the terminal: control sequences of others, colour, wide characters, long code, resizing.

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;
use vt100::Screen;

use crate::chat::{Home, Terminal};
use crate::program::Program;

/// Sequences that change more than text, with the bytes that must not be written.
const SEQUENCES: [(&str, &str); 9] = [
    ("\u{1b}]52;c;c3RvbGVu\u{7}", "\u{1b}]"),
    ("\u{1b}]0;a title\u{1b}\\", "\u{1b}]0;"),
    ("\u{1b}]8;;https://evil.example\u{1b}\\", "\u{1b}]8;"),
    ("\u{1b}[?1049h", "\u{1b}[?1049h"),
    ("\u{1b}[33;44m", "\u{1b}[33;44m"),
    ("\u{1b}P+q544e\u{1b}\\", "\u{1b}P"),
    ("\u{1b}_Gi=1;AAAA\u{1b}\\", "\u{1b}_"),
    ("\u{9d}52;c;c3RvbGVu\u{9c}", "\u{9d}"),
    ("\u{202e}\u{e0041}\u{7f}\u{9b}2J", "\u{202e}"),
];

fn hostile() -> String {
    SEQUENCES.iter().map(|(sequence, _)| *sequence).collect()
}

/// Fails if one of the sequences was written, or if it had an effect.
#[track_caller]
fn assert_harmless(terminal: &Terminal) {
    let raw = String::from_utf8(terminal.raw()).unwrap();
    for (sequence, forbidden) in SEQUENCES {
        assert!(!raw.contains(forbidden), "{sequence:?} was written");
    }
    let control = raw.chars().find(|char| matches!(char, '\u{7f}'..='\u{9f}' | '\u{e0000}'..='\u{e007f}' | '\u{7}'));
    assert_eq!(control, None);
    assert_eq!(terminal.effects(), [""; 0]);
    assert!(!terminal.with_screen(Screen::alternate_screen));
}

/// Returns the rows of the screen, without the spaces at their ends.
fn rows(screen: &Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_of_the_model_do_not_reach_the_terminal() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let text = format!(
        "before {0}middle {0}**bold{0}**\n\n```{0}rust\nlet x = \"{0}\";\n```\n| a{0} |\n|---|\n| b |\n\nafter",
        hostile()
    );
    claude.respond(MockResponse::text(&text).thinking(&text));
    // Each sequence is split over events.
    claude.respond(MockResponse::text(format!("again {} done", hostile())).chunked(1_000));
    claude.respond(MockResponse::error(400, "invalid_request_error", format!("refused {}", hostile())));
    let terminal = home.ready(&["--no-mcp", "--show-thinking"]);
    terminal.ask("first", "after");
    let screen = terminal.screen();
    assert!(screen.contains("before middle bold\n") && screen.contains("let x = \"\";"), "{screen}");
    terminal.ask("second", "again  done");
    terminal.ask("third", "refused");
    assert_harmless(&terminal);
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_of_tools_do_not_reach_the_terminal() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("a.txt"), format!("one {}\ntwo\n", hostile())).unwrap();
    let view =
        |path: &str| MockResponse::tool_use("str_replace_based_edit_tool", json!({"command": "view", "path": path}));
    claude.respond(view("a.txt"));
    claude.respond(view(&format!("{}.txt", hostile())));
    claude.respond(MockResponse::tool_use("unknown", json!({hostile(): hostile()})));
    claude.respond(MockResponse::text("all read"));
    let create = json!({"command": "create", "path": "b.txt", "file_text": hostile()});
    claude.respond(MockResponse::tool_use("str_replace_based_edit_tool", create));
    claude.respond(MockResponse::text("all written"));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.ask("read", "all read");
    for number in ["1", "2", "3"] {
        terminal.ask(&format!("/details {number}"), "arguments");
    }
    terminal.enter("write");
    terminal.wait_for("allow?");
    // The user sees what would be written.
    assert!(terminal.screen().contains(r"\u202e"), "{}", terminal.screen());
    terminal.send("y");
    terminal.wait_for("all written");
    terminal.wait_for_prompt();
    assert_harmless(&terminal);
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_in_a_prompt_do_not_reach_the_terminal_later() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let (code, _, _) = {
        claude.respond(MockResponse::text(format!("stored {}", hostile())));
        home.run(&["-p", "--session", "s1", "title"], &hostile())
    };
    assert_eq!(code, 0);
    let terminal = home.ready(&["--no-mcp", "--session", "s1"]);
    terminal.wait_for("stored");
    terminal.ask("/sessions", "title");
    assert_harmless(&terminal);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_colour_nothing_is_styled() {
    let claude = MockServer::start().await.unwrap();
    for (arguments, variable) in [(&["--no-mcp"][..], "1"), (&["--no-mcp", "--color", "never"], "")] {
        let home = Home::from(Program::new(&claude).env("NO_COLOR", variable));
        claude.respond(MockResponse::text("# Title\n\n**bold** `code`\n\n```rust\nlet x = 1;\n```\nend"));
        let terminal = home.ready(arguments);
        terminal.ask("Hello", "end");
        terminal.ask("/help", "Command");
        let screen = terminal.screen();
        assert!(
            screen.contains("# Title") && screen.contains("**bold** `code`") && screen.contains("```rust"),
            "{screen}"
        );
        terminal.with_screen(|screen| {
            let (rows, columns) = screen.size();
            for (row, column) in (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column))) {
                let cell = screen.cell(row, column).unwrap();
                let is_plain = !cell.bold() && !cell.dim() && !cell.italic() && !cell.underline() && !cell.inverse();
                assert!(
                    is_plain && cell.fgcolor() == vt100::Color::Default,
                    "{:?} at {row}, {column}",
                    cell.contents()
                );
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_can_be_forced() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::from(Program::new(&claude).env("NO_COLOR", "1"));
    claude.respond(MockResponse::text("`code` here"));
    let terminal = home.ready(&["--no-mcp", "--color", "always"]);
    terminal.ask("Hello", "code here");
    let color = terminal.with_screen(|screen| {
        let row = rows(screen).iter().position(|row| row == "code here").unwrap();
        screen.cell(row.try_into().unwrap(), 0).unwrap().fgcolor()
    });
    assert_eq!(color, vt100::Color::Idx(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn text_follows_the_width_of_the_window() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let words = (0..40).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ");
    claude.respond(MockResponse::text(format!("{words} first")));
    claude.respond(MockResponse::text(format!("{words} second")).chunked(30));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("one", "first");
    for columns in [40, 90] {
        terminal.resize(40, columns);
        claude.respond(MockResponse::text(format!("{words} end{columns}")).chunked(30));
        terminal.ask("again", if columns == 40 { "second" } else { "end40" });
        let rows = terminal.with_screen(rows);
        let text: Vec<_> = rows
            .iter()
            .rev()
            .skip_while(|row| !row.contains("word39"))
            .take_while(|row| row.contains("word"))
            .collect();
        let widest = text.iter().map(|row| row.len()).max().unwrap();
        assert!(
            widest <= usize::from(columns) && widest > usize::from(columns) - 10,
            "{widest} of {columns}: {rows:#?}"
        );
        let shown: Vec<&str> =
            text.iter().rev().flat_map(|row| row.split(' ')).filter(|word| word.starts_with("word")).collect();
        assert_eq!(shown.join(" "), words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_characters_stay_in_their_columns() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let sentence = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
    let table = "| 名前 | n |\n|---|--:|\n| 東京タワー | 333 |\n| 🦀 crab | 1 |\n";
    claude.respond(MockResponse::text(format!("{}\n\n{table}\n終わり", sentence.repeat(3))).byte_chunks(5));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.resize(40, 60);
    terminal.ask("こんにちは", "終わり");
    terminal.with_screen(|screen| {
        let shown = rows(screen);
        let text: String = shown.iter().filter(|row| row.contains(['猫', '無', '生', '見', '当'])).cloned().collect();
        assert_eq!(text, sentence.repeat(3), "{shown:#?}");
        assert!(shown.iter().all(|row| !row.starts_with(['。', '、'])), "{shown:#?}");
        // The borders of the table are in the same columns in all rows.
        let borders = |row: u16| (0..60).filter(move |&column| screen.cell(row, column).unwrap().contents() == "│");
        let in_table = (0..40).filter(|&row| borders(row).count() == 3).map(|row| borders(row).collect::<Vec<_>>());
        let places: Vec<Vec<u16>> = in_table.collect();
        assert_eq!(places.len(), 3, "{shown:#?}");
        assert!(places.iter().all(|place| *place == places[0]), "{shown:#?}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_code_block_is_printed_once() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let line = |number: usize| format!("fn f{number}() {{ let s = \"{}\"; }}", "x".repeat(number % 150));
    let code: String = (0..300).map(|number| line(number) + "\n").collect();
    claude.respond(MockResponse::text(format!("Here:\n\n```rust\n{code}```\n\nThat was it.")).chunked(500));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("Write much", "That was it.");
    let raw = String::from_utf8(terminal.raw()).unwrap();
    // Without styles, each line was written exactly once.
    let plain: String = raw
        .split('\u{1b}')
        .map(|part| {
            part.strip_prefix('[')
                .and_then(|part| part.split_once(|char: char| char.is_ascii_alphabetic()))
                .map_or(part, |(_, text)| text)
        })
        .collect();
    for line in code.lines() {
        assert_eq!(plain.matches(line).count(), 1, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_text_is_clean_however_it_arrives() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let text = format!("a{0}b\tc {0}日本語 👩‍👩‍👧\n\n```\n{0}x\n```", hostile());
    for pieces in [1, 7, 1_000] {
        claude.respond(MockResponse::text(&text).chunked(pieces));
        let (code, out, err) = home.run(&["-p", "--color", "always", "Hello"], "");
        assert_eq!((code, out.as_str(), err.as_str()), (0, "ab\tc 日本語 👩‍👩‍👧\n\n```\nx\n```\n", ""));
    }
}
