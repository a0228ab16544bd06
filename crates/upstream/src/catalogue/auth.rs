//! How a provider key travels.

use std::borrow::Cow;

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue};
use waypost_types::{Fault, FaultClass, Secret};

/// A header and what stands before the key in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthScheme {
    /// Lower-case header name; empty where there is no key.
    pub header: Cow<'static, str>,
    /// `Bearer `, `Token `, `Key ` or nothing.
    pub prefix: Cow<'static, str>,
}

impl AuthScheme {
    /// `Authorization: Bearer …`
    pub const BEARER: Self = Self::new("authorization", "Bearer ");
    /// No key at all.
    pub const NONE: Self = Self::new("", "");

    /// A header that carries the key after a prefix.
    pub const fn new(header: &'static str, prefix: &'static str) -> Self {
        Self { header: Cow::Borrowed(header), prefix: Cow::Borrowed(prefix) }
    }

    /// Signs a request: sets the header, replacing what was there. The one place where a provider key leaves its
    /// [`Secret`].
    ///
    /// # Errors
    /// [`FaultClass::KeyUnusable`] when the key has characters that no header can carry.
    pub fn sign(&self, headers: &mut HeaderMap, key: &Secret) -> Result<(), Fault> {
        if self.header.is_empty() {
            return Ok(());
        }
        let unusable =
            |_: String| Fault::new(FaultClass::KeyUnusable, "the stored key has characters that a header cannot carry");
        let name = HeaderName::from_bytes(self.header.as_bytes()).map_err(|error| unusable(error.to_string()))?;
        let key = key.expose().trim();
        let mut text = BytesMut::with_capacity(self.prefix.len() + key.len());
        text.extend_from_slice(self.prefix.as_bytes());
        text.extend_from_slice(key.as_bytes());
        let value = HeaderValue::from_maybe_shared(text.freeze());
        let mut value = value.map_err(|error| unusable(error.to_string()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    }
}

/// Headers in which callers send a key of their own.
pub const CREDENTIAL_HEADERS: [&str; 5] = ["authorization", "x-api-key", "x-goog-api-key", "api-key", "xi-api-key"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_writes_its_header() {
        let mut headers = HeaderMap::new();
        AuthScheme::BEARER.sign(&mut headers, &Secret::new("sk-1\n".to_owned())).unwrap();
        AuthScheme::new("x-api-key", "").sign(&mut headers, &Secret::new("sk-2".to_owned())).unwrap();
        assert_eq!(headers["authorization"], "Bearer sk-1");
        assert_eq!(headers["x-api-key"], "sk-2");
        assert_eq!(format!("{headers:?}"), r#"{"authorization": Sensitive, "x-api-key": Sensitive}"#);
        AuthScheme::new("authorization", "Key ").sign(&mut headers, &Secret::new("f".to_owned())).unwrap();
        assert_eq!(headers["authorization"], "Key f");
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_said_without_the_key() {
        let fault = AuthScheme::BEARER.sign(&mut HeaderMap::new(), &Secret::new("a\r\nb".to_owned())).unwrap_err();
        assert_eq!(fault.class, FaultClass::KeyUnusable);
        assert!(!fault.to_string().contains("a\r"));
    }
}
