//! The `waypost` binary.

use std::{io::Write, process::ExitCode, thread, time::Duration};

use clap::{Parser, Subcommand};
use tokio::runtime;
use waypost_server::{Config, Flags, check, first_start, signals::Signals, start};

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
    /// Check configuration and data directory; exits non-zero with findings.
    Check(Flags),
    /// Print the version.
    Version,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WAYPOST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let result = match Arguments::parse().verb {
        Verb::Serve(flags) => Config::load(flags, std::env::vars()).and_then(|config| serve(&config)),
        Verb::Check(flags) => Config::load(flags, std::env::vars()).and_then(|config| check(&config)),
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

fn serve(config: &Config) -> anyhow::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = runtime.block_on(async { Signals::listen() })?;
    let running = start(config)?;
    say(&first_start::words(&running.made, config, running.address));

    runtime.block_on(signals.next());
    tracing::info!("stopping: running requests may finish; a second signal ends them now");
    running.drain();
    let hurried = runtime.block_on(async {
        let idle = async {
            while !running.is_idle() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = idle => false,
            () = signals.next() => true,
        }
    });
    if hurried {
        running.end();
    }
    running.stop();
    // Give the last log line a chance.
    thread::yield_now();
    Ok(())
}

fn check(config: &Config) -> anyhow::Result<()> {
    let findings = check::check(config)?;
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

fn say(text: &str) {
    let mut stdout = std::io::stdout();
    // A closed terminal is no reason to stop serving.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
