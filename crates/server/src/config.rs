//! Configuration: a file, then environment variables, then flags; the later wins.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::Deserialize;
use waypost_types::Secret;

use crate::listen::GRACE;

/// What `waypost serve` and `waypost check` are told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where everything durable lives.
    pub data_dir: PathBuf,
    /// Addresses of providers, by slug.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// `HOST:PORT`s that providers added through the API may have although they are private.
    pub allow_upstream: Vec<String>,
    /// Names under which the dashboard and the management API answer, beside loopback and the addresses of this machine.
    pub admin_hosts: Vec<String>,
    /// Threads that serve traffic.
    pub cores: usize,
    /// Fixes the first administrator's token.
    pub admin_token: Option<Secret>,
    /// Fixes the first API key.
    pub api_key: Option<Secret>,
    /// Encrypts provider keys: 64 hexadecimal digits.
    pub master_key: Option<Secret>,
    /// Requests that run when the process is told to stop may finish within it.
    pub grace: Duration,
}

/// What the operator says of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Replaces the address of the catalogue; may be private.
    pub base_url: Option<String>,
}

/// Flags of the command line, each also an environment variable.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// Configuration file (TOML).
    #[arg(long, env = "WAYPOST_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8787].
    #[arg(long, env = "WAYPOST_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Directory for databases and journal [default: ./waypost-data].
    #[arg(long, env = "WAYPOST_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Private address that a provider added through the API may have; may be given several times.
    #[arg(long, env = "WAYPOST_ALLOW_UPSTREAM", value_name = "HOST:PORT", value_delimiter = ',')]
    pub allow_upstream: Vec<String>,
    /// Name under which the dashboard and the management API answer, beside loopback; may be given several times.
    #[arg(long, env = "WAYPOST_ADMIN_HOSTS", value_name = "HOST", value_delimiter = ',')]
    pub admin_hosts: Vec<String>,
    /// Threads that serve traffic [default: one per core].
    #[arg(long, env = "WAYPOST_CORES", value_name = "N")]
    pub cores: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    allow_upstream: Vec<String>,
    cores: Option<usize>,
    providers: BTreeMap<String, ProviderConfig>,
    admin: AdminFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AdminFile {
    hosts: Vec<String>,
}

const SECRET_CHARS_MIN: usize = 32;

impl Config {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// One clear line for a file that cannot be read, an unknown field, a short secret.
    pub fn load(flags: Flags, environment: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let environment: BTreeMap<String, String> = environment.filter(|(_, value)| !value.is_empty()).collect();
        let mut file = match &flags.config {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        for (slug, base_url) in provider_addresses(&environment) {
            file.providers.entry(slug).or_default().base_url = Some(base_url);
        }
        let mut allow_upstream = file.allow_upstream;
        allow_upstream.extend(flags.allow_upstream);
        let mut admin_hosts = file.admin.hosts;
        admin_hosts.extend(flags.admin_hosts);
        let cores =
            flags.cores.or(file.cores).unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        if !(1..=256).contains(&cores) {
            bail!("cores must be 1 to 256, not {cores}");
        }
        let secret = |name: &str| environment.get(name).map(|text| Secret::new(text.clone()));
        let long_secret = |name: &str| match secret(name) {
            Some(secret) if secret.expose().chars().count() < SECRET_CHARS_MIN => {
                bail!("{name} must have {SECRET_CHARS_MIN} characters or more")
            }
            other => Ok(other),
        };
        Ok(Self {
            listen: flags.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8787))),
            data_dir: flags.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("waypost-data")),
            providers: file.providers,
            allow_upstream,
            admin_hosts,
            cores,
            admin_token: long_secret("WAYPOST_ADMIN_TOKEN")?,
            api_key: long_secret("WAYPOST_API_KEY")?,
            master_key: secret("WAYPOST_MASTER_KEY"),
            grace: GRACE,
        })
    }
}

fn read_file(path: &Path) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not valid", path.display()))
}

/// `WAYPOST_PROVIDERS__GOOGLE_AI_STUDIO__BASE_URL` → `google-ai-studio`.
fn provider_addresses(environment: &BTreeMap<String, String>) -> Vec<(String, String)> {
    environment
        .iter()
        .filter_map(|(name, value)| {
            let slug = name.strip_prefix("WAYPOST_PROVIDERS__")?.strip_suffix("__BASE_URL")?;
            Some((slug.to_ascii_lowercase().replace('_', "-"), value.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        Config::load(Flags::default(), pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn provider_addresses_come_from_the_environment() {
        let config = load(&[("WAYPOST_PROVIDERS__GOOGLE_AI_STUDIO__BASE_URL", "http://127.0.0.1:9/x")]).unwrap();
        assert_eq!(config.providers["google-ai-studio"].base_url.as_deref(), Some("http://127.0.0.1:9/x"));
    }

    #[test]
    fn a_file_is_read_and_unknown_fields_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("waypost.toml");
        std::fs::write(
            &path,
            "listen = \"127.0.0.1:9999\"\n[providers.openai]\nbase_url = \"http://127.0.0.1:9100/v1\"\n",
        )
        .unwrap();
        let flags = Flags { config: Some(path.clone()), ..Flags::default() };
        let config = Config::load(flags.clone(), std::iter::empty()).unwrap();
        assert_eq!(config.listen.port(), 9999);
        assert!(config.providers.contains_key("openai"));
        std::fs::write(&path, "lisen = \"x\"").unwrap();
        let error = format!("{:#}", Config::load(flags, std::iter::empty()).unwrap_err());
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(load(&[("WAYPOST_ADMIN_TOKEN", "short")]).unwrap_err().to_string().contains("32 characters"));
    }
}
