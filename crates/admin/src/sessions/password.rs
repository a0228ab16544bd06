//! Passwords: argon2id, on a thread that may block, few at a time (S13). Each takes 19 MiB and some ten milliseconds.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use tokio::sync::Semaphore;
use waypost_types::Secret;

use crate::{
    Random,
    limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PASSWORD_WAIT_MAX, PASSWORDS_AT_ONCE_MAX},
    refusal::{Outcome, Refused, place},
};

/// How many passwords are being hashed.
pub(super) struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(PASSWORDS_AT_ONCE_MAX))
    }
}

impl Passwords {
    /// A password's hash in PHC form.
    pub(super) async fn hash(&self, password: Secret, random: &Random) -> Outcome<String> {
        let mut salt = [0; 16];
        random(&mut salt);
        // Opened on the thread that hashes it.
        self.run(move || Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt))
            .await?
            .map(|hash| hash.to_string())
            .map_err(|error| {
                tracing::error!(%error, "a password can't be hashed");
                Refused::internal()
            })
    }

    /// The password is the one of the hash.
    pub(super) async fn verify(&self, password: Secret, hash: String) -> Outcome<bool> {
        // Opened on the thread that compares it.
        self.run(move || Argon2::default().verify_password(password.expose().as_bytes(), hash.as_str()).is_ok()).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
        let busy = || Refused::unavailable("Too many people are signing in. Try again in a moment.");
        let permit = tokio::time::timeout(PASSWORD_WAIT_MAX, self.0.acquire()).await.map_err(|_| busy())?;
        let _permit = permit.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "the thread of a password ended");
            Refused::internal()
        })
    }
}

/// A new password is long enough to be one and short enough to be hashed.
pub(super) fn check(member: &str, password: &Secret) -> Outcome<()> {
    // Opened to measure it.
    let text = password.expose();
    let message = if text.chars().count() < PASSWORD_CHARS_MIN {
        format!("A password has at least {PASSWORD_CHARS_MIN} characters.")
    } else if text.len() > PASSWORD_BYTES_MAX {
        format!("A password has at most {PASSWORD_BYTES_MAX} bytes.")
    } else {
        return Ok(());
    };
    Err(Refused::value(place!["body", member], message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s13_passwords_are_argon2id() {
        let passwords = Passwords::default();
        let secret = |text: &str| Secret::new(text.to_owned());
        let hash = passwords.hash(secret("correct horse"), &|bytes: &mut [u8]| bytes.fill(7)).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(secret("correct horse"), hash.clone()).await.unwrap());
        assert!(!passwords.verify(secret("correct hors"), hash.clone()).await.unwrap());
        // A stored hash is no password (S13).
        assert!(!passwords.verify(secret(&hash), hash.clone()).await.unwrap());
        assert!(!passwords.verify(secret("x"), "no hash".to_owned()).await.unwrap());
    }
}
