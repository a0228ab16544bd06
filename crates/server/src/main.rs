//! The `waypost` binary.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use waypost_server::{Config, Flags, check, serve};

/// A request makes some hundred small allocations on its core and gives them back there; the C library's allocator takes a
/// tenth of a request's time for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted AI gateway with dynamic routing.
#[derive(Parser)]
#[command(name = "waypost", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve traffic and the management API.
    Serve(Flags),
    /// Check configuration, data directory and route files; exits non-zero with findings.
    Check {
        #[command(flatten)]
        flags: Flags,
        /// Route documents to check.
        #[arg(value_name = "ROUTE.json")]
        routes: Vec<PathBuf>,
    },
    /// Print the description of the management API (OpenAPI, JSON).
    Openapi,
    /// Print the version.
    Version,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WAYPOST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let result = match Arguments::parse().verb {
        Verb::Serve(flags) => Config::load(flags, std::env::vars()).and_then(|config| serve(&config, say)),
        Verb::Check { flags, routes } => {
            Config::load(flags, std::env::vars()).and_then(|config| check(&config, &routes))
        }
        Verb::Openapi => openapi(),
        Verb::Version => {
            say(&format!("waypost {}\n", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = std::io::stderr();
            // Nobody can be told when this fails.
            let _ = writeln!(stderr, "waypost: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check(config: &Config, routes: &[PathBuf]) -> anyhow::Result<()> {
    let findings = check::check(config, routes)?;
    for finding in &findings {
        say(&format!("{}: {}\n", finding.what, finding.why));
    }
    if findings.is_empty() {
        say("Nothing found: configuration, routes and data directory are usable.\n");
        return Ok(());
    }
    anyhow::bail!(
        "{} found",
        if findings.len() == 1 { "1 problem was".to_owned() } else { format!("{} problems were", findings.len()) }
    )
}

/// The same document that a running gateway has at `/openapi.json`: the dashboard's types are made from it.
fn openapi() -> anyhow::Result<()> {
    say(&format!("{}\n", waypost_admin::openapi().to_pretty_json()?));
    Ok(())
}

fn say(text: &str) {
    let mut stdout = std::io::stdout();
    // A closed terminal is no reason to stop serving.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
