//! Tests of [`MarkdownStream`] on a terminal emulator.

use proptest::prelude::*;

use super::MarkdownStream;
use crate::render::theme::Theme;

fn render(text: &str, theme: &Theme) -> String {
    let mut stream = MarkdownStream::new(theme);
    stream.push(text) + &stream.finish()
}

fn plain(text: &str) -> String {
    render(text, &Theme::new(false, Some(40)))
}

fn terminal(rows: u16) -> vt100::Parser {
    let size = |cells| std::num::NonZero::new(cells).unwrap();
    vt100::Parser::new(size(rows), size(40), 0)
}

/// Returns the lines on the screen of a terminal with 40 columns.
fn screen(text: &str) -> String {
    let theme = Theme::new(true, Some(40));
    let mut terminal = terminal(200);
    terminal.process(render(text, &theme).replace('\n', "\r\n").as_bytes());
    let rows: Vec<String> = terminal.screen().rows(0, 40).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

#[test]
fn blocks_look_as_expected() {
    let cases = [
        ("# Title\nText **bold** `code`.", "Title\nText bold code."),
        ("Text\n## Part", "Text\n\nPart"),
        ("a\n\n\n\nb\n\n", "a\n\nb"),
        ("- one\n  - two\n- [x] done\n1. first", "• one\n  • two\n☑ done\n1. first"),
        ("> quoted\n>\n> - item", "│ quoted\n│\n│ • item"),
        ("---", "────────────────────────────────────────"),
        ("```rust\nfn main() {}\n\n```\nafter", "╭─ rust\nfn main() {}\n\n╰─\nafter"),
        ("- a\n  ```sh\n  ls\n    -l\n  ```", "• a\n  ╭─ sh\n  ls\n    -l\n  ╰─"),
        ("> ```\n> x\n> ```\ny", "│ ╭─\n│ x\n│ ╰─\ny"),
        ("```\nnever closed", "╭─\nnever closed\n╰─"),
        (
            "| a | b |\n|---|--:|\n| 1 | 22 |\nend",
            "┌─────┬─────┐\n│ a   │   b │\n├─────┼─────┤\n│ 1   │  22 │\n└─────┴─────┘\nend",
        ),
        ("| just a bar", "| just a bar"),
        (
            "- an item that is longer than the line of this terminal",
            "• an item that is longer than the line\n  of this terminal",
        ),
        ("see [docs](https://docs.rs)", "see docs (https://docs.rs)"),
    ];
    for (text, expected) in cases {
        assert_eq!(screen(text), expected, "{text:?}");
    }
}

#[test]
fn without_colour_the_marks_stay() {
    let text = "# Title\n\n- **bold** `code`\n- [ ] task\n\n> quote\n\n```rust\nlet x;\n```\n---\n";
    assert_eq!(plain(text), text);
}

#[test]
fn a_file_gets_the_text_unchanged() {
    let theme = Theme::new(false, None);
    let text = format!("{}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "long ".repeat(100).trim_end());
    assert_eq!(render(&text, &theme), text);
}

#[test]
fn text_appears_word_by_word() {
    let mut stream = MarkdownStream::new(&Theme::new(true, Some(40)));
    assert_eq!(stream.push("Hel"), "");
    assert_eq!(stream.push("lo wor"), "Hello");
    assert_eq!(stream.push("ld, this"), " world,");
    assert_eq!(stream.finish(), " this\n");
}

#[test]
fn code_appears_line_by_line() {
    let mut stream = MarkdownStream::new(&Theme::new(false, Some(40)));
    assert_eq!(stream.push("```x\nfirst\nsec"), "```x\nfirst\n");
    assert_eq!(stream.push("ond\n"), "second\n");
    assert_eq!(stream.push("```\n"), "```\n");
    assert_eq!(stream.finish(), "");
}

#[test]
fn a_narrow_terminal_shows_all_cells() {
    let theme = Theme::new(false, Some(20));
    let text = "| one | two | three | four |\n|-|-|-|-|\n| 1 | 2 | 3 | 4 |\n";
    assert_eq!(render(text, &theme), "one: 1\ntwo: 2\nthree: 3\nfour: 4\n");
}

#[test]
fn styles_reach_the_screen() {
    let theme = Theme::new(true, Some(40));
    let mut terminal = terminal(10);
    terminal.process(render("**b** *i* `c`", &theme).as_bytes());
    let cell = |column| terminal.screen().cell(0, column).unwrap();
    assert!(cell(0).bold() && !cell(0).italic());
    assert!(cell(2).italic() && !cell(2).bold());
    assert_eq!(cell(4).fgcolor(), vt100::Color::Idx(6));
}

#[test]
fn long_texts_take_little_time() {
    let texts = [
        "Some **bold** words and `code` with a [link](https://example.org). ".repeat(1_000),
        "-".repeat(50_000),
        "word".repeat(15_000),
        "| cell | **cell** |\n|---|---|\n".to_owned() + &"| 1 | `2` |\n".repeat(3_000),
        "*a _b `c [d ".repeat(5_000),
        "> ".repeat(1_000) + "text",
        "1. item\n".repeat(5_000),
    ];
    let start = std::time::Instant::now();
    for text in texts {
        let mut stream = MarkdownStream::new(&Theme::new(true, Some(80)));
        let mut size = 0;
        for piece in text.as_bytes().chunks(5) {
            size += stream.push(std::str::from_utf8(piece).unwrap()).len();
        }
        size += stream.finish().len();
        assert!(size > 100, "{size}");
        // Quadratic work would take minutes.
        assert!(start.elapsed().as_secs() < 30, "{:?} for {:?}", start.elapsed(), &text[..10]);
    }
}

/// Markdown that is made of the pieces that matter.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        "[a-z]{1,8} ",
        "(\\*|\\*\\*|`|_|~~|\\[|\\]\\(u\\)|\\\\|!|<)",
        "(- |  - |1\\. |> |# |### |---|```rust|```|~~~|\\|)",
        "\\| [a-z]{1,4} \\| [a-z*`]{1,12} \\|\n",
        Just("|---|:-:|\n".to_owned()),
        Just("日本語の文章。".to_owned()),
        Just("👩‍👩‍👧 ".to_owned()),
        Just("let x = \"y\"; // z".to_owned()),
        any::<char>().prop_filter("a control hides text", |char| !char.is_control()).prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// Returns a text without the escape sequences of styles.
fn unstyled(text: &str) -> String {
    crate::render::clean(text).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_give_the_same_text(text in markdown(), is_colored: bool, narrow: bool, size in 1usize..5) {
        let theme = Theme::new(is_colored, Some(if narrow { 20 } else { 60 }));
        let mut stream = MarkdownStream::new(&theme);
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = String::new();
        for piece in chars.chunks(size) {
            pieces += &stream.push(&String::from_iter(piece));
        }
        pieces += &stream.finish();
        prop_assert_eq!(pieces, render(&text, &theme));
    }

    #[test]
    fn all_words_are_shown(text in markdown(), is_colored: bool, width in 20usize..70) {
        let shown = unstyled(&render(&text, &Theme::new(is_colored, Some(width))));
        let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
        let (mut expected, mut shown) = (letters(&text), letters(&shown));
        // A table in one cell for each line repeats its headings, and a wrapped row interleaves its cells.
        if text.contains('|') {
            for letters in [&mut expected, &mut shown] {
                let mut sorted: Vec<char> = letters.chars().collect();
                sorted.sort_unstable();
                sorted.dedup();
                *letters = sorted.into_iter().collect();
            }
        }
        prop_assert_eq!(shown, expected);
    }

    #[test]
    fn only_styles_are_escapes(text in markdown(), escape in "[\u{1b}\u{9b}\u{9d}][\\[\\]P]?[0-9;]{0,4}[a-zA-Z]") {
        let rendered = render(&format!("{text}{escape}{text}"), &Theme::new(true, Some(60)));
        for sequence in rendered.split('\u{1b}').skip(1) {
            let style = sequence.strip_prefix('[').and_then(|rest| rest.split_once('m'));
            let is_number = |char: char| char.is_ascii_digit() || char == ';';
            prop_assert!(style.is_some_and(|(numbers, _)| numbers.chars().all(is_number)), "{:?}", sequence);
        }
        let controls = rendered.chars().filter(|char| char.is_control() && !['\n', '\t', '\u{1b}'].contains(char)).count();
        prop_assert_eq!(controls, 0);
        prop_assert_eq!(render(&text, &Theme::new(false, Some(60))).find('\u{1b}'), None);
    }

    #[test]
    fn no_line_of_words_is_too_wide(text in "((\\*\\*|`|_)?([a-z]{1,9}|日本語)(\\*\\*|`|_)?( |, |\\. )|- |\n){0,40}", width in 20usize..50) {
        for line in unstyled(&render(&text, &Theme::new(true, Some(width)))).lines() {
            let cells = crate::render::width::width(line);
            let is_one_word = !line.trim_start_matches(['•', ' ']).contains(' ');
            prop_assert!(cells <= width || is_one_word, "{line:?} takes {cells} cells");
        }
    }
}
