//! [`suggest`]: which of the known names was probably meant.

/// The one of `names` that differs from `wrong` by little more than a slip of the pen.
pub(crate) fn suggest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.into_iter().filter_map(|name| {
        let length = name.chars().count();
        // Of a name of one letter nothing would be left.
        let most = (length.max(3) / 3).min(length.checked_sub(1)?);
        // A name that is much longer is no slip, and may be megabytes.
        let is_longer = wrong.chars().nth(length + most).is_some();
        (!is_longer).then(|| (distance(wrong, name), name)).filter(|(distance, _)| *distance <= most)
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// How many characters have to be put in, taken out or replaced; upper and lower case count as one.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    // One row of the usual table: the distance of what was read of `a` to every beginning of `b`.
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
    fn a_slip_is_found_and_another_word_is_not() {
        let names = ["get_weather", "sums", "a"];
        assert_eq!(suggest("get_wether", names), Some("get_weather"));
        assert_eq!(suggest("Sum", names), Some("sums"));
        assert_eq!(suggest("checksum", names), None);
        assert_eq!(suggest("b", names), None);
        assert_eq!(suggest("", []), None);
        assert_eq!(suggest(&"sums".repeat(10_000_000), names), None);
    }
}
