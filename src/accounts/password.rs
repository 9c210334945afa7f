//! Passwords: hashed with Argon2id (OWASP: 19 MiB, 2 passes, 1 lane), away from
//! the async threads, at most two at a time, so that a flood of log-ins slows
//! nobody but itself; whoever comes when many wait is told to come again.

use std::sync::{Arc, LazyLock};

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::web::Problem;

/// Shortest password, in characters.
pub const SHORTEST: usize = 8;
/// Longest password, in characters: longer ones are no passwords but attacks.
pub const LONGEST: usize = 200;
const AT_A_TIME: usize = 2;
/// So many are being compared or wait for it: a few seconds of work.
const MOST_AT_ONCE: usize = 100;
/// Until their turns are over, in seconds.
const BUSY: Error = Error::Busy { seconds: 5 };

/// Passwords that everybody tries first.
const COMMON: &[&str] = &[
    "password",
    "password1",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "11111111",
    "00000000",
    "88888888",
    "qwertyui",
    "qwerty123",
    "qwertyuiop",
    "abcd1234",
    "abc12345",
    "iloveyou",
    "sayangku",
    "indonesia",
    "katasandi",
    "rahasia1",
    "bismillah",
    "kostticket",
    "kost1234",
    "admin123",
    "administrator",
    "letmein1",
    "welcome1",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "1q2w3e4r",
    "1qaz2wsx",
    "zaq12wsx",
    "asdfghjk",
    "87654321",
    "987654321",
    "123123123",
    "11223344",
    "12341234",
    "a1b2c3d4",
    "anakkost",
    "doraemon",
    "persija1",
];

/// A new password: long enough, not everybody's first guess, not the username.
pub fn parse_password(text: &str, username: &str) -> Result<String, Problem> {
    match text.chars().count() {
        0 => return Err(Problem::Required),
        length if length < SHORTEST => return Err(Problem::TooShort(SHORTEST)),
        length if length > LONGEST => return Err(Problem::TooLong(length - LONGEST)),
        _ => {}
    }
    let lower = text.to_lowercase();
    let repeats = lower.chars().all(|c| lower.starts_with(c));
    if repeats
        || COMMON.contains(&lower.as_str())
        || (!username.is_empty() && lower == username.to_lowercase())
    {
        return Err(Problem::PasswordTooCommon);
    }
    Ok(text.to_owned())
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// Those who have a turn, and those who wait for one.
    places: Arc<Semaphore>,
}

/// What an unknown name is checked against, so that it takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let argon2 = Passwords::new().argon2;
    argon2
        .hash_password(b"nobody has this password")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

impl Passwords {
    /// With the parameters of a real installation.
    #[expect(clippy::expect_used, reason = "constants that Argon2 accepts")]
    pub fn new() -> Passwords {
        let params = Params::new(19 * 1024, 2, 1, None).expect("valid parameters");
        Passwords {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            places: Arc::new(Semaphore::new(MOST_AT_ONCE)),
        }
    }

    /// The hash to store, as a PHC string.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String> {
        let argon2 = self.argon2.clone();
        self.in_turn(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| anyhow!("password hash: {error}").into())
    }

    /// Whether the password is the one that was hashed. Without a hash it takes
    /// as long and answers no.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let argon2 = self.argon2.clone();
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let matches = PasswordHash::new(&hash)
                .is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok());
            known && matches
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| BUSY)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|closed| anyhow!(closed))?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
            result
        });
        done.await.map_err(|error| anyhow!("password hash: {error}").into())
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("tiga kata acak".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("tiga kata acak".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("tiga kata".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this password".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_comes_when_many_wait_is_told_to_come_again() {
        let passwords = Passwords::new();
        let turns = passwords.turns.clone().acquire_many_owned(AT_A_TIME as u32).await.unwrap();
        let mut waiting: Vec<_> = (0..MOST_AT_ONCE)
            .map(|_| Box::pin(passwords.verify("salah".to_owned(), None)))
            .collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        let refused = passwords.verify("salah".to_owned(), None).await;
        assert!(matches!(refused, Err(Error::Busy { .. })));
        drop((turns, waiting));
        assert!(!passwords.verify("salah".to_owned(), None).await.unwrap());
    }

    #[test]
    fn guesses_that_everybody_makes_are_refused() {
        assert_eq!(parse_password("KataSandi", "rani"), Err(Problem::PasswordTooCommon));
        assert_eq!(parse_password("ranipuspita", "RaniPuspita"), Err(Problem::PasswordTooCommon));
        assert_eq!(parse_password("aaaaaaaaa", "rani"), Err(Problem::PasswordTooCommon));
        assert_eq!(parse_password("pendek", "rani"), Err(Problem::TooShort(8)));
        assert!(parse_password("kursi biru hujan", "rani").is_ok());
    }
}
