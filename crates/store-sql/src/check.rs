//! What `waypost check` looks at in a data directory: are the files whole, does this release know them, do the secrets
//! open. Nothing is changed, and nothing is created.

use std::path::Path;

use waypost_store::{
    ConfigStore as _, LogStore as _, StoreError,
    ledger::LedgerDifference,
    seal::{MasterKey, SealError},
};

use crate::{CONFIG_FILE, LOGS_FILE, Stores, dialect::integrity_problems};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Sentences about what is wrong; empty when all is well.
    pub problems: Vec<String>,
    /// Provider keys that open with the master key.
    pub keys_usable: usize,
    /// Provider keys that were sealed with another master key, or with none at hand.
    pub keys_of_another_master: usize,
    /// Provider keys that were changed, or stand in a row that they do not belong to.
    pub keys_damaged: usize,
}

/// Looks at the files of a data directory. Files that are not there yet are no problem. Both schemas are brought up to
/// date when the files are whole, as a start would do.
pub async fn check(data_dir: &Path, master: Option<&MasterKey>) -> CheckReport {
    let mut report = CheckReport::default();
    let files: Vec<_> = [CONFIG_FILE, LOGS_FILE].iter().map(|name| data_dir.join(name)).collect();
    for file in files.iter().filter(|file| file.exists()) {
        match integrity_problems(file).await {
            Ok(lines) => {
                report.problems.extend(lines.into_iter().map(|line| format!("{}: {line}", file.display())));
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    if report.problems.is_empty()
        && files.iter().all(|file| file.exists())
        && let Err(error) = look_inside(data_dir, master, &mut report).await
    {
        report.problems.push(error.to_string());
    }
    report
}

async fn look_inside(data_dir: &Path, master: Option<&MasterKey>, report: &mut CheckReport) -> Result<(), StoreError> {
    let stores = Stores::open(data_dir).await?;
    for key in stores.config.load().await?.provider_keys {
        let opened = master.map(|master| master.open(&key.place(), &key.secret_ciphertext));
        let name = format!("provider key {}/{} of gateway {}", key.provider_slug, key.alias, key.gateway);
        match opened {
            Some(Ok(_)) => report.keys_usable += 1,
            None | Some(Err(SealError::OtherMasterKey | SealError::MasterKey)) => {
                report.keys_of_another_master += 1;
                report.problems.push(format!("{name} was sealed with another master key"));
            }
            Some(Err(SealError::Damaged | SealError::Cipher)) => {
                report.keys_damaged += 1;
                report.problems.push(format!("{name} was changed or belongs to another row; store it again"));
            }
        }
    }
    let differences = stores.logs.check_ledger().await?;
    report.problems.extend(differences.iter().map(LedgerDifference::to_string));
    stores.close().await;
    Ok(())
}
