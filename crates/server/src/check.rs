//! `waypost check`: would it start, would everything that is stored serve, and would these route files deploy?

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, anyhow};
use tokio::runtime;
use waypost_gateway::snapshot::{Builder, Finding};
use waypost_graph as graph;
use waypost_store::{ConfigStore, LogStore};
use waypost_store_sql::Stores;
use waypost_types::Clock;
use waypost_upstream::{AllowList, catalogue::Catalogue};

use crate::{
    config::Config,
    first_start::{self, MayMake},
    system::SystemClock,
};

/// Looks at configuration and data directory without serving.
///
/// # Errors
/// What makes looking impossible: a data directory that is not there, a database that cannot be opened.
pub fn check(config: &Config, routes: &[PathBuf]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in routes {
        check_route(path, &mut findings)?;
    }
    let addresses =
        config.providers.iter().filter_map(|(slug, provider)| Some((slug.as_str(), provider.base_url.as_deref()?)));
    let catalogue = Catalogue::new(addresses).map_err(|(slug, error)| anyhow!("providers.{slug}.base_url: {error}"))?;
    let allowed = AllowList::parse(config.allow_upstream.iter().map(String::as_str)).context("--allow-upstream")?;
    if !config.data_dir.is_dir() {
        return Ok(findings);
    }
    let master_key = first_start::master_key(config, MayMake::No)?.map(Arc::new);
    let builder = Builder::new(Arc::new(catalogue), allowed, master_key);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stores =
            Stores::open(&config.data_dir).await.map_err(|error| anyhow!("{}: {error}", config.data_dir.display()))?;
        let stored = stores.config.load().await?;
        let (_, stored_findings) = builder.build(&stored, SystemClock.now());
        findings.extend(stored_findings);
        let differences = stores.logs.check_ledger().await?;
        findings.extend(
            differences.iter().map(|difference| Finding { what: "ledger".to_owned(), why: difference.to_string() }),
        );
        Ok(findings)
    })
}

/// A route document in a file, judged by what stands in it: prices and keys belong to a gateway.
fn check_route(path: &Path, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let problems = match graph::read(&text) {
        Ok(read) => graph::compile(&read.spec, &graph::Unknown).problems,
        Err(problems) => problems,
    };
    let errors = problems.iter().filter(|problem| problem.severity() == graph::Severity::Error);
    findings.extend(errors.map(|problem| Finding {
        what: path.display().to_string(),
        why: format!("{} {}", problem.code, problem.message),
    }));
    Ok(())
}
