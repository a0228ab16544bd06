//! What `waypost serve` does: start, wait for a signal, stop.

use std::{thread, time::Duration};

use tokio::runtime;

use crate::{Config, first_start, signals::Signals, start};

/// Serves until SIGTERM or Ctrl-C: the first lets running requests finish, the second ends them. `say` tells the terminal
/// how to call it.
///
/// # Errors
/// It cannot start.
pub fn serve(config: &Config, say: fn(&str)) -> anyhow::Result<()> {
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
