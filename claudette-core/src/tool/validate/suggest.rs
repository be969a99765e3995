//! [`suggest`]: the known name that was probably meant.

/// Returns the name that is most similar to `wrong`, if the difference can be a typing error.
pub(crate) fn suggest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.into_iter().filter_map(|name| {
        let length = name.chars().count();
        // At least one letter of a name must match.
        let most = (length.max(3) / 3).min(length.checked_sub(1)?);
        // A much longer name is not a typing error, and can have megabytes.
        let is_longer = wrong.chars().nth(length + most).is_some();
        (!is_longer).then(|| (distance(wrong, name), name)).filter(|(distance, _)| *distance <= most)
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Returns the number of characters to insert, remove or replace, regardless of case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    // One row of the Levenshtein table: the distances from a prefix of `a` to each prefix of `b`.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_found_and_other_words_are_not() {
        let names = ["get_weather", "sums", "a"];
        assert_eq!(suggest("get_wether", names), Some("get_weather"));
        assert_eq!(suggest("Sum", names), Some("sums"));
        assert_eq!(suggest("checksum", names), None);
        assert_eq!(suggest("b", names), None);
        assert_eq!(suggest("", []), None);
        assert_eq!(suggest(&"sums".repeat(10_000_000), names), None);
    }
}
