//! The one place where randomness becomes secrets. Of those that open an account
//! only the hash is stored, so that a stolen database opens no door; invite codes
//! and the tokens that end mails are shown again, and stand there as they are.

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

/// A name for a file that somebody brings: 96 random bits that nobody guesses,
/// and a mark by which [`is_file_of`] knows whose it is. In hexadecimal.
pub fn file_name(owner: i64) -> String {
    let random: String = random::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{random}{}", mark(&random, owner))
}

/// Whether [`file_name`] made this name for this account.
pub fn is_file_of(name: &str, owner: i64) -> bool {
    let is_hexadecimal = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    name.len() == 32 && is_hexadecimal && name[24..] == mark(&name[..24], owner)
}

fn mark(random: &str, owner: i64) -> String {
    hash(&format!("{random}.{owner}"))[..8].to_owned()
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
    fn a_file_name_tells_whose_it_is() {
        let name = file_name(7);
        assert!(is_file_of(&name, 7) && !is_file_of(&name, 8));
        for wrong in ["", "../../etc/passwd", &name[1..], &name.to_uppercase(), &"é".repeat(16)] {
            assert!(!is_file_of(wrong, 7), "{wrong}");
        }
    }

    #[test]
    fn readable_codes_have_the_length_asked_for() {
        assert_eq!(readable(10).len(), 10);
        assert!(readable(50).bytes().all(|byte| READABLE.contains(&byte)));
    }
}
