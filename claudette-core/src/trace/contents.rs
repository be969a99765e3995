//! The size of contents in spans. Exporters and collectors refuse spans of several megabytes.

/// The maximum size of one attribute with contents, in bytes. It is the limit of the official SDKs.
pub(crate) const MOST: usize = 750_000;

/// Returns the beginning of a text with at most `most` bytes, and `true` if that is not all of it.
pub(crate) fn capped(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let end = (0..=most).rfind(|at| text.is_char_boundary(*at)).unwrap_or_default();
    (&text[..end], true)
}

/// Returns a JSON list of the last items that fit into `most` bytes, and `true` if that is not all of them. The items
/// are JSON texts, the oldest first.
pub(crate) fn newest(items: &[String], most: usize) -> (String, bool) {
    let mut size = "[]".len();
    // Each item needs a comma, except for the first.
    let fits = |item: &&String| {
        size += item.len() + 1;
        size <= most + 1
    };
    let kept = items.iter().rev().take_while(fits).count();
    let list = format!("[{}]", items[items.len() - kept..].join(","));
    (list, kept < items.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_items_are_cut_first() {
        let items = ["1", "22", "333"].map(str::to_owned);
        for (most, list) in [(2, "[]"), (4, "[]"), (5, "[333]"), (7, "[333]"), (8, "[22,333]"), (10, "[1,22,333]")] {
            assert_eq!(newest(&items, most), (list.to_owned(), most < 10), "{most}");
            assert!(list.len() <= most);
        }
        assert_eq!(newest(&[], 0), ("[]".to_owned(), false));
    }

    #[test]
    fn a_character_is_not_split() {
        assert_eq!(capped("aé", 3), ("aé", false));
        assert_eq!(capped("aé", 2), ("a", true));
        assert_eq!(capped("é", 1), ("", true));
    }
}
