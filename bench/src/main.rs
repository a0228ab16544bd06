//! What the gateway costs, measured beside direct calls and nginx on the same machine in the same run (`make bench`).
//!
//! Deliberately not part of the product: it knows the gateway by its URLs alone. Read `run` (the rounds), `targets` (what is
//! started and asked), `upstream` (the provider), `load` (the callers), `report` (medians and ratios).

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

mod load;
mod process;
mod report;
mod run;
mod targets;
mod upstream;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the gateway beside direct calls and nginx")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Starts everything, measures in alternating rounds, writes bench/results/<date>.json and .md
    Run(run::Options),
    /// Calls a gateway in every way that is measured, so that a build made for profiling learns what traffic looks like
    Train {
        /// The gateway
        waypost: PathBuf,
        /// Milliseconds per way of calling
        #[arg(long, default_value_t = 3_000)]
        measure_ms: u64,
    },
    /// A provider that answers at once: chat JSON of 1 KB, streams of 50 events, ready or paced
    Upstream {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
        /// Milliseconds between two events of a paced stream
        #[arg(long, default_value_t = 1)]
        pace_ms: u64,
    },
    /// Callers with keep-alive connections; prints one line of JSON
    Load {
        /// Whom to call
        #[arg(long)]
        address: SocketAddr,
        /// A file with the whole HTTP/1.1 request
        #[arg(long)]
        request: PathBuf,
        /// What answers must look like
        #[arg(long)]
        expect: load::Expect,
        /// Connections, each with one request at a time
        #[arg(long, default_value_t = 32)]
        connections: usize,
        /// Requests per second over all connections; without it, as fast as answers come
        #[arg(long)]
        rate: Option<u32>,
        /// Milliseconds before counting begins
        #[arg(long, default_value_t = 500)]
        warmup_ms: u64,
        /// Milliseconds counted
        #[arg(long, default_value_t = 3_000)]
        measure_ms: u64,
        /// A process whose CPU time is taken over the counted time
        #[arg(long)]
        watch: Option<u32>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().verb {
        Verb::Run(options) => run::run(&options),
        Verb::Train { waypost, measure_ms } => run::train(waypost, measure_ms),
        Verb::Upstream { listen, pace_ms } => upstream::serve(listen, pace_ms),
        Verb::Load { address, request, expect, connections, rate, warmup_ms, measure_ms, watch } => {
            let request = std::fs::read(request)?;
            let plan = load::Plan { address, request, expect, connections, rate, warmup_ms, measure_ms, watch };
            println!("{}", serde_json::to_string(&load::run(plan)?)?);
            Ok(())
        }
    }
}
