//! Chores of the repository: `cargo run -p xtask -- <prices|tidy|ids>`.
//!
//! Deliberately not a build step: nothing here runs when the gateway is built. Read `prices` (the committed price table),
//! `tidy` (rules over the crates), `ids` (attacks and faults that need a test).

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

mod ids;
mod prices;
mod tidy;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{}", error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let verb = std::env::args().nth(1).unwrap_or_default();
    match verb.as_str() {
        "prices" => prices::run(&root()),
        "tidy" => report("tidy", tidy::findings(&root())?),
        "ids" => report("ids", ids::missing(&root())?),
        other => bail!("unknown chore {other:?}: one of prices, tidy, ids"),
    }
}

/// The repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn report(chore: &str, findings: Vec<String>) -> Result<()> {
    for finding in &findings {
        println!("{chore}: {finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("{chore}: {count} findings"),
    }
}
