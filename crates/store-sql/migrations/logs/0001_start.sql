-- Log rows, prompts and answers, attempts and counters. Written for SQLite and PostgreSQL; {bytes} and {clustered} are
-- spelt by the dialect. Ids are the 16 bytes of a ULID.

CREATE TABLE log_gateways (
    gw BIGINT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    gateway TEXT NOT NULL,
    row_count BIGINT NOT NULL DEFAULT 0,
    rows_stopped BIGINT NOT NULL DEFAULT 0,
    UNIQUE (account, gateway)
);

-- What filters and orders read; the whole record is in log_records.
CREATE TABLE logs (
    gw BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    id {bytes} NOT NULL,
    request_content_type TEXT,
    response_content_type TEXT,
    operation TEXT NOT NULL,
    success BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    requested_model TEXT NOT NULL,
    cost BIGINT,
    tokens_in BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    feedback BIGINT,
    score BIGINT,
    event_id TEXT,
    authenticated BIGINT NOT NULL,
    compat BIGINT NOT NULL,
    user_agent TEXT,
    status BIGINT NOT NULL,
    error_type TEXT,
    outcome TEXT NOT NULL,
    route_id TEXT,
    version BIGINT,
    trail TEXT,
    key_id TEXT,
    key_label TEXT,
    surface TEXT NOT NULL,
    stream BIGINT NOT NULL,
    custom_cost BIGINT NOT NULL,
    no_price BIGINT NOT NULL,
    simulated BIGINT NOT NULL,
    search_text TEXT NOT NULL,
    PRIMARY KEY (gw, created_at, id)
) {clustered};

CREATE UNIQUE INDEX logs_by_id ON logs (id);
CREATE INDEX logs_by_model ON logs (gw, model, created_at, id);
CREATE INDEX logs_by_provider ON logs (gw, provider, created_at, id);
CREATE INDEX logs_by_route ON logs (gw, route_id, created_at, id) WHERE route_id IS NOT NULL;
CREATE INDEX logs_by_key ON logs (gw, key_id, created_at, id) WHERE key_id IS NOT NULL;
-- What is rare and looked for.
CREATE INDEX logs_failed ON logs (gw, created_at, id) WHERE success = 0;
CREATE INDEX logs_by_error ON logs (gw, error_type, created_at, id) WHERE error_type IS NOT NULL;
CREATE INDEX logs_by_status ON logs (gw, status, created_at, id) WHERE status <> 200;
CREATE INDEX logs_cached ON logs (gw, created_at, id) WHERE cached = 1;
CREATE INDEX logs_no_price ON logs (gw, created_at, id) WHERE no_price = 1;
CREATE INDEX logs_with_feedback ON logs (gw, created_at, id) WHERE feedback IS NOT NULL;

CREATE TABLE log_records (
    id {bytes} PRIMARY KEY NOT NULL,
    record TEXT NOT NULL,
    extra_metadata TEXT
);

CREATE TABLE log_metadata (
    gw BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    id {bytes} NOT NULL,
    PRIMARY KEY (gw, name, value, created_at, id)
) {clustered};

CREATE INDEX log_metadata_by_id ON log_metadata (id, name, value);

-- Which routes occur, so that a filter by name becomes one by id.
CREATE TABLE log_routes (
    gw BIGINT NOT NULL,
    route_id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (gw, route_id, name)
) {clustered};

-- codec: 0 as it is, 1 zstd.
CREATE TABLE payloads (
    id {bytes} NOT NULL,
    side BIGINT NOT NULL,
    gw BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    content_type TEXT,
    stored_bytes BIGINT NOT NULL,
    full_bytes BIGINT NOT NULL,
    compressed_bytes BIGINT NOT NULL,
    codec BIGINT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (id, side)
);

CREATE INDEX payloads_by_age ON payloads (created_at, id, side, compressed_bytes);
CREATE INDEX payloads_by_gateway ON payloads (gw, created_at, id, side);

-- One row per attempt, and one with idx -1 for counts that a request booked outside of attempts. `opened` is the encoded
-- event; ended: 0 no, 1 settled, 2 void. From needed_until on, no limit and no check looks at the row.
CREATE TABLE attempts (
    request {bytes} NOT NULL,
    idx BIGINT NOT NULL,
    opened {bytes},
    ended BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    needed_until BIGINT NOT NULL,
    PRIMARY KEY (request, idx)
) {clustered};

CREATE INDEX attempts_open ON attempts (request, idx) WHERE ended = 0;
CREATE INDEX attempts_by_need ON attempts (needed_until);

CREATE TABLE counters (
    bucket {bytes} NOT NULL,
    window_start BIGINT NOT NULL,
    window_end BIGINT NOT NULL,
    is_cost BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    needed_until BIGINT NOT NULL,
    PRIMARY KEY (bucket, window_start)
) {clustered};

CREATE INDEX counters_by_need ON counters (needed_until);

CREATE TABLE journal_positions (
    stream BIGINT PRIMARY KEY NOT NULL,
    segment BIGINT NOT NULL,
    byte_offset BIGINT NOT NULL
);

CREATE TABLE state (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

-- Windows whose need ended before windows_horizon are gone, and so are attempts that ended before attempts_horizon.
INSERT INTO state (name, value) VALUES ('windows_horizon', 0), ('attempts_horizon', 0);
