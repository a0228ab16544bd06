//! What the journal costs here: nanoseconds per append, and the time to replay a gibibyte.
//!
//! `cargo run --release -p waypost-journal --example measure [FOLDER]`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use waypost_journal::{Event, Journal, Kept, Opened, Options};
use waypost_money::event::{Open, Settle};
use waypost_types::{AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, UnixMs, Usage, record::CostSource};

const EVENTS: u32 = 200_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("waypost-journal"), PathBuf::from);
    let record = vec![b'x'; 1_500];
    measure(&folder, "open, 2 bookings (139 bytes)", opening)?;
    measure(&folder, "settle (93 bytes)", settling)?;
    measure(&folder, "record of 1,500 bytes", move |_| Event::Record(record.clone()))?;
    replay(&folder)
}

/// Appends at 20,000 events per second, in bursts of 20, as a busy core would, and times the bursts.
fn measure(folder: &Path, what: &str, event: impl Fn(u32) -> Event) -> Result<(), Box<dyn std::error::Error>> {
    let Opened { journal, mut tail, .. } = Journal::open(folder, Options::default(), &[])?;
    let appender = journal.appender(0);
    let (mut bursts, mut not_durable) = (Vec::new(), 0);
    for burst in 0..EVENTS / 20 {
        let events: Vec<Event> = (0..20).map(|index| event(burst * 20 + index)).collect();
        let start = Instant::now();
        for event in &events {
            not_durable += u32::from(appender.append(event) != Kept::Durable);
        }
        bursts.push(start.elapsed());
        if burst % 100 == 0 {
            let batch = tail.next_batch(10_000);
            tail.release(&batch.positions);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    bursts.sort();
    let at = |share: f64| bursts[(bursts.len() as f64 * share) as usize].as_nanos() / 20;
    let mean = bursts.iter().sum::<Duration>().as_nanos() / u128::from(EVENTS);
    let worst = bursts.last().copied().unwrap_or_default();
    println!("{what}: mean {mean} ns, p50 {} ns, p99 {} ns", at(0.5), at(0.99));
    println!("  slowest 20 together {worst:?}; {not_durable} waited in memory");
    drop(journal);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn replay(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    {
        let Opened { journal, .. } = Journal::open(folder, Options::default(), &[])?;
        let appender = journal.appender(0);
        let record = vec![b'x'; 1_500];
        for number in 0.. {
            if journal.stats().disk_bytes >= 1 << 30 {
                break;
            }
            while appender.append(&opening(number)) == Kept::Memory {
                std::thread::sleep(Duration::from_millis(1));
                if journal.stats().memory_bytes == 0 {
                    break;
                }
            }
            let _ = (appender.append(&settling(number)), appender.append_record(&record));
        }
    }
    let start = Instant::now();
    let Opened { mut replay, .. } = Journal::open(folder, Options::default(), &[])?;
    let events = replay.by_ref().count();
    let bytes = replay.report().bytes >> 20;
    println!("replay of {bytes} MiB, {events} events: {:?}", start.elapsed());
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn attempt(number: u32) -> AttemptId {
    AttemptId { request: RequestId::new(UnixMs(1_790_000_000_000), u128::from(number)), index: 0 }
}

fn opening(number: u32) -> Event {
    let at = UnixMs(1_790_000_000_000);
    let booking = |bucket| Booking {
        bucket: BucketId([bucket; 16]),
        kind: LimitKind::Cost,
        window_start: at,
        window_end: at.plus_ms(3_600_000),
        amount: i64::from(number),
    };
    let (estimate, bookings) = (Some(PicoUsd(5)), vec![booking(1), booking(2)]);
    Open { attempt: attempt(number), at, bookings, estimate, counts: Vec::new(), origin: None }.into()
}

fn settling(number: u32) -> Event {
    let (cost, source, usage) = (PicoUsd(5), CostSource::Price, Usage::default());
    Settle { attempt: attempt(number), at: UnixMs(1_790_000_000_000), cost, source, usage }.into()
}
