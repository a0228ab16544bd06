//! What a restart begins with, and whether the numbers still add up.

use std::collections::HashMap;

use sqlx::Row as _;
use waypost_store::{
    StoreError,
    ledger::{Checkpoint, CounterRow, JournalPosition, LedgerDifference},
    log::LogStats,
};
use waypost_types::{Booking, BucketId, LimitKind, UnixMs};

use super::fold::{self, End, clamp, request_id};
use crate::{
    dialect::{Row, Tx, disk_bytes},
    error::{corrupt, store_error},
};

/// Differences reported at most.
const DIFFERENCES_MAX: usize = 1_000;
/// Attempts read at a time.
const PART: i64 = 5_000;

pub(super) async fn load_checkpoint(view: &mut Tx, now: UnixMs) -> Result<Checkpoint, StoreError> {
    let positions = sqlx::query("SELECT stream, segment, byte_offset FROM journal_positions ORDER BY stream")
        .fetch_all(&mut **view)
        .await
        .map_err(store_error)?;
    let counters = sqlx::query("SELECT * FROM counters WHERE needed_until > $1 OR reserved <> 0")
        .bind(now.0)
        .fetch_all(&mut **view)
        .await
        .map_err(store_error)?;
    let open = sqlx::query("SELECT opened FROM attempts WHERE ended = 0 ORDER BY request, idx")
        .fetch_all(&mut **view)
        .await
        .map_err(store_error)?;
    let read_open = |row: &Row| {
        let bytes: Option<Vec<u8>> = row.try_get("opened").map_err(store_error)?;
        fold::decode(&bytes.unwrap_or_default())
    };
    Ok(Checkpoint {
        positions: positions.iter().map(position).collect::<Result<_, _>>()?,
        counters: counters.iter().map(counter).collect::<Result<_, _>>()?,
        open_attempts: open.iter().map(read_open).collect::<Result<_, _>>()?,
    })
}

fn position(row: &Row) -> Result<JournalPosition, StoreError> {
    let stream: i64 = row.try_get("stream").map_err(store_error)?;
    let segment: i64 = row.try_get("segment").map_err(store_error)?;
    let offset: i64 = row.try_get("byte_offset").map_err(store_error)?;
    let stream = u32::try_from(stream).map_err(|error| corrupt("journal_positions.stream", error))?;
    Ok(JournalPosition { stream, segment: segment.unsigned_abs(), offset: offset.unsigned_abs() })
}

fn counter(row: &Row) -> Result<CounterRow, StoreError> {
    let whole = |column: &str| -> Result<i64, StoreError> { row.try_get(column).map_err(store_error) };
    let bucket: Vec<u8> = row.try_get("bucket").map_err(store_error)?;
    Ok(CounterRow {
        bucket: bucket.try_into().map(BucketId).map_err(|_| corrupt("counters.bucket", "a bucket id has 16 bytes"))?,
        kind: if whole("is_cost")? == 0 { LimitKind::Count } else { LimitKind::Cost },
        window_start: UnixMs(whole("window_start")?),
        window_end: UnixMs(whole("window_end")?),
        settled: whole("settled")?,
        reserved: whole("reserved")?,
    })
}

// === the check ===

type Sums = HashMap<(BucketId, UnixMs), (i128, i128)>;

pub(super) async fn check(view: &mut Tx) -> Result<Vec<LedgerDifference>, StoreError> {
    let mut differences = Vec::new();
    let windows_horizon = UnixMs(state(view, "windows_horizon").await?);
    let sums = sum_attempts(view, windows_horizon, &mut differences).await?;
    compare_counters(view, sums, windows_horizon, &mut differences).await?;
    compare_rows(view, &mut differences).await?;
    differences.truncate(DIFFERENCES_MAX);
    Ok(differences)
}

async fn state(view: &mut Tx, name: &str) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT value FROM state WHERE name = $1")
        .bind(name)
        .fetch_one(&mut **view)
        .await
        .map_err(store_error)
}

/// Settled and reserved amounts per window, summed over all stored attempts. Windows that are gone are left out.
async fn sum_attempts(
    view: &mut Tx,
    horizon: UnixMs,
    differences: &mut Vec<LedgerDifference>,
) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    let mut after: (Vec<u8>, i64) = (Vec::new(), i64::MIN);
    loop {
        let sql = "SELECT request, idx, opened, ended, cost FROM attempts \
                   WHERE request > $1 OR (request = $1 AND idx > $2) ORDER BY request, idx LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(after.0.clone())
            .bind(after.1)
            .bind(PART)
            .fetch_all(&mut **view)
            .await
            .map_err(store_error)?;
        let Some(last) = rows.last() else { return Ok(sums) };
        after = (last.try_get("request").map_err(store_error)?, last.try_get("idx").map_err(store_error)?);
        for row in &rows {
            sum_attempt(row, horizon, &mut sums, differences)?;
        }
    }
}

fn sum_attempt(
    row: &Row,
    horizon: UnixMs,
    sums: &mut Sums,
    differences: &mut Vec<LedgerDifference>,
) -> Result<(), StoreError> {
    let opened: Option<Vec<u8>> = row.try_get("opened").map_err(store_error)?;
    let tag: i64 = row.try_get("ended").map_err(store_error)?;
    let cost: i64 = row.try_get("cost").map_err(store_error)?;
    let Some(opened) = opened else {
        let index: i64 = row.try_get("idx").map_err(store_error)?;
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        differences.push(LedgerDifference::EndWithoutOpen { request: request_id(row, "request")?, index });
        return Ok(());
    };
    let (open, end) = (fold::decode(&opened)?, End::from_columns(tag, cost));
    let is_gone = |booking: &Booking| fold::needed_until(booking.window_start, booking.window_end) <= horizon;
    for count in open.counts.iter().filter(|count| !is_gone(count)) {
        sums.entry((count.bucket, count.window_start)).or_default().0 += i128::from(count.amount.max(0));
    }
    // A reservation keeps its window, however old.
    for booking in open.bookings.iter().filter(|booking| end == End::Open || !is_gone(booking)) {
        let sum = sums.entry((booking.bucket, booking.window_start)).or_default();
        match end {
            End::Open => sum.1 += i128::from(booking.amount.max(0)),
            ended => sum.0 += ended.books(booking),
        }
    }
    Ok(())
}

/// M1 and M2.
async fn compare_counters(
    view: &mut Tx,
    mut sums: Sums,
    horizon: UnixMs,
    differences: &mut Vec<LedgerDifference>,
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT * FROM counters").fetch_all(&mut **view).await.map_err(store_error)?;
    for row in &rows {
        let counter = counter(row)?;
        let sum = sums.remove(&(counter.bucket, counter.window_start)).unwrap_or_default();
        // A window that is kept for a reservation alone has lost the attempts that were settled in it.
        let is_whole = counter.is_needed_until() > horizon;
        compare(counter, sum, is_whole, differences);
    }
    for ((bucket, window_start), sum) in sums {
        let nothing = CounterRow {
            bucket,
            kind: LimitKind::Count,
            window_start,
            window_end: window_start,
            settled: 0,
            reserved: 0,
        };
        compare(nothing, sum, true, differences);
    }
    Ok(())
}

fn compare(counter: CounterRow, sum: (i128, i128), is_whole: bool, differences: &mut Vec<LedgerDifference>) {
    let CounterRow { bucket, window_start, settled, reserved, .. } = counter;
    let (attempts_settled, attempts_reserved) = (clamp(sum.0), clamp(sum.1));
    if is_whole && settled != attempts_settled {
        differences.push(LedgerDifference::Settled {
            bucket,
            window_start,
            counter: settled,
            attempts: attempts_settled,
        });
    }
    if reserved != attempts_reserved {
        differences.push(LedgerDifference::Reserved {
            bucket,
            window_start,
            counter: reserved,
            attempts: attempts_reserved,
        });
    }
}

/// M4: rows with a known cost whose attempts have all ended. Rows older than the kept attempts are left out.
async fn compare_rows(view: &mut Tx, differences: &mut Vec<LedgerDifference>) -> Result<(), StoreError> {
    let horizon = state(view, "attempts_horizon").await?;
    let sql = "SELECT l.id, l.cost, CAST(COALESCE(SUM(a.cost), 0) AS BIGINT) AS attempts FROM logs l \
               LEFT JOIN attempts a ON a.request = l.id AND a.idx >= 0 \
               WHERE l.cost IS NOT NULL AND l.created_at > $1 GROUP BY l.id, l.cost \
               HAVING l.cost <> COALESCE(SUM(a.cost), 0) AND COALESCE(MIN(a.ended), 1) <> 0 LIMIT $2";
    let rows = sqlx::query(sql)
        .bind(horizon)
        .bind(DIFFERENCES_MAX as i64)
        .fetch_all(&mut **view)
        .await
        .map_err(store_error)?;
    for row in &rows {
        differences.push(LedgerDifference::Cost {
            request: request_id(row, "id")?,
            row: row.try_get("cost").map_err(store_error)?,
            attempts: row.try_get("attempts").map_err(store_error)?,
        });
    }
    Ok(())
}

pub(super) async fn stats(connection: &mut sqlx::SqliteConnection) -> Result<LogStats, StoreError> {
    let sql = "SELECT (SELECT CAST(COALESCE(SUM(row_count), 0) AS BIGINT) FROM log_gateways) AS row_count, \
               (SELECT CAST(COALESCE(SUM(rows_stopped), 0) AS BIGINT) FROM log_gateways) AS rows_stopped, \
               CAST((SELECT COUNT(*) FROM payloads) + \
               (SELECT COALESCE(SUM(payloads), 0) FROM payload_blocks) AS BIGINT) AS payload_count, \
               CAST((SELECT COALESCE(SUM(compressed_bytes), 0) FROM payloads) + \
               (SELECT COALESCE(SUM(compressed_bytes), 0) FROM payload_blocks) AS BIGINT) AS payload_bytes, \
               (SELECT COUNT(*) FROM attempts WHERE ended = 0) AS open_attempts";
    let row = sqlx::query(sql).fetch_one(&mut *connection).await.map_err(store_error)?;
    let number = |column: &str| -> Result<u64, StoreError> {
        row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(store_error)
    };
    Ok(LogStats {
        rows: number("row_count")?,
        rows_stopped: number("rows_stopped")?,
        payloads: number("payload_count")?,
        payload_bytes: number("payload_bytes")?,
        open_attempts: number("open_attempts")?,
        disk_bytes: disk_bytes(connection).await?,
    })
}
