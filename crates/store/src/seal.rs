//! Secrets at rest: AES-256-GCM with a fresh nonce, bound to the place where they belong.
//!
//! A sealed secret opens only in its own row: table, row, gateway, provider and field are associated data (S17), so a row
//! that was copied, moved or changed by one bit does not decrypt, and says so (A84). The id of the master key stands in
//! front, so that another master key is told apart from a damaged row (F59).

#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use waypost_types::Secret;
use zeroize::Zeroizing;

use crate::{GatewayRef, access::KeyDigest};

const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// The key that seals all others, from the environment or a file.
pub struct MasterKey {
    key: RandomizedNonceKey,
    id: [u8; KEY_ID_BYTES],
}

/// Where a secret belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Table.
    pub table: &'a str,
    /// Id of the row.
    pub row: &'a str,
    /// Gateway of the row.
    pub gateway: &'a GatewayRef,
    /// Provider that the secret is for.
    pub provider: &'a str,
    /// Field of the row.
    pub field: &'a str,
}

/// Why a secret could not be sealed or opened. None of the texts says anything of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A master key is 64 hexadecimal digits.
    #[error("a master key has 64 hexadecimal digits")]
    MasterKey,
    /// It was sealed with another master key.
    #[error("sealed with another master key")]
    OtherMasterKey,
    /// The bytes, or the row they stand in, are not those that were sealed.
    #[error("the stored secret was changed or belongs to another row")]
    Damaged,
    /// The cipher failed.
    #[error("encryption failed")]
    Cipher,
}

impl MasterKey {
    /// A key from 64 hexadecimal digits; white space around them is ignored.
    ///
    /// # Errors
    /// [`SealError::MasterKey`] for anything else.
    pub fn from_hex(text: &Secret<String>) -> Result<Self, SealError> {
        let digits = text.expose().trim();
        let mut bytes = Zeroizing::new([0_u8; 32]);
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(SealError::MasterKey);
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = digits.get(index * 2..index * 2 + 2).ok_or(SealError::MasterKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| SealError::MasterKey)?;
        }
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_slice()).map_err(|_| SealError::MasterKey)?;
        let mut named = Zeroizing::new(b"waypost master key id:".to_vec());
        named.extend_from_slice(bytes.as_slice());
        let mut id = [0; KEY_ID_BYTES];
        for (to, from) in id.iter_mut().zip(KeyDigest::of(&named).0) {
            *to = from;
        }
        Ok(Self { key, id })
    }

    /// Seals a secret for its place.
    ///
    /// # Errors
    /// [`SealError::Cipher`] when the system gives no randomness.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret<String>) -> Result<Vec<u8>, SealError> {
        let mut sealed = Zeroizing::new(secret.expose().as_bytes().to_vec());
        let aad = Aad::from(place.to_bytes());
        let nonce = self.key.seal_in_place_append_tag(aad, &mut *sealed).map_err(|_| SealError::Cipher)?;
        let mut bytes = Vec::with_capacity(1 + KEY_ID_BYTES + NONCE_BYTES + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(nonce.as_ref());
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Opens a secret in its place.
    ///
    /// # Errors
    /// [`SealError::OtherMasterKey`] or [`SealError::Damaged`].
    pub fn open(&self, place: &Place<'_>, bytes: &[u8]) -> Result<Secret<String>, SealError> {
        let (version, rest) = bytes.split_first().ok_or(SealError::Damaged)?;
        let (id, rest) = rest.split_at_checked(KEY_ID_BYTES).ok_or(SealError::Damaged)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError::Damaged)?;
        if *version != VERSION || sealed.len() < TAG_BYTES {
            return Err(SealError::Damaged);
        }
        if id != self.id {
            return Err(SealError::OtherMasterKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let text =
            self.key.open_in_place(nonce, Aad::from(place.to_bytes()), &mut opened).map_err(|_| SealError::Damaged)?;
        std::str::from_utf8(text).map(|text| Secret::new(text.to_owned())).map_err(|_| SealError::Damaged)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(••••)")
    }
}

impl Place<'_> {
    /// The associated data: every part with its length, so that no two places share it.
    fn to_bytes(self) -> Vec<u8> {
        let parts = [self.table, self.row, &self.gateway.account, &self.gateway.id, self.provider, self.field];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}
