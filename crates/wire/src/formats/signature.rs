//! Opaque signatures travelling through a format that is not their own.
//!
//! A provider that thinks signs what it thought and wants the signature back in the next turn of a tool loop. The caller
//! speaks another format, keeps whatever opaque text its own format has for this, and sends it back. So a foreign
//! signature travels inside the caller's opaque text, marked with its origin; a marked one is never shown to a
//! provider of another origin.

use waypost_types::WireFormat;

use crate::prompt::Signature;

/// What a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A thought that is shown.
    Thought,
    /// A thought that is not shown; the signature is the thought.
    Redacted,
    /// A call.
    Call,
    /// Text.
    Text,
}

/// What a marked signature begins with.
pub(crate) const MARK: &str = "waypost:";

/// What it begins with in base64.
pub(crate) const MARK_BASE64: &str = "d2F5cG9zdD";

impl Slot {
    const ALL: [Self; 4] = [Self::Thought, Self::Redacted, Self::Call, Self::Text];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Thought => "thought",
            Self::Redacted => "redacted",
            Self::Call => "call",
            Self::Text => "text",
        }
    }
}

impl Signature {
    /// `waypost:<origin>:<slot>:<data>`
    pub(crate) fn mark(&self, slot: Slot) -> String {
        format!("{MARK}{}:{}:{}", self.origin.as_str(), slot.as_str(), self.data)
    }

    /// Reads a marked signature; `None` for one that is not marked.
    pub(crate) fn unmark(text: &str) -> Option<(Self, Slot)> {
        let mut words = text.strip_prefix(MARK)?.splitn(3, ':');
        let (origin, slot, data) = (words.next()?, words.next()?, words.next()?);
        let origin = WireFormat::ALL.into_iter().find(|format| format.as_str() == origin)?;
        let slot = Slot::ALL.into_iter().find(|known| known.as_str() == slot)?;
        Some((Self { origin, data: data.to_owned() }, slot))
    }

    /// The marked form in base64, for fields that clients decode as bytes (Gemini's `thoughtSignature`).
    pub(crate) fn mark_base64(&self, slot: Slot) -> String {
        to_base64(self.mark(slot).as_bytes())
    }

    /// Reads the form of [`Self::mark_base64`].
    pub(crate) fn unmark_base64(text: &str) -> Option<(Self, Slot)> {
        Self::unmark(std::str::from_utf8(&from_base64(text)?).ok()?)
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0u32, |group, index| group << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (group >> (18 - 6 * digit)) & 63;
            let letter = ALPHABET.get(value as usize).copied().unwrap_or(b'A');
            text.push(if digit <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// Reads both alphabets, with and without padding: clients re-encode as they please.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let letter = match letter {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        let value = ALPHABET.iter().position(|&known| known == letter)?;
        group = group << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(group >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_rfc_4648() {
        let vectors =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (plain, encoded) in vectors {
            assert_eq!(to_base64(plain.as_bytes()), encoded);
            assert_eq!(from_base64(encoded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(from_base64("Zm9vYg"), Some(b"foob".to_vec()));
        assert_eq!(from_base64("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(from_base64("Zm 9v"), None);
    }

    #[test]
    fn a_marked_signature_names_its_origin() {
        let signature = Signature { origin: WireFormat::AnthropicMessages, data: "EqQB:x/+=".into() };
        let marked = signature.mark_base64(Slot::Thought);
        assert_eq!(Signature::unmark_base64(&marked), Some((signature, Slot::Thought)));
        assert_eq!(Signature::unmark_base64("CrICAdHtim827fQ="), None);
    }
}
