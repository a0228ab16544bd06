//! Medians over the rounds, ratios to nginx within each round, and the machine they were taken on.

use std::{fs, path::Path, process::Command};

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    load::Outcome,
    process::tell,
    run::{SCENARIOS, Scenario},
    targets::Target,
};

/// One measurement.
pub(crate) struct Sample {
    pub(crate) round: usize,
    pub(crate) scenario: Scenario,
    pub(crate) target: Target,
    pub(crate) outcome: Outcome,
    pub(crate) memory_mib: Option<f64>,
}

/// One row of the result.
struct Row {
    scenario: &'static str,
    target: Target,
    per_second: f64,
    cpu_us: Option<f64>,
    busy: Option<f64>,
    p50_us: f64,
    p99_us: f64,
    first_p50_us: f64,
    memory_mib: Option<f64>,
    errors: u64,
    /// To nginx in the same round: throughput, CPU per request, p50.
    to_nginx: [Option<f64>; 3],
}

/// Progress for the terminal.
pub(crate) fn line(round: usize, scenario: Scenario, target: Target, outcome: &Outcome) -> String {
    let cpu = outcome.cpu_us.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.1} µs CPU"));
    let error = outcome.first_error.as_deref().map(|error| format!(", first error: {error}")).unwrap_or_default();
    format!(
        "round {} · {} · {}: {:.0}/s, {cpu}, p50 {} µs, {} errors{error}",
        round + 1,
        scenario.name,
        target.as_str(),
        outcome.per_second,
        outcome.p50_us,
        outcome.errors
    )
}

pub(crate) fn write(samples: &[Sample], root: &Path, out: &Path, rounds: usize, measure_ms: u64) -> Result<()> {
    let rows: Vec<Row> = SCENARIOS
        .iter()
        .flat_map(|scenario| Target::ALL.map(|target| (scenario, target)))
        .filter_map(|(scenario, target)| row(samples, *scenario, target))
        .collect();
    let machine = machine(root);
    let date = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    fs::create_dir_all(out)?;
    let record = json!({
        "date": date, "machine": machine, "rounds": rounds, "measure_ms": measure_ms,
        "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
    });
    fs::write(out.join(format!("{date}.json")), format!("{record:#}\n"))?;
    let text = markdown(&rows, &machine, &date, rounds, measure_ms);
    fs::write(out.join(format!("{date}.md")), &text)?;
    tell(&text);
    Ok(())
}

fn row(samples: &[Sample], scenario: Scenario, target: Target) -> Option<Row> {
    let of = |target| samples.iter().filter(move |sample| sample.scenario == scenario && sample.target == target);
    of(target).next()?;
    let middle = |value: fn(&Outcome) -> Option<f64>| median(of(target).filter_map(|sample| value(&sample.outcome)));
    let ratio = |value: fn(&Outcome) -> Option<f64>| {
        let ratios = of(target).filter_map(|sample| {
            let beside = of(Target::Nginx).find(|other| other.round == sample.round)?;
            let (ours, theirs) = (value(&sample.outcome)?, value(&beside.outcome)?);
            (theirs > 0.0).then_some(ours / theirs)
        });
        median(ratios)
    };
    let p50 = |outcome: &Outcome| Some(f64::from(outcome.p50_us));
    Some(Row {
        scenario: scenario.name,
        target,
        per_second: middle(|outcome| Some(outcome.per_second))?,
        cpu_us: middle(|outcome| outcome.cpu_us),
        busy: middle(|outcome| outcome.busy),
        p50_us: middle(p50)?,
        p99_us: middle(|outcome| Some(f64::from(outcome.p99_us)))?,
        first_p50_us: middle(|outcome| Some(f64::from(outcome.first_p50_us)))?,
        memory_mib: median(of(target).filter_map(|sample| sample.memory_mib)),
        errors: of(target).map(|sample| sample.outcome.errors).sum(),
        to_nginx: [ratio(|outcome| Some(outcome.per_second)), ratio(|outcome| outcome.cpu_us), ratio(p50)],
    })
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some((low + high) / 2.0)
}

impl Row {
    fn to_json(&self) -> Value {
        let [rate, cpu, p50] = self.to_nginx;
        json!({
            "scenario": self.scenario, "target": self.target.as_str(), "per_second": self.per_second,
            "cpu_us": self.cpu_us, "core_busy": self.busy, "p50_us": self.p50_us, "p99_us": self.p99_us,
            "first_byte_p50_us": self.first_p50_us, "memory_mib": self.memory_mib, "errors": self.errors,
            "to_nginx": { "per_second": rate, "cpu": cpu, "p50": p50 },
        })
    }
}

fn markdown(rows: &[Row], machine: &Value, date: &str, rounds: usize, measure_ms: u64) -> String {
    let word = |key: &str| machine.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut text = format!(
        "# {date}\n\n{} · {} cores · Linux {} · {} · commit {}\n\n{rounds} rounds of {measure_ms} ms, medians. Gateway and nginx on \
         one core, callers and provider on the other. In brackets: ratio to nginx in the same round. Where a core is less than \
         full, throughput is that of the callers: compare CPU.\n",
        word("cpu"),
        machine.get("cores").cloned().unwrap_or_default(),
        word("kernel"),
        word("nginx"),
        word("commit"),
    );
    for scenario in SCENARIOS {
        text.push_str(&format!(
            "\n## {}\n\n| | per second | CPU each | core | p50 | p99 | first byte p50 | memory | errors |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
            capital(scenario.name)
        ));
        for row in rows.iter().filter(|row| row.scenario == scenario.name) {
            text.push_str(&row.to_markdown());
        }
    }
    text
}

impl Row {
    fn to_markdown(&self) -> String {
        let [rate, cpu, p50] =
            self.to_nginx.map(|ratio| ratio.map(|ratio| format!(" ({ratio:.2})")).unwrap_or_default());
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        format!(
            "| {} | {:.0}{rate} | {} | {} | {:.0} µs{p50} | {:.0} µs | {:.0} µs | {} | {} |\n",
            self.target.as_str(),
            self.per_second,
            or_dash(self.cpu_us.map(|us| format!("{us:.1} µs{cpu}"))),
            or_dash(self.busy.map(|busy| format!("{:.0} %", busy * 100.0))),
            self.p50_us,
            self.p99_us,
            self.first_p50_us,
            or_dash(self.memory_mib.map(|mib| format!("{mib:.0} MiB"))),
            self.errors,
        )
    }
}

fn machine(root: &Path) -> Value {
    let first_line = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root).output().ok()?;
        let bytes = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        String::from_utf8_lossy(&bytes).lines().next().map(str::to_owned)
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).and_then(|line| line.split_once(": "));
    let changed = first_line("git", &["status", "--porcelain", "--untracked-files=no"]).is_some();
    let commit = first_line("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    json!({
        "cpu": cpu.map(|(_, name)| name).unwrap_or_default(),
        "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "kernel": first_line("uname", &["-r"]),
        "nginx": first_line("nginx", &["-v"]).map(|line| line.replace("nginx version: ", "")),
        "commit": format!("{commit}{}", if changed { " with changes" } else { "" }),
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
