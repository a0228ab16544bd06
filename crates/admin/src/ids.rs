//! Ids, keys and times, from the clock and the randomness that were handed in (invariant I2).

use jiff::Timestamp;
use ulid::Ulid;
use waypost_types::{Secret, UnixMs};

use crate::{Admin, Random};

/// What every API key begins with.
pub const API_KEY_PREFIX: &str = "wp_";

const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A new API key from 256 random bits (S13): `wp_` and 43 characters of base64url.
pub fn new_api_key(random: &Random) -> Secret<String> {
    Secret::new(format!("{API_KEY_PREFIX}{}", text_of_256_bits(random)))
}

/// 256 random bits as 43 characters.
pub(crate) fn text_of_256_bits(random: &Random) -> String {
    let mut bytes = [0_u8; 32];
    random(&mut bytes);
    base64_url(&bytes)
}

/// Base64url (RFC 4648 §5) without padding.
pub(crate) fn base64_url(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(43);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            let index = group >> (18 - 6 * position) & 63;
            text.push(BASE64_URL.get(index as usize).map_or('A', |letter| char::from(*letter)));
        }
    }
    text
}

impl Admin {
    /// A new id that sorts by time.
    pub(crate) fn new_id(&self) -> String {
        let at = u64::try_from(self.clock.now().0).unwrap_or(0);
        Ulid::from_parts(at, u128::from_le_bytes(self.random_bytes())).to_string()
    }

    /// A random UUID (RFC 9562 version 4).
    pub(crate) fn new_uuid(&self) -> String {
        let bits = u128::from_le_bytes(self.random_bytes());
        let bits = bits & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
        let digits = format!("{bits:032x}");
        let mut text = String::with_capacity(36);
        for (index, digit) in digits.chars().enumerate() {
            if matches!(index, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        text
    }

    fn random_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        (self.random)(&mut bytes);
        bytes
    }
}

/// RFC 3339 in UTC, to the millisecond.
pub(crate) fn rfc3339(at: UnixMs) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_base64url_of_their_bits() {
        // RFC 4648 §10: "foobar" is Zm9vYmFy; the rest follows from zero bytes.
        let key = new_api_key(&|bytes: &mut [u8]| {
            bytes.fill(0);
            bytes[..6].copy_from_slice(b"foobar");
        });
        assert_eq!(*key.expose(), format!("wp_Zm9vYmFy{}", "A".repeat(35)));
        let key = new_api_key(&|bytes: &mut [u8]| bytes.fill(0xff));
        assert_eq!(*key.expose(), format!("wp_{}8", "_".repeat(42)));
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(rfc3339(UnixMs(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(UnixMs(1_777_000_000_120)), "2026-04-24T03:06:40.120Z");
    }
}
