//! The first start: account, gateway, an administrator's token, an API key and the master key; printed once. And, as long
//! as no password is set, a link that sets one.

use std::{
    fs,
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use waypost_store::{
    AccountRecord, AdminRole, AdminTokenRecord, ApiKeyRecord, Change, ConfigStore, GatewayRecord, KeyDigest,
    access::{Permissions, Preset},
    config::PageQuery,
    seal::MasterKey,
    settings::GatewaySettings,
};
use waypost_types::{Metadata, RequestId, Secret, UnixMs};

use crate::{config::Config, system};

/// The account and the gateway that are always there.
pub const DEFAULT: &str = "default";
const MASTER_KEY_FILE: &str = "master.key";
/// Characters of a key that are kept to tell it from others.
const PREFIX_CHARS: usize = 7;

/// What was made on the first start, to be shown once.
#[derive(Default)]
pub struct Made {
    /// The administrator's token, unless the operator chose it.
    pub admin_token: Option<Secret>,
    /// The first API key, unless the operator chose it.
    pub api_key: Option<Secret>,
    /// Ends the link that sets the first password; there is one as long as none is set.
    pub setup_token: Option<Secret>,
    /// It was the first start.
    pub is_first: bool,
}

/// Makes what is missing and enters the secrets that the operator fixed.
///
/// # Errors
/// The store cannot be written.
pub async fn prepare(config: &Config, store: &dyn ConfigStore, now: UnixMs) -> anyhow::Result<Made> {
    let accounts = store.gateways().accounts().await?;
    let is_first = accounts.is_empty();
    let mut made = Made { is_first, ..Made::default() };
    let mut changes = Vec::new();
    if is_first {
        changes.push(Change::InsertAccount(AccountRecord { id: DEFAULT.to_owned(), created_at: now }));
        changes.push(Change::InsertGateway(default_gateway(now)));
    }

    let tokens = store.admin_tokens().list().await?;
    let admin_token = match &config.admin_token {
        Some(token) => Some(token.clone()),
        None if tokens.is_empty() => {
            let token = Secret::new(format!("wpa_{}", random_text()));
            made.admin_token = Some(token.clone());
            Some(token)
        }
        None => None,
    };
    // Exposed to store its digest.
    if let Some(digest) = admin_token.map(|token| KeyDigest::of(token.expose().as_bytes()))
        && !tokens.iter().any(|token| token.sha256 == digest)
    {
        changes.push(Change::InsertAdminToken(AdminTokenRecord {
            id: new_id(now),
            label: if config.admin_token.is_some() { "environment" } else { "first start" }.to_owned(),
            sha256: digest,
            role: AdminRole::Admin,
            created_at: now,
        }));
    }

    let keys = if is_first { Vec::new() } else { store.api_keys().list(DEFAULT, None, &PageQuery::ALL).await?.items };
    let api_key = match &config.api_key {
        Some(key) => Some(key.clone()),
        None if is_first => {
            let key = Secret::new(format!("wp_{}", random_text()));
            made.api_key = Some(key.clone());
            Some(key)
        }
        None => None,
    };
    if let Some(key) = api_key
        && !keys.iter().any(|stored| stored.sha256 == KeyDigest::of(key.expose().as_bytes()))
    {
        changes.push(Change::InsertApiKey(first_api_key(&key, now)));
    }
    if store.sessions().password().await?.is_none() {
        let token = Secret::new(format!("wps_{}", random_text()));
        // Exposed to store its digest.
        let sha256 = KeyDigest::of(token.expose().as_bytes());
        changes.push(Change::PutSetupLink { sha256, at: now });
        made.setup_token = Some(token);
    }
    if !changes.is_empty() {
        store.apply(changes).await?;
    }
    Ok(made)
}

fn default_gateway(now: UnixMs) -> GatewayRecord {
    GatewayRecord {
        account: DEFAULT.to_owned(),
        id: DEFAULT.to_owned(),
        internal_id: new_id(now),
        settings: GatewaySettings::default(),
        created_at: now,
        modified_at: now,
    }
}

fn first_api_key(key: &Secret, now: UnixMs) -> ApiKeyRecord {
    // Exposed to store its digest and the beginning by which people tell it from others.
    let text = key.expose();
    ApiKeyRecord {
        id: new_id(now),
        account: DEFAULT.to_owned(),
        gateway: None,
        label: "backend".to_owned(),
        prefix: text.chars().take(PREFIX_CHARS).collect(),
        sha256: KeyDigest::of(text.as_bytes()),
        routes: Vec::new(),
        models: Vec::new(),
        permissions: Permissions::ALL,
        preset: Preset::Backend,
        pinned_metadata: Metadata::default(),
        limits: Vec::new(),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

fn new_id(now: UnixMs) -> String {
    RequestId::new(now, system::random_u128()).to_string()
}

/// 256 random bits in base 62-like text, without characters that shells or URLs treat specially.
fn random_text() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = [0; 43];
    system::random(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect()
}

/// Whether a missing master key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayMake {
    /// Serving.
    Yes,
    /// Only looking.
    No,
}

/// The master key: the operator's, the file of the data directory, or a new one in that file.
///
/// # Errors
/// The operator's key has no 64 hexadecimal digits; the file cannot be read or written.
pub fn master_key(config: &Config, may_make: MayMake) -> anyhow::Result<Option<MasterKey>> {
    if let Some(text) = &config.master_key {
        return Ok(Some(MasterKey::from_hex(text).context("WAYPOST_MASTER_KEY")?));
    }
    let path = config.data_dir.join(MASTER_KEY_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => match MasterKey::from_hex(&Secret::new(text)) {
            Ok(key) => Ok(Some(key)),
            // Stored keys stay unusable, everything else serves (F59).
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the master key can't be used; stored provider keys stay locked");
                Ok(None)
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match may_make {
            MayMake::Yes => new_master_key(&path).map(Some),
            MayMake::No => Ok(None),
        },
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn new_master_key(path: &Path) -> anyhow::Result<MasterKey> {
    let mut bytes = [0; 32];
    system::random(&mut bytes);
    let text = Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    // Exposed to write the one file that holds it.
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()?;
    Ok(MasterKey::from_hex(&text)?)
}

/// Where callers on this machine reach an address.
pub fn url(address: SocketAddr) -> String {
    let address = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    format!("http://{address}")
}

/// What the terminal shows after a start.
pub fn words(made: &Made, config: &Config, address: SocketAddr) -> String {
    let url = url(address);
    let mut text = format!("Waypost is serving at {url}\n");
    if made.is_first && config.providers.is_empty() {
        text.push_str(
            "Demo mode: no provider configured, mock models active (mock/large, mock/small, mock/flaky, mock/slow).\n",
        );
    }
    if let Some(token) = &made.setup_token {
        // Exposed to be shown: it works once, and a start without a password makes another one.
        let link = format!("{url}/setup?token={}", token.expose());
        text.push_str(&format!("\nNo password is set yet. Open this link to set it; it works once:\n\n  {link}\n"));
    }
    if !made.is_first {
        return text;
    }
    let key = match (&made.api_key, &config.api_key) {
        // Exposed to be shown once: this is how the operator learns it.
        (Some(key), _) => key.expose().clone(),
        _ => "$WAYPOST_API_KEY".to_owned(),
    };
    text.push('\n');
    if let Some(token) = &made.admin_token {
        text.push_str(&format!("  Admin token  {}\n", token.expose()));
    }
    if made.api_key.is_some() {
        text.push_str(&format!("  API key      {key}\n"));
    }
    match (&made.admin_token, &made.api_key) {
        (Some(_), Some(_)) => text.push_str("\nBoth are shown only now. Try it:\n\n"),
        (None, None) => text.push_str("Try it:\n\n"),
        _ => text.push_str("\nIt is shown only now. Try it:\n\n"),
    }
    text.push_str(&format!(
        "curl -s {url}/v1/default/default/compat/chat/completions \\\n  \
         -H \"Authorization: Bearer {key}\" -H 'Content-Type: application/json' \\\n  \
         -d '{{\"model\":\"mock/small\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'\n"
    ));
    text
}
