//! Text of a peer: removes characters that hide or change text for a person or a model.

use std::borrow::Cow;

/// Removes everything invisible from text of a peer: control characters except `\n` and `\t`, terminal escape sequences
/// as a whole, bidirectional controls, zero-width characters, variation selectors and tags.
///
/// A server can hide instructions for the model in such characters, or rewrite the terminal of a person. Some of them
/// also have honest uses: joined emoji fall apart into their parts, and Persian text loses its non-joiners. Line and
/// paragraph separators become `\n`. Text without such characters is borrowed.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    keep(text, is_plain)
}

/// Removes control characters except `\n`, `\r` and `\t`, terminal escape sequences, bidirectional controls and tags.
///
/// For data such as the content of a file: characters that honest texts contain are kept, so the model can repeat the
/// text exactly.
pub(crate) fn clean_data(text: &str) -> Cow<'_, str> {
    keep(text, |character| match character {
        '\r' | '\u{2028}' | '\u{2029}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e0fff}' => false,
        character => !character.is_control() || is_plain(character),
    })
}

/// Removes escape sequences, and the characters that are not to be kept.
fn keep(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_kept) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(length) = sequence(rest) {
            rest = &rest[length..];
            continue;
        }
        rest = &rest[next.len_utf8()..];
        match next {
            next if is_kept(next) => cleaned.push(next),
            '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            _ => {}
        }
    }
    Cow::Owned(cleaned)
}

/// Cleans text and makes it one line of at most `max_chars` characters. A cut text ends with `…`.
pub(crate) fn clean_line(text: &str, max_chars: usize) -> Cow<'_, str> {
    let cleaned = clean(text);
    let is_line = !cleaned.starts_with(char::is_whitespace)
        && !cleaned.ends_with(char::is_whitespace)
        && !cleaned.contains(|letter: char| letter.is_whitespace() && letter != ' ')
        && !cleaned.contains("  ");
    let line = if is_line { cleaned } else { Cow::Owned(cleaned.split_whitespace().collect::<Vec<_>>().join(" ")) };
    if line.chars().nth(max_chars).is_none() {
        return line;
    }
    let kept: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    Cow::Owned(if max_chars == 0 { kept } else { kept.trim_end().to_owned() + "…" })
}

/// Cuts text at a character boundary so that it has at most `max_bytes` bytes.
pub(crate) fn cut(text: &str, max_bytes: usize) -> &str {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns `true` if a character is visible, or white space that is shown.
fn is_plain(character: char) -> bool {
    !matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' // controls
        | '\u{2028}' | '\u{2029}'                                   // separators
        | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // directions
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}') // tags, and more variation selectors
}

/// Returns the length of the terminal escape sequence at the start of a text, if there is one.
///
/// A sequence that never ends stops before the next line, so it cannot take the rest of the text with it.
fn sequence(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    let (_, first) = letters.next()?;
    let introducer = match first {
        '\u{1b}' => match letters.next() {
            Some((_, second @ ('[' | ']' | 'P' | 'X' | '^' | '_'))) => second,
            // An escape with intermediate characters, such as the choice of a character set.
            Some((_, ' '..='/')) => '(',
            Some((at, second @ '0'..='~')) => return Some(at + second.len_utf8()),
            _ => return Some(first.len_utf8()),
        },
        '\u{9b}' => '[',
        '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => ']',
        _ => return None,
    };
    let is_string = !matches!(introducer, '[' | '(');
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' => return Some(at),
            '\u{7}' | '\u{9c}' if is_string => return Some(at + letter.len_utf8()),
            // The end of a string is an escape and a backslash. Any other escape begins the next sequence.
            '\u{1b}' => match letters.peek() {
                Some((end, '\\')) if is_string => return Some(end + 1),
                _ => return Some(at),
            },
            _ if is_string => {}
            ' '..='/' => {}
            '0'..='?' if introducer == '[' => {}
            '0'..='~' => return Some(at + 1),
            _ => return Some(at),
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_go_as_a_whole() {
        for (dirty, plain) in [
            ("\x1b[31mred\x1b[0m", "red"),
            ("\u{9b}2Jgone", "gone"),
            ("a\x1b]0;title\x07b", "ab"),
            ("a\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
            ("a\x1bP1$q\"p\x1b\\b", "ab"),
            ("a\u{9d}52;c;aGk=\u{9c}b", "ab"),
            ("\x1b(Bascii\x1bc", "ascii"),
            ("open \x1b]0;never ends\nnext line", "open \nnext line"),
            ("\x1b[31", ""),
            ("\x1b", ""),
            ("\x1b[1\u{e9}", "\u{e9}"),
        ] {
            assert_eq!(clean(dirty), plain, "{dirty:?}");
        }
    }

    #[test]
    fn hidden_characters_go() {
        let tags: String = "ignore".chars().map(|letter| char::from_u32(0xe0000 + letter as u32).unwrap()).collect();
        assert_eq!(clean(&format!("a{tags}b")), "ab");
        assert_eq!(clean("user\u{202e}gpj.exe\u{2066}x\u{2069}\u{200b}\u{feff}\u{ad}"), "usergpj.exex");
        assert_eq!(clean("a\r\nb\u{2028}c\0\td"), "a\nb\nc\td");
        assert_eq!(clean("\u{1f468}\u{200d}\u{1f469} \u{2764}\u{fe0f}"), "\u{1f468}\u{1f469} \u{2764}");
    }

    #[test]
    fn data_is_changed_as_little_as_possible() {
        let data = "a\r\n\tb \u{1f468}\u{200d}\u{1f469} \u{2764}\u{fe0f} \u{feff}c\u{ad}\u{2028}";
        assert!(matches!(clean_data(data), Cow::Borrowed(_)));
        assert_eq!(clean_data("\x1b[31mred\x1b[0m\0 \u{202e}x\u{2069}\u{e0041}\u{7f}\r\n"), "red x\r\n");
    }

    #[test]
    fn a_line_is_cut() {
        assert_eq!(clean_line(" a\n\t b\u{3000}c ", 99), "a b c");
        assert_eq!(clean_line("abcdef", 6), "abcdef");
        assert_eq!(clean_line("abcdefg", 6), "abcde…");
        assert_eq!(clean_line("äöü", 1), "…");
        assert_eq!(clean_line("äöü", 0), "");
        assert!(matches!(clean_line("plain text", 10), Cow::Borrowed(_)));
        assert_eq!(cut("aä", 2), "a");
        assert_eq!(cut("aä", 9), "aä");
    }

    /// Text in which everything that `clean` removes is frequent.
    fn dirty() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<char>().prop_map(String::from),
            (0..0xa0_u8).prop_map(|byte| char::from(byte).to_string()),
            (0x2000..0x2070_u32).prop_map(|code| char::from_u32(code).unwrap().to_string()),
            (0xe0000..0xe0200_u32).prop_map(|code| char::from_u32(code).unwrap().to_string()),
            prop::sample::select(vec!["\x1b[", "\x1b]", "\x1b\\", "\x1b", "0;", "m", "\\", "\x07", "[", "]", "\n"])
                .prop_map(String::from),
        ];
        prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    /// Written apart from `is_plain`: the kinds of characters that must never be left.
    fn is_hidden(letter: char) -> bool {
        (letter.is_control() && letter != '\n' && letter != '\t')
            || matches!(u32::from(letter), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff)
            || (0xe0000..0xe1000).contains(&u32::from(letter))
    }

    proptest! {
        #[test]
        fn cleaned_text_hides_nothing_and_stays(text in dirty()) {
            let cleaned = clean(&text).into_owned();
            prop_assert!(!cleaned.contains(is_hidden), "{cleaned:?}");
            prop_assert!(matches!(clean(&cleaned), Cow::Borrowed(same) if same == cleaned));
            // Letters are only removed, never added or reordered.
            let text = text.replace(['\u{2028}', '\u{2029}'], "\n");
            let mut left = text.chars();
            prop_assert!(cleaned.chars().all(|letter| left.any(|other| other == letter)));
        }

        #[test]
        fn plain_text_is_borrowed(text in "[\\PC\n\t&&[^\\p{Default_Ignorable_Code_Point}\\p{Zl}\\p{Zp}]]{0,40}") {
            prop_assert!(matches!(clean(&text), Cow::Borrowed(same) if same == text), "{text:?}");
        }

        #[test]
        fn a_line_is_one_line_and_short(text in dirty(), most in 0..20_usize) {
            let line = clean_line(&text, most).into_owned();
            prop_assert!(line.chars().count() <= most);
            prop_assert!(!line.contains(is_hidden) && !line.contains(['\n', '\t']));
            prop_assert_eq!(clean_line(&line, most), line.as_str());
        }
    }
}
