//! The signature of a thinking block.
//!
//! The real one is opaque and bound to the block. This one is a digest of the text, so that a block whose text was
//! changed on its way back is found out, while signatures made elsewhere are left alone.

const MARK: &str = "EqMockServer";

/// Signs a thinking text.
pub(super) fn sign(thinking: &str) -> String {
    format!("{MARK}{:016x}", digest(thinking))
}

/// Whether `signature` was made here, for another text than `thinking`.
pub(super) fn contradicts(signature: &str, thinking: &str) -> bool {
    signature.starts_with(MARK) && signature != sign(thinking)
}

/// FNV-1a: stable across builds, unlike the hasher of the standard library.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
