//! [`Plain`]: removes control sequences from untrusted text before it is printed to a terminal.

/// Removes control sequences from a text that arrives in pieces: ANSI escape sequences, operating system commands (OSC)
/// such as window titles, and all control characters except line ends and tabs. Models and tools may repeat such
/// sequences from untrusted sources.
///
/// A sequence may begin in one piece and end in another.
#[derive(Debug, Default)]
pub struct Plain(Place);

/// The position inside a sequence
/// ([ECMA-48](https://ecma-international.org/publications-and-standards/standards/ecma-48/)).
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// In a sequence such as `ESC [ 31 m`.
    Sequence,
    /// In a string such as `ESC ] 0 ; title BEL`. A line end ends the string.
    String,
}

impl Plain {
    /// Returns the next piece without control sequences.
    pub fn piece(&mut self, piece: &str) -> String {
        piece.chars().filter(|char| self.is_visible(*char)).collect()
    }

    fn is_visible(&mut self, char: char) -> bool {
        self.0 = match (self.0, char) {
            (_, '\x1b') | (Place::Escape, ' '..='/') => Place::Escape,
            (_, '\u{9b}') | (Place::Escape, '[') | (Place::Sequence, ' '..='?') => Place::Sequence,
            (_, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') | (Place::Escape, ']' | 'P' | 'X' | '^' | '_') => {
                Place::String
            }
            // The last character of the sequence.
            (Place::Escape | Place::Sequence, '0'..='~') | (Place::String, '\x07' | '\x18' | '\x1a' | '\u{9c}') => {
                self.0 = Place::Text;
                return false;
            }
            (Place::String, char) if char != '\n' => Place::String,
            _ => Place::Text,
        };
        matches!(self.0, Place::Text) && (!char.is_control() || char == '\n' || char == '\t')
    }
}

/// Returns a whole text without control sequences.
pub fn plain(text: &str) -> String {
    Plain::default().piece(text)
}
