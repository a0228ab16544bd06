-- What rows have in common stands once. Rows of the same route, model, key and end differ in times and numbers only: the rest
-- of their columns is their kind. `signature` is all of it in one value, `row_count` the rows of that kind.
CREATE TABLE log_kinds (
    kind {serial} PRIMARY KEY NOT NULL,
    signature {bytes} NOT NULL UNIQUE,
    row_count BIGINT NOT NULL,
    request_content_type TEXT,
    response_content_type TEXT,
    operation TEXT NOT NULL,
    success BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    requested_model TEXT NOT NULL,
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
    search_text TEXT NOT NULL
);

-- In which slots of 16 ms a gateway has rows with this value, and how many. Slots are walked in the order of time, and the rows of a slot
-- looked through: a busy gateway has one entry for many rows.
CREATE TABLE log_slots (
    gw BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    slot BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (gw, name, value, slot)
) {clustered};

ALTER TABLE logs RENAME TO logs_before;
ALTER TABLE logs_before ADD COLUMN signature {bytes};
UPDATE logs_before SET signature = CAST(
    COALESCE('+' || request_content_type, '-') || '|' || COALESCE('+' || response_content_type, '-') || '|' || operation
    || '|' || success || '|' || cached || '|' || provider || '|' || model || '|' || requested_model || '|' || authenticated
    || '|' || compat || '|' || COALESCE('+' || user_agent, '-') || '|' || status || '|' || COALESCE('+' || error_type, '-')
    || '|' || outcome || '|' || COALESCE('+' || route_id, '-') || '|' || COALESCE(version, 0) || '|'
    || COALESCE('+' || trail, '-') || '|' || COALESCE('+' || key_id, '-') || '|' || COALESCE('+' || key_label, '-') || '|'
    || surface || '|' || stream || '|' || custom_cost || '|' || no_price || '|' || simulated AS {bytes});

INSERT INTO log_kinds
SELECT ROW_NUMBER() OVER (ORDER BY signature), signature, COUNT(*), MIN(request_content_type), MIN(response_content_type),
    MIN(operation), MIN(success), MIN(cached), MIN(provider), MIN(model), MIN(requested_model), MIN(authenticated),
    MIN(compat), MIN(user_agent), MIN(status), MIN(error_type), MIN(outcome), MIN(route_id), MIN(version), MIN(trail),
    MIN(key_id), MIN(key_label), MIN(surface), MIN(stream), MIN(custom_cost), MIN(no_price), MIN(simulated),
    MIN(model || '|' || provider || '|' || requested_model || '|' || COALESCE(error_type, '') || '|'
        || COALESCE((SELECT MIN(r.name) FROM log_routes r WHERE r.gw = l.gw AND r.route_id = l.route_id), '') || '|'
        || COALESCE(key_label, '') || '|' || COALESCE(user_agent, ''))
FROM logs_before l GROUP BY signature;

-- `search_text` is what a search finds beside the kind and the metadata, `metadata` an object of texts.
CREATE TABLE logs (
    gw BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    id {bytes} NOT NULL,
    kind BIGINT NOT NULL,
    cost BIGINT,
    tokens_in BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    feedback BIGINT,
    score BIGINT,
    event_id TEXT,
    search_text TEXT,
    metadata TEXT,
    block BIGINT,
    place BIGINT,
    sides BIGINT,
    extra_metadata TEXT,
    PRIMARY KEY (gw, created_at, id)
) {clustered};

INSERT INTO logs
SELECT l.gw, l.created_at, l.id, k.kind, l.cost, l.tokens_in, l.tokens_out, l.duration, l.feedback, l.score, l.event_id,
    l.search_text, (SELECT {object_of} FROM log_metadata m WHERE m.id = l.id HAVING COUNT(*) > 0), l.block, l.place,
    l.sides, l.extra_metadata
FROM logs_before l JOIN log_kinds k ON k.signature = l.signature;

INSERT INTO log_slots (gw, name, value, slot, row_count)
SELECT gw, name, value, slot, COUNT(*) FROM (
    SELECT gw, 'model' AS name, model AS value, created_at / 16 AS slot FROM logs_before
    UNION ALL SELECT gw, 'provider' AS name, provider AS value, created_at / 16 AS slot FROM logs_before
    UNION ALL SELECT gw, 'route' AS name, route_id AS value, created_at / 16 AS slot FROM logs_before WHERE route_id IS NOT NULL
    UNION ALL SELECT gw, 'key_id' AS name, key_id AS value, created_at / 16 AS slot FROM logs_before WHERE key_id IS NOT NULL
    UNION ALL SELECT gw, 'error_type' AS name, error_type AS value, created_at / 16 AS slot FROM logs_before WHERE error_type IS NOT NULL
    UNION ALL SELECT gw, 'status_code' AS name, CAST(status AS TEXT) AS value, created_at / 16 AS slot FROM logs_before WHERE status <> 200
    UNION ALL SELECT gw, 'success' AS name, 'false' AS value, created_at / 16 AS slot FROM logs_before WHERE success = 0
    UNION ALL SELECT gw, 'cached' AS name, 'true' AS value, created_at / 16 AS slot FROM logs_before WHERE cached = 1
    UNION ALL SELECT gw, 'no_price' AS name, 'true' AS value, created_at / 16 AS slot FROM logs_before WHERE no_price = 1
    UNION ALL SELECT gw, 'metadata.' || name AS name, value AS value, created_at / 16 AS slot FROM log_metadata
) found GROUP BY gw, name, value, slot;

DROP TABLE logs_before;
DROP TABLE log_metadata;

CREATE UNIQUE INDEX logs_by_id ON logs (id);
CREATE INDEX logs_with_feedback ON logs (gw, created_at, id) WHERE feedback IS NOT NULL;
