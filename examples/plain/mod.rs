//! [`Plain`]: text by somebody else, for a terminal: without the control sequences that a terminal would obey.

/// Removes control sequences from a text that comes in pieces: ANSI escape sequences, window titles and the like (OSC), and
/// all control characters but line ends and tabs. Model and tools repeat what they have read, and anybody may have written
/// that.
///
/// A sequence may begin in one piece and end in another.
#[derive(Debug, Default)]
pub struct Plain(Place);

/// Where the text is ([ECMA-48](https://ecma-international.org/publications-and-standards/standards/ecma-48/)).
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// In a sequence such as `ESC [ 31 m`.
    Sequence,
    /// In a string such as `ESC ] 0 ; title BEL`. No line end is part of one.
    String,
}

impl Plain {
    /// The next piece, without what is not to be shown.
    pub fn piece(&mut self, piece: &str) -> String {
        piece.chars().filter(|char| self.shows(*char)).collect()
    }

    fn shows(&mut self, char: char) -> bool {
        self.0 = match (self.0, char) {
            (_, '\x1b') | (Place::Escape, ' '..='/') => Place::Escape,
            (_, '\u{9b}') | (Place::Escape, '[') | (Place::Sequence, ' '..='?') => Place::Sequence,
            (_, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') | (Place::Escape, ']' | 'P' | 'X' | '^' | '_') => {
                Place::String
            }
            // Ends the sequence, and belongs to it.
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

/// A whole text, without what is not to be shown.
pub fn plain(text: &str) -> String {
    Plain::default().piece(text)
}
