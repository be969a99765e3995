//! [`undisguised`]: finds paths that only look as if they were harmless.

/// Decodes escapes and look-alike characters in a path.
///
/// No file system decodes them, so the result is only used to refuse suspicious paths.
pub(in crate::tool) fn undisguised(path: &str) -> String {
    const DISGUISES: &[(&str, &str)] = &[
        ("\u{2024}", "."),
        ("\u{2025}", ".."),
        ("\u{fe52}", "."),
        ("\u{ff0e}", "."),
        ("\u{2044}", "/"),
        ("\u{2215}", "/"),
        ("\u{29f8}", "/"),
        ("\u{ff0f}", "/"),
        ("\u{ff05}", "%"),
        ("%25", "%"),
        ("%00", "\0"),
        ("%2e", "."),
        ("%c0%ae", "."),
        ("%2f", "/"),
        ("%c0%af", "/"),
        ("%5c", "\\"),
    ];
    // A path may be encoded more than once.
    (0..3).fold(path.to_lowercase(), |path, _| {
        DISGUISES.iter().fold(path, |path, (disguise, plain)| path.replace(disguise, plain))
    })
}
