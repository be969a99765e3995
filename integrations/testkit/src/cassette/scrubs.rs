//! [`Scrubs`]: texts that are replaced before anything is stored or compared.

use std::borrow::Cow;
use std::time::Duration;

use super::interaction::Piece;

/// Texts, and their replacements. Inside JSON, a text is found in its escaped form too.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrubs(Vec<(String, String)>);

impl Scrubs {
    pub(super) fn add(&mut self, text: String, replacement: String) {
        if text.is_empty() {
            return;
        }
        let in_json = escaped(&text);
        if in_json != text {
            self.0.push((in_json, escaped(&replacement)));
        }
        self.0.push((text, replacement));
    }

    pub(super) fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for (from, to) in &self.0 {
            if text.contains(from) {
                text = text.replace(from, to).into();
            }
        }
        text
    }

    /// Replaces the texts in a body, and moves the borders of its pieces accordingly. A border inside a replaced text
    /// moves to the end of its replacement.
    pub(super) fn apply_to_pieces(&self, body: &str, pieces: &[Piece]) -> (String, Vec<Piece>) {
        let mut body = body.to_owned();
        let mut ends: Vec<usize> = pieces
            .iter()
            .scan(0, |end, piece| {
                *end += piece.bytes;
                Some(*end)
            })
            .collect();
        for (from, to) in &self.0 {
            let (mut out, mut read) = (String::with_capacity(body.len()), 0);
            let mut moved = ends.clone();
            for (start, _) in body.match_indices(from) {
                out.push_str(&body[read..start]);
                out.push_str(to);
                read = start + from.len();
                for (end, moved) in ends.iter().zip(&mut moved).filter(|(end, _)| **end > start) {
                    // The latest replacement before the border decides.
                    *moved = out.len() + end.saturating_sub(read);
                }
            }
            if read > 0 {
                out.push_str(&body[read..]);
                (body, ends) = (out, moved);
            }
        }
        let mut start = 0;
        let resized = pieces.iter().zip(ends).map(|(piece, end)| {
            let bytes = end - start;
            start = end;
            Piece { bytes, ..*piece }
        });
        // A piece that lies within a replaced text is empty; its pause belongs to the next one.
        let (mut kept, mut pause) = (Vec::new(), Duration::ZERO);
        for piece in resized {
            pause += piece.wait;
            if piece.bytes > 0 {
                kept.push(Piece { wait: std::mem::take(&mut pause), ..piece });
            }
        }
        (body, kept)
    }
}

/// Returns the form that the text has inside a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(sizes: &[usize]) -> Vec<Piece> {
        sizes.iter().map(|bytes| Piece { wait: Duration::from_millis(1), bytes: *bytes }).collect()
    }

    #[test]
    fn escaped_and_plain_forms_are_replaced() {
        let mut scrubs = Scrubs::default();
        scrubs.add("C:\\home".into(), "HOME".into());
        assert_eq!(scrubs.apply(r#"C:\home and {"path":"C:\\home"}"#), r#"HOME and {"path":"HOME"}"#);
    }

    #[test]
    fn borders_move_with_the_text() {
        let mut scrubs = Scrubs::default();
        scrubs.add("secret".into(), "x".into());
        let (body, moved) = scrubs.apply_to_pieces("a secret b secret", &pieces(&[1, 4, 6, 6]));
        assert_eq!(body, "a x b x");
        let sizes: Vec<usize> = moved.iter().map(|piece| piece.bytes).collect();
        assert_eq!(sizes, [1, 2, 3, 1]);
    }

    proptest! {
        #[test]
        fn pieces_always_cover_the_body(text in "[ab]{0,40}", sizes in prop::collection::vec(1_usize..6, 0..20)) {
            let mut sizes = sizes;
            let mut left = text.len();
            for size in &mut sizes {
                *size = (*size).min(left);
                left -= *size;
            }
            sizes.push(left);
            let pieces: Vec<Piece> = pieces(&sizes).into_iter().filter(|piece| piece.bytes > 0).collect();
            let mut scrubs = Scrubs::default();
            scrubs.add("ab".into(), String::new());
            scrubs.add("bb".into(), "long".into());
            let (body, moved) = scrubs.apply_to_pieces(&text, &pieces);
            prop_assert_eq!(body.as_str(), scrubs.apply(&text));
            prop_assert_eq!(moved.iter().map(|piece| piece.bytes).sum::<usize>(), body.len());
            let waits = |pieces: &[Piece]| pieces.iter().map(|piece| piece.wait).sum::<Duration>();
            prop_assert!(waits(&moved) <= waits(&pieces));
        }
    }
}
