//! The callers: keep-alive connections in one thread, each with one request at a time, every answer verified.

mod client;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval_at};

use self::client::Connection;
use crate::process;

/// What an answer must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Expect {
    /// Chat JSON with a length.
    Plain,
    /// All events, then `[DONE]`.
    Stream,
}

/// One measurement.
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) request: Vec<u8>,
    pub(crate) expect: Expect,
    pub(crate) connections: usize,
    pub(crate) rate: Option<u32>,
    pub(crate) warmup_ms: u64,
    pub(crate) measure_ms: u64,
    pub(crate) watch: Option<u32>,
}

/// What came of it. Times in microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) completed: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) per_second: f64,
    pub(crate) p50_us: u32,
    pub(crate) p99_us: u32,
    /// Until the first byte of the body.
    pub(crate) first_p50_us: u32,
    /// CPU time of the watched process per completed request.
    pub(crate) cpu_us: Option<f64>,
    /// Share of one core that it used.
    pub(crate) busy: Option<f64>,
}

#[derive(Default)]
struct Tally {
    totals_us: Vec<u32>,
    firsts_us: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

pub(crate) fn run(plan: Plan) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(Arc::new(plan)))
}

pub(crate) async fn measure(plan: Arc<Plan>) -> Result<Outcome> {
    let (counting, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..plan.connections)
        .map(|index| tokio::spawn(call(plan.clone(), index, counting.clone(), ended.clone())))
        .collect();
    tokio::time::sleep(Duration::from_millis(plan.warmup_ms)).await;

    let cpu_before = plan.watch.and_then(process::cpu_time);
    let begin = Instant::now();
    counting.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(plan.measure_ms)).await;
    counting.store(false, Ordering::Relaxed);
    let seconds = begin.elapsed().as_secs_f64();
    let cpu_after = plan.watch.and_then(process::cpu_time);
    ended.store(true, Ordering::Relaxed);

    let mut all = Tally::default();
    for caller in callers {
        let tally = caller.await?;
        all.totals_us.extend(tally.totals_us);
        all.firsts_us.extend(tally.firsts_us);
        all.errors += tally.errors;
        all.first_error = all.first_error.or(tally.first_error);
    }
    let cpu = cpu_before.zip(cpu_after).map(|(before, after)| after.saturating_sub(before).as_secs_f64());
    Ok(all.outcome(seconds, cpu))
}

async fn call(plan: Arc<Plan>, index: usize, counting: Arc<AtomicBool>, ended: Arc<AtomicBool>) -> Tally {
    let mut tally = Tally::default();
    let mut connection = None;
    let mut turns = plan.rate.map(|rate| turns(&plan, rate, index));
    while !ended.load(Ordering::Relaxed) {
        if let Some(turns) = &mut turns {
            turns.tick().await;
        }
        let begin = Instant::now();
        let result = exchange(&mut connection, &plan).await;
        match result {
            Ok(first) if counting.load(Ordering::Relaxed) => {
                tally.totals_us.push(micros(begin.elapsed()));
                tally.firsts_us.push(micros(first.duration_since(begin)));
            }
            Ok(_) => {}
            Err(error) => {
                connection = None;
                tally.errors += 1;
                tally.first_error.get_or_insert(error);
                // A target that is down must not be hammered by a busy loop.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    tally
}

/// Connections take turns, evenly spread.
fn turns(plan: &Plan, rate: u32, index: usize) -> tokio::time::Interval {
    let between = Duration::from_secs(1) / rate.max(1);
    let count = u32::try_from(plan.connections).unwrap_or(u32::MAX);
    let offset = between * u32::try_from(index).unwrap_or_default();
    let mut turns = interval_at(tokio::time::Instant::now() + offset, between * count);
    turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
    turns
}

/// One request and its answer; when the first byte of the body came.
async fn exchange(connection: &mut Option<Connection>, plan: &Plan) -> Result<Instant, String> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(Connection::open(plan.address).await?),
    };
    open.exchange(&plan.request, plan.expect).await
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

impl Tally {
    fn outcome(mut self, seconds: f64, cpu_s: Option<f64>) -> Outcome {
        self.totals_us.sort_unstable();
        self.firsts_us.sort_unstable();
        let completed = self.totals_us.len() as u64;
        let at = |sorted: &[u32], percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default();
        Outcome {
            completed,
            errors: self.errors,
            first_error: self.first_error.clone(),
            per_second: completed as f64 / seconds,
            p50_us: at(&self.totals_us, 50),
            p99_us: at(&self.totals_us, 99),
            first_p50_us: at(&self.firsts_us, 50),
            cpu_us: cpu_s.filter(|_| completed > 0).map(|cpu| cpu * 1e6 / completed as f64),
            busy: cpu_s.map(|cpu| cpu / seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        targets::{Shape, Target, request},
        upstream,
    };

    async fn outcome(shape: Shape, expect: Expect, rate: Option<u32>, change: fn(String) -> String) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let provider = tokio::spawn(upstream::accept(listener, 1));
        let request = change(String::from_utf8(request(Target::Direct, shape)).unwrap()).into_bytes();
        let plan = Plan { address, request, expect, connections: 2, rate, warmup_ms: 1, measure_ms: 250, watch: None };
        let outcome = measure(Arc::new(plan)).await.unwrap();
        provider.abort();
        outcome
    }

    #[tokio::test]
    async fn answers_of_every_shape_are_counted_and_verified() {
        for (shape, expect) in
            [(Shape::Plain, Expect::Plain), (Shape::Ready, Expect::Stream), (Shape::Paced, Expect::Stream)]
        {
            let outcome = outcome(shape, expect, None, |request| request).await;
            assert!(outcome.completed > 0 && outcome.errors == 0, "{shape:?}: {outcome:?}");
        }
        let slow = outcome(Shape::Plain, Expect::Plain, Some(100), |request| request).await;
        assert!((15..=35).contains(&slow.completed), "{slow:?}");
    }

    #[tokio::test]
    async fn a_wrong_answer_is_an_error() {
        let outcome = outcome(Shape::Plain, Expect::Stream, None, |request| request).await;
        assert!(outcome.completed == 0 && outcome.errors > 0, "{outcome:?}");
        assert!(outcome.first_error.unwrap().starts_with("status 200"));
    }

    #[tokio::test]
    async fn the_usage_event_comes_when_asked_for() {
        let outcome = outcome(Shape::Ready, Expect::Stream, None, |request| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let asking = body.replace("\"user\":\"ready\"", "\"include_usage\":true");
            let length = |body: &str| format!("content-length: {}", body.len());
            format!("{}\r\n\r\n{asking}", head.replace(&length(body), &length(&asking)))
        })
        .await;
        // One event more than the callers expect: a gateway that asks for it must withhold it.
        assert!(outcome.completed == 0 && outcome.errors > 0, "{outcome:?}");
    }
}
