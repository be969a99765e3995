//! Questions: one key, or a short line.

use std::io;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal;
use reedline::{Reedline, Signal};

use super::edit_mode::CleanPaste;
use super::look::Look;
use crate::terminal::{discard_input, put};

/// Shows a question of one line, and waits for one of some keys, given as lower-case characters. Returns `None` for Ctrl-C,
/// Ctrl-D and Esc.
///
/// Keys that were typed before the question are discarded, because they cannot be an answer to it.
///
/// # Errors
/// Returns an error if the terminal cannot be read.
pub(crate) fn ask_key(question: &str, keys: &[char]) -> io::Result<Option<char>> {
    tokio::task::block_in_place(|| {
        terminal::enable_raw_mode()?;
        discard_input();
        let answer = put(question).and_then(|()| wait_for(keys));
        terminal::disable_raw_mode()?;
        answer
    })
}

fn wait_for(keys: &[char]) -> io::Result<Option<char>> {
    loop {
        if let Event::Key(key) = read()? {
            match answer(key, keys) {
                Key::Answer(char) => return Ok(Some(char)),
                Key::Cancel => return Ok(None),
                Key::Other => {}
            }
        }
    }
}

/// The meaning of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Answer(char),
    Cancel,
    Other,
}

fn answer(key: KeyEvent, keys: &[char]) -> Key {
    let char = match key.code {
        _ if key.kind == KeyEventKind::Release => return Key::Other,
        KeyCode::Esc => return Key::Cancel,
        KeyCode::Char(char) => char.to_ascii_lowercase(),
        _ => return Key::Other,
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return if matches!(char, 'c' | 'd') { Key::Cancel } else { Key::Other };
    }
    let is_answer = keys.contains(&char) && key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    if is_answer { Key::Answer(char) } else { Key::Other }
}

/// Reads a short line. Returns `None` for Ctrl-C and Ctrl-D.
///
/// # Errors
/// Returns an error if the terminal cannot be read.
pub(crate) fn ask_line(question: &'static str, is_colored: bool) -> io::Result<Option<String>> {
    let mut editor = Reedline::create()
        .with_edit_mode(Box::new(CleanPaste::new()))
        .with_ansi_colors(is_colored)
        .use_bracketed_paste(true);
    let signal = tokio::task::block_in_place(|| editor.read_line(&Look { text: question }))?;
    Ok(match signal {
        Signal::Success(text) => Some(text.trim().to_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_keys_are_answers() {
        let key = |char, modifiers| answer(KeyEvent::new(KeyCode::Char(char), modifiers), &['y', 'n']);
        assert_eq!(key('y', KeyModifiers::NONE), Key::Answer('y'));
        assert_eq!(key('N', KeyModifiers::SHIFT), Key::Answer('n'));
        assert_eq!(key('x', KeyModifiers::NONE), Key::Other);
        assert_eq!(key('y', KeyModifiers::CONTROL), Key::Other);
        assert_eq!(key('c', KeyModifiers::CONTROL), Key::Cancel);
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(answer(enter, &['y', 'n']), Key::Other);
    }
}
