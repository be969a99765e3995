//! Sizes of files for the model.

/// Formats a number of bytes like `ls -h`: `512B`, `4K`, `1.5M`.
pub(in crate::tool) fn in_short(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, 'B');
    for larger in ['K', 'M', 'G', 'T'] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    let size = format!("{size:.1}");
    format!("{}{unit}", size.strip_suffix(".0").unwrap_or(&size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1023, 1024, 1536, 5 << 20, 3 << 40, u64::MAX].map(in_short);
        assert_eq!(sizes, ["0B", "1023B", "1K", "1.5K", "5M", "3T", "16777216T"]);
    }
}
