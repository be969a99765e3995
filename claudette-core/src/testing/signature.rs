//! The signatures of thinking blocks.
//!
//! The API's signatures are opaque and bound to the block. The mock server's signature is a digest of the text, so it
//! can detect a block whose text was changed. Signatures from elsewhere are accepted.

const MARK: &str = "EqMockServer";

/// Signs a thinking text.
pub(super) fn sign(thinking: &str) -> String {
    format!("{MARK}{:016x}", digest(thinking))
}

/// Returns `true` if `signature` was made by [`sign`] for another text than `thinking`.
pub(super) fn contradicts(signature: &str, thinking: &str) -> bool {
    signature.starts_with(MARK) && signature != sign(thinking)
}

/// Computes FNV-1a, which is stable across builds, unlike the hasher of the standard library.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
