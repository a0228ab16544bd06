//! What a gateway wrote down, read by somebody else: a second look at its database.

use std::{path::Path, time::Duration};

use tokio::time::{Instant, sleep};
use waypost_store::{
    GatewayRef, LogStore,
    ledger::CounterRow,
    log::{LogQuery, Order, Paging},
};
use waypost_store_sql::Stores;
use waypost_types::{RequestId, UnixMs, record::RequestRecord};

/// A row is visible this soon after its answer.
pub const VISIBLE_WITHIN: Duration = Duration::from_secs(2);
const POLL_EVERY: Duration = Duration::from_millis(10);

/// The auditor.
#[derive(Clone, Debug)]
pub struct Audit {
    stores: Stores,
}

impl Audit {
    /// Opens the databases of a data directory.
    ///
    /// # Panics
    /// When there are none.
    pub async fn open(data_dir: &Path) -> Self {
        Self { stores: Stores::open(data_dir).await.expect("the databases open") }
    }

    /// The databases themselves.
    pub const fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Closes them.
    pub async fn close(&self) {
        self.stores.close().await;
    }

    /// The row of a request of the default gateway, as soon as it is there.
    ///
    /// # Panics
    /// When it is not there within 2 s.
    pub async fn row(&self, id: &str) -> RequestRecord {
        self.row_of("default", id).await
    }

    /// The row of a request of any gateway.
    ///
    /// # Panics
    /// When it is not there within 2 s.
    pub async fn row_of(&self, gateway: &str, id: &str) -> RequestRecord {
        self.row_within(gateway, id, VISIBLE_WITHIN).await
    }

    /// The row of a request, where other things are stored before it: after a crash, what the journal held.
    ///
    /// # Panics
    /// When it is not there in time.
    pub async fn row_within(&self, gateway: &str, id: &str, limit: Duration) -> RequestRecord {
        let gateway = GatewayRef::new("default", gateway);
        let id: RequestId = id.parse().expect("an id of a log row");
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(row) = self.stores.logs.find(&gateway, id).await {
                return row.record;
            }
            assert!(Instant::now() < deadline, "no row {id} within {limit:?}");
            sleep(POLL_EVERY).await;
        }
    }

    /// All rows of the default gateway, oldest first, at most 100,000.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn rows(&self) -> Vec<RequestRecord> {
        let gateway = GatewayRef::new("default", "default");
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let query = LogQuery {
                order: Order::default(),
                paging: Paging::After { cursor, limit: waypost_store::log::ROWS_PER_PAGE_MAX },
                ..LogQuery::default()
            };
            let page = self.stores.logs.list(&gateway, &query).await.expect("the log can be read");
            rows.extend(page.rows.into_iter().map(|row| row.record));
            cursor = page.next;
            if cursor.is_none() || rows.len() >= 100_000 {
                rows.sort_by_key(|row| row.id);
                return rows;
            }
        }
    }

    /// Rows, once there are so many.
    ///
    /// # Panics
    /// When there are fewer after 2 s.
    pub async fn rows_when(&self, count: usize) -> Vec<RequestRecord> {
        let deadline = Instant::now() + VISIBLE_WITHIN;
        loop {
            let rows = self.rows().await;
            if rows.len() >= count {
                return rows;
            }
            assert!(Instant::now() < deadline, "{} rows instead of {count} within {VISIBLE_WITHIN:?}", rows.len());
            sleep(POLL_EVERY).await;
        }
    }

    /// Waits until no attempt is open, then recomputes M1–M4.
    ///
    /// # Panics
    /// When an attempt stays open, or anything differs.
    pub async fn books_balance(&self) {
        let deadline = Instant::now() + VISIBLE_WITHIN;
        loop {
            let stats = self.stores.logs.stats().await.expect("the log can be read");
            if stats.open_attempts == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{} attempts stay open", stats.open_attempts);
            sleep(POLL_EVERY).await;
        }
        let differences = self.stores.logs.check_ledger().await.expect("the ledger can be read");
        let words: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(words.is_empty(), "{words:#?}");
    }

    /// The counters as stored.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn counters(&self) -> Vec<CounterRow> {
        self.stores.logs.load_checkpoint(UnixMs(0)).await.expect("the counters can be read").counters
    }
}
