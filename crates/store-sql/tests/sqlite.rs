//! The suite on SQLite, and what only files can show.

mod suite;

use waypost_store_sql::Stores;

macro_rules! on_sqlite {
    ($area:ident, $($name:ident),* $(,)?) => {
        mod $area {
            $(
                #[tokio::test]
                async fn $name() {
                    let stores = super::Stores::in_memory().await.unwrap();
                    super::suite::$area::$name(&*stores.$area).await;
                }
            )*
        }
    };
}

on_sqlite!(
    config,
    everything_reads_back,
    a_list_of_changes_happens_together_or_not_at_all,
    names_collide_with_a_noun,
    versions_are_numbered_and_roll_back,
    a47_ids_of_another_gateway_are_not_found,
    a_draft_changes_one_revision_at_a_time,
    keys_are_rotated_revoked_and_take_over,
    a_deleted_gateway_takes_along_what_is_its_own,
    s04_text_is_data,
    f59_a84_a_moved_secret_disables_that_key_alone,
    s14_sessions_end_with_what_opened_them,
);

on_sqlite!(
    logs,
    a_row_reads_back_as_it_was_written,
    pages_and_cursors_see_every_row_once,
    rows_come_in_every_order,
    filters_find_what_they_name,
    a_search_reads_what_people_see,
    s04_text_is_data,
    a_patch_changes_what_people_may_change,
    a47_rows_of_another_gateway_are_not_found,
    deleting_takes_the_first_of_an_order,
    payloads_are_kept_apart_and_cut,
    the_oldest_rows_go_first,
    a_full_log_stops_and_counts,
    payloads_go_by_age_and_by_size,
    what_is_removed_leaves_its_neighbours,
    what_comes_twice_counts_once,
    a_checkpoint_is_what_was_written,
    ends_may_come_first_and_only_one_counts,
    m4_a_row_costs_what_its_attempts_cost,
    a60_sums_saturate_and_block,
    old_windows_go_and_the_ledger_still_adds_up,
    m1_m2_m3_counters_equal_the_model,
    f60_a_batch_is_whole_or_nothing,
);

mod files {
    use std::{
        fs,
        path::Path,
        time::{Duration, Instant},
    };

    use sqlx::ConnectOptions as _;
    use waypost_store::{
        AccountRecord, Change, ConfigStore as _, LogStore as _, ProviderKeyRecord, StoreError, log::Batch,
        provider::ProviderKeyState, seal::MasterKey,
    };
    use waypost_store_sql::{CONFIG_FILE, LOGS_FILE, Stores, check};
    use waypost_types::{Secret, UnixMs};

    async fn execute(path: &Path, sql: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    #[tokio::test]
    async fn f60_a_batch_is_whole_or_nothing_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        super::suite::logs::f60_a_batch_is_whole_or_nothing(&*stores.logs).await;
    }

    #[tokio::test]
    async fn what_was_applied_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let account = AccountRecord { id: "default".into(), created_at: UnixMs(1) };
        let stores = Stores::open(dir.path()).await.unwrap();
        stores.config.apply(vec![Change::InsertAccount(account.clone())]).await.unwrap();
        // Not closed, as after a kill.
        let again = Stores::open(dir.path()).await.unwrap();
        assert_eq!(again.config.load().await.unwrap().accounts, vec![account]);
        drop(stores);
    }

    async fn locked(path: &Path) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut other = options.connect().await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        other
    }

    fn account() -> Vec<Change> {
        vec![Change::InsertAccount(AccountRecord { id: "default".into(), created_at: UnixMs(1) })]
    }

    #[tokio::test]
    async fn f50_a_lock_is_waited_for_and_reading_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        let mut other = locked(&dir.path().join(CONFIG_FILE)).await;
        let config = stores.config.clone();
        let writing = tokio::spawn(async move { config.apply(account()).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(stores.config.load().await.unwrap().generation, 0);
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        assert_eq!(writing.await.unwrap(), Ok(1));
    }

    #[tokio::test]
    #[ignore = "waits for three seconds"]
    async fn f50_a_lock_is_waited_for_no_longer_than_five_seconds() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        let _other = locked(&dir.path().join(CONFIG_FILE)).await;
        let began = Instant::now();
        let refused = tokio::join!(stores.config.apply(account()), stores.config.apply(account()));
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(refused.0, Err(StoreError::Unavailable("locked by another process".into())));
        assert_eq!(refused.1, Err(StoreError::Unavailable("all connections are busy".into())));
    }

    /// What the first release left: no blocks, records and payloads in rows of their own.
    #[tokio::test]
    async fn i16_rows_of_the_first_schema_are_read_changed_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        super::suite::logs::store_with_bodies(&*stores.logs).await;
        stores.close().await;
        let (path, old) = (dir.path().join(LOGS_FILE), dir.path().join("old.db"));
        let first = include_str!("../migrations/logs/0001_start.sql");
        let first = first.replace("{bytes}", "BLOB").replace("{clustered}", "WITHOUT ROWID");
        let record = super::suite::logs::stored_text();
        let columns = "request_content_type, response_content_type, operation, success, cached, provider, model, \
            requested_model, cost, tokens_in, tokens_out, duration, event_id, authenticated, compat, user_agent, status, \
            error_type, outcome, route_id, version, trail, key_id, key_label, surface, stream, custom_cost, no_price, \
            simulated";
        let script = format!(
            "{first} ATTACH '{}' AS new; \
             INSERT INTO log_gateways (gw, account, gateway, row_count) SELECT gw, account, gateway, row_count \
             FROM new.log_gateways; \
             INSERT INTO logs (gw, created_at, id, tokens, search_text, {columns}) SELECT l.gw, l.created_at, l.id, \
             l.tokens_in + l.tokens_out, 'what was found before', {columns} FROM new.logs l JOIN new.log_kinds USING (kind); \
             INSERT INTO log_metadata SELECT l.gw, m.key, m.value, l.created_at, l.id \
             FROM new.logs l, json_each(l.metadata) m; \
             INSERT INTO log_routes SELECT * FROM new.log_routes; \
             INSERT INTO log_records (id, record) SELECT id, '{record}' FROM logs; \
             INSERT INTO payloads SELECT id, 0, gw, created_at, 'text/plain', 5, 5, 5, 0, x'68656c6c6f' FROM logs; \
             CREATE TABLE _sqlx_migrations AS SELECT * FROM new._sqlx_migrations WHERE version = 1",
            path.display()
        );
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&old).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
        fs::rename(old, path).unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        super::suite::logs::old_rows_are_read_changed_and_removed(&*stores.logs).await;
    }

    #[tokio::test]
    async fn f57_a_newer_schema_is_refused_with_text() {
        let dir = tempfile::tempdir().unwrap();
        Stores::open(dir.path()).await.unwrap().close().await;
        let path = dir.path().join(LOGS_FILE);
        execute(
            &path,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (99, 'later', 1, x'00', 0)",
        )
        .await;
        let before = fs::read(&path).unwrap();
        let error = Stores::open(dir.path()).await.unwrap_err().to_string();
        assert!(error.contains("newer release of Waypost (schema 99, this one knows 5)"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "nothing was touched");
    }

    #[tokio::test]
    async fn f54_a_damaged_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(CONFIG_FILE), vec![b'x'; 20_000]).unwrap();
        let error = Stores::open(dir.path()).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt(text) if text.contains(CONFIG_FILE)), "{error}");
        let report = check(dir.path(), None).await;
        assert!(report.problems[0].contains("cannot be read as a database"), "{report:?}");
    }

    #[tokio::test]
    async fn f54_a_flipped_page_is_found_by_the_check() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        stores.logs.write_batch(&Batch::default()).await.unwrap();
        stores.close().await;
        let path = dir.path().join(LOGS_FILE);
        let mut bytes = fs::read(&path).unwrap();
        // The second page: the root of the first table or index.
        bytes[8192..8192 + 64].fill(0xa5);
        fs::write(&path, bytes).unwrap();
        assert!(!check(dir.path(), None).await.problems.is_empty());
    }

    #[tokio::test]
    async fn m1_a_tampered_counter_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        super::suite::logs::what_comes_twice_counts_once(&*stores.logs).await;
        stores.close().await;
        assert_eq!(check(dir.path(), None).await.problems, Vec::<String>::new());
        let path = dir.path().join(LOGS_FILE);
        execute(&path, "UPDATE counters SET settled = settled + 1, reserved = 2 WHERE is_cost = 1").await;
        let problems = check(dir.path(), None).await.problems;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("M1: ") && problems[0].ends_with("settled 41, attempts say 40"));
        assert!(problems[1].starts_with("M2: ") && problems[1].ends_with("reserved 2, attempts say 0"));
    }

    #[tokio::test]
    async fn f59_the_check_tells_keys_apart() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::open(dir.path()).await.unwrap();
        let master = MasterKey::from_hex(&Secret::new("7f".repeat(32))).unwrap();
        let gateway = super::suite::config::gateway("one");
        let mut key = ProviderKeyRecord {
            id: "k1".into(),
            gateway: gateway.name(),
            provider_slug: "openai".into(),
            alias: "default".into(),
            default_config: true,
            secret_ciphertext: Vec::new(),
            secret_preview: "••••".into(),
            rate_limit: None,
            rate_limit_period: None,
            state: ProviderKeyState::Works,
            created_at: UnixMs(1),
            modified_at: UnixMs(1),
        };
        key.secret_ciphertext = master.seal(&key.place(), &Secret::new("sk-canary".to_owned())).unwrap();
        let copied = ProviderKeyRecord { id: "k2".into(), alias: "copied".into(), ..key.clone() };
        let account = AccountRecord { id: "default".into(), created_at: UnixMs(1) };
        stores
            .config
            .apply(vec![
                Change::InsertAccount(account),
                Change::InsertGateway(gateway),
                Change::InsertProviderKey(key),
                Change::InsertProviderKey(copied),
            ])
            .await
            .unwrap();
        stores.close().await;
        let report = check(dir.path(), Some(&master)).await;
        assert_eq!((report.keys_usable, report.keys_damaged, report.keys_of_another_master), (1, 1, 0));
        assert!(report.problems[0].contains("openai/copied"), "{report:?}");
        let report = check(dir.path(), None).await;
        assert_eq!((report.keys_usable, report.keys_of_another_master), (0, 2));
        for file in [CONFIG_FILE, LOGS_FILE] {
            let bytes = fs::read(dir.path().join(file)).unwrap();
            assert!(!bytes.windows(9).any(|window| window == b"sk-canary"), "a80: {file}");
        }
    }
}
