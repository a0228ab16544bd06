//! `waypost check`: would it start, and would everything that is stored serve?

use std::sync::Arc;

use anyhow::{Context, anyhow};
use tokio::runtime;
use waypost_gateway::snapshot::{Builder, Finding};
use waypost_store::{ConfigStore, LogStore};
use waypost_store_sql::Stores;
use waypost_types::Clock;
use waypost_upstream::{AllowList, catalogue::Catalogue};

use crate::{config::Config, first_start, system::SystemClock};

/// Looks at configuration and data directory without serving.
///
/// # Errors
/// What makes looking impossible: a data directory that is not there, a database that cannot be opened.
pub fn check(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let addresses =
        config.providers.iter().filter_map(|(slug, provider)| Some((slug.as_str(), provider.base_url.as_deref()?)));
    let catalogue = Catalogue::new(addresses).map_err(|(slug, error)| anyhow!("providers.{slug}.base_url: {error}"))?;
    let allowed = AllowList::parse(config.allow_upstream.iter().map(String::as_str)).context("--allow-upstream")?;
    if !config.data_dir.is_dir() {
        return Ok(Vec::new());
    }
    let master_key = first_start::master_key(config)?.map(Arc::new);
    let builder = Builder::new(Arc::new(catalogue), allowed, master_key);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stores =
            Stores::open(&config.data_dir).await.map_err(|error| anyhow!("{}: {error}", config.data_dir.display()))?;
        let stored = stores.config.load().await?;
        let (_, mut findings) = builder.build(&stored, SystemClock.now());
        let differences = stores.logs.check_ledger().await?;
        findings.extend(
            differences.iter().map(|difference| Finding { what: "ledger".to_owned(), why: difference.to_string() }),
        );
        Ok(findings)
    })
}
