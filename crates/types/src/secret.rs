//! A value that cannot be printed (rule S06).

use std::fmt;

use zeroize::Zeroize;

/// Holds a secret: `Debug` and `Display` print `••••`, there is no `Serialize`, and the memory is overwritten when dropped. It
/// is opened only where an upstream request is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize = String>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a value in.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Name the reason where you call this.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// The last four characters, for people to tell keys apart; nothing of keys shorter than 12.
    pub fn preview(&self) -> String {
        let count = self.0.chars().count();
        if count < 12 {
            return "••••".to_owned();
        }
        format!("••••{}", self.0.chars().skip(count - 4).collect::<String>())
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_be_printed() {
        let secret = Secret::new("sk-canary-0123456789".to_owned());
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "•••• •••• Some(••••)");
        assert_eq!(secret.preview(), "••••6789");
        assert_eq!(Secret::new("short".to_owned()).preview(), "••••");
    }
}
