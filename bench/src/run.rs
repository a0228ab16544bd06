//! The rounds: every shape of call against every target, targets in turn and starting with another one each round, so that
//! whatever else the machine does falls on all of them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    load::Outcome,
    process::{Running, pin, tell},
    report::{self, Sample},
    targets::{self, Ports, Shape, Target},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The gateway; by default what `make build` leaves
    #[arg(long)]
    waypost: Option<PathBuf>,
    /// Rounds; medians are taken over them
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Milliseconds counted per measurement
    #[arg(long, default_value_t = 3_000)]
    measure_ms: u64,
    /// Milliseconds between two events of a paced stream
    #[arg(long, default_value_t = 1)]
    pace_ms: u64,
    /// First of the four ports used
    #[arg(long, default_value_t = 18_800)]
    port: u16,
    /// Where results go
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A shape of call with its load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    connections: usize,
    rate: Option<u32>,
}

/// In the order of the report.
pub(crate) const SCENARIOS: [Scenario; 4] = [
    Scenario { name: "requests", shape: Shape::Plain, connections: 64, rate: None },
    Scenario { name: "streams, 50 events ready", shape: Shape::Ready, connections: 32, rate: None },
    Scenario { name: "streams, event by event", shape: Shape::Paced, connections: 16, rate: None },
    Scenario { name: "requests at 500/s", shape: Shape::Plain, connections: 16, rate: Some(500) },
];

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
    let folder = std::env::temp_dir().join(format!("waypost-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = measure(options, root, &folder);
    fs::remove_dir_all(&folder)?;
    let samples = measured?;
    let out = options.out.clone().unwrap_or_else(|| root.join("bench/results"));
    report::write(&samples, root, &out, options.rounds, options.measure_ms)?;
    match samples.iter().map(|sample| sample.outcome.errors).sum::<u64>() {
        0 => Ok(()),
        errors => bail!("{errors} calls failed or were answered wrongly: these numbers mean little"),
    }
}

/// Every scenario against the gateway alone, and nothing written down.
pub(crate) fn train(waypost: PathBuf, measure_ms: u64) -> Result<()> {
    let options = Options { waypost: Some(waypost), rounds: 1, measure_ms, pace_ms: 1, port: 18_900, out: None };
    let folder = std::env::temp_dir().join(format!("waypost-train-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let trained = call_gateway(&options, &folder);
    fs::remove_dir_all(&folder)?;
    trained
}

fn call_gateway(options: &Options, folder: &Path) -> Result<()> {
    let ports = Ports { upstream: options.port, nginx: options.port + 1, waypost: options.port + 2 };
    let binary = options.waypost.as_deref().context("the gateway")?;
    let _upstream = targets::upstream(None, ports, options.pace_ms)?;
    let Some(_waypost) = targets::waypost(binary, None, ports, folder)? else { bail!("the gateway is not built") };
    for scenario in SCENARIOS {
        for target in [Target::Pass, Target::Route] {
            let outcome = load(options, folder, None, scenario, target, target.address(ports), None)?;
            tell(&report::line(0, scenario, target, &outcome));
        }
    }
    Ok(())
}

fn measure(options: &Options, root: &Path, folder: &Path) -> Result<Vec<Sample>> {
    // The gateway has one core for itself; callers and provider share the other.
    let has_two = std::thread::available_parallelism()?.get() >= 2;
    let (ours, theirs) = if has_two { (Some(0), Some(1)) } else { (None, None) };
    let ports = Ports { upstream: options.port, nginx: options.port + 1, waypost: options.port + 2 };
    let binary = options.waypost.clone().unwrap_or_else(|| targets::default_binary(root));

    let _upstream = targets::upstream(theirs, ports, options.pace_ms)?;
    let nginx = targets::nginx(ours, ports, folder)?;
    let waypost = targets::waypost(&binary, ours, ports, folder)?;
    let watched = |target: Target| match target {
        Target::Direct => None,
        Target::Nginx => Some(&nginx),
        Target::Pass | Target::Route => waypost.as_ref(),
    };
    let present: Vec<Target> =
        Target::ALL.into_iter().filter(|target| *target == Target::Direct || watched(*target).is_some()).collect();

    let mut samples = Vec::new();
    for round in 0..options.rounds {
        for scenario in SCENARIOS {
            let mut order = present.clone();
            order.rotate_left(round % present.len());
            for target in order {
                let (address, process) = (target.address(ports), watched(target));
                let outcome = load(options, folder, theirs, scenario, target, address, process)?;
                tell(&report::line(round, scenario, target, &outcome));
                let memory_mib = process.and_then(Running::memory_mib);
                samples.push(Sample { round, scenario, target, outcome, memory_mib });
            }
        }
    }
    Ok(samples)
}

fn load(
    options: &Options,
    folder: &Path,
    core: Option<usize>,
    scenario: Scenario,
    target: Target,
    address: SocketAddr,
    process: Option<&Running>,
) -> Result<Outcome> {
    let file = folder.join("request");
    fs::write(&file, targets::request(target, scenario.shape))?;
    let expect = if scenario.shape == Shape::Plain { "plain" } else { "stream" };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["load", "--address", &address.to_string(), "--expect", expect]);
    command.arg("--request").arg(&file);
    command.args(["--connections", &scenario.connections.to_string()]);
    command.args(["--measure-ms", &options.measure_ms.to_string()]);
    if let Some(rate) = scenario.rate {
        command.args(["--rate", &rate.to_string()]);
    }
    if let Some(process) = process {
        command.args(["--watch", &process.id().to_string()]);
    }
    let output = pin(core, &command).output()?;
    if !output.status.success() {
        bail!("the callers failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
