//! The one place where randomness becomes secrets: tokens are random, and only
//! their hash is stored, so that a stolen database opens no door.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Letters of invite codes and references: no 0/O, 1/I/L, nor vowels that make words.
const READABLE: &[u8; 28] = b"23456789BCDFGHJKMNPQRSTVWXYZ";

/// A secret that its holder shows in a cookie or a link: 256 random bits, base64url.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// What is stored of a token: its SHA-256 in hexadecimal. A token has 256 bits
/// of entropy, so that a slow hash would add nothing.
pub fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `length` characters that can be read aloud over a telephone.
pub fn readable(length: usize) -> String {
    // 256 is no multiple of 28; the bias of 0.4 % matters neither for a
    // reference nor for a code behind a rate limit.
    (0..length.div_ceil(8))
        .flat_map(|_| random::<8>())
        .take(length)
        .map(|byte| char::from(READABLE[usize::from(byte) % READABLE.len()]))
        .collect()
}

/// A name for a stored file that nobody guesses: 128 random bits in hexadecimal.
pub fn file_name() -> String {
    random::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::expect_used, reason = "without the system's randomness nothing is safe to do")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hash_to_64_hexadecimal_digits() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 43);
        assert_eq!(hash("a").len(), 64);
    }

    #[test]
    fn readable_codes_have_the_length_asked_for() {
        assert_eq!(readable(10).len(), 10);
        assert!(readable(50).bytes().all(|byte| READABLE.contains(&byte)));
    }
}
