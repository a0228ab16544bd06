//! `waypost serve` for tests that kill it: configured by environment variables alone, with the grace period that the test
//! wants.

use std::{io::Write, process::ExitCode, time::Duration};

use waypost_server::{Config, Flags, serve};

fn main() -> ExitCode {
    // Everything that any crate would ever log, for the test that looks for secrets in it.
    if let Ok(filter) = std::env::var("WAYPOST_LOG") {
        let filter = tracing_subscriber::EnvFilter::new(filter);
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    }
    let result = config().and_then(|config| serve(&config, say).map_err(|error| format!("{error:#}")));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error);
            ExitCode::FAILURE
        }
    }
}

fn config() -> Result<Config, String> {
    let variable = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let flags = Flags {
        listen: Some(variable("WAYPOST_LISTEN")?.parse().map_err(|error| format!("{error}"))?),
        data_dir: Some(variable("WAYPOST_DATA_DIR")?.into()),
        cores: Some(variable("WAYPOST_CORES")?.parse().map_err(|error| format!("{error}"))?),
        ..Flags::default()
    };
    let mut config = Config::load(flags, std::env::vars()).map_err(|error| format!("{error:#}"))?;
    if let Ok(grace_ms) = variable("HARNESS_GRACE_MS") {
        config.grace = Duration::from_millis(grace_ms.parse().map_err(|error| format!("{error}"))?);
    }
    Ok(config)
}

/// The parent reads the address from the first line.
fn say(text: &str) {
    let mut stdout = std::io::stdout();
    // A parent that has gone does not read.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
