//! Ids shaped like GUIDs. They are made from the seed, without randomness and without a clock.

use sha2::{Digest, Sha256};

/// The id that belongs to these words under this seed. The same words give the same id.
pub(crate) fn guid(seed: u64, words: &[&str]) -> String {
    let text = hex(&digest(seed, words));
    let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..32]];
    parts.join("-")
}

/// A number from 0 to 1, 1 excluded, drawn for these words from this seed.
pub(crate) fn chance(seed: u64, words: &[&str]) -> f64 {
    let [a, b, c, d, ..] = digest(seed, words);
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

/// The request log has this instead of a body.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Ids are compared without regard to ASCII case, since services print GUIDs in either.
pub(crate) fn fold(id: &str) -> String {
    id.to_ascii_lowercase()
}

fn digest(seed: u64, words: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for word in words {
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word.as_bytes());
    }
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_apart() {
        let id = guid(0, &["a", "bc"]);
        assert_eq!(id.len(), 36);
        assert_ne!(id, guid(0, &["ab", "c"]));
        assert_ne!(id, guid(1, &["a", "bc"]));
        assert_eq!(id, guid(0, &["a", "bc"]));
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert!(sha256(b"").starts_with("e3b0c44298fc1c14"));
    }
}
