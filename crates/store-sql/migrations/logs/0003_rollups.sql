-- Sums of rows, a minute or an hour wide (60,000 or 3,600,000 ms). `subject` and `name` say what is summed up, `cell` holds
-- the encoded sums. Rows older than rollups_from were stored before there were sums, and stand in none.

CREATE TABLE rollups (
    gw BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    width BIGINT NOT NULL,
    start BIGINT NOT NULL,
    name TEXT NOT NULL,
    cell {bytes} NOT NULL,
    PRIMARY KEY (gw, subject, width, start, name)
) {clustered};

INSERT INTO state (name, value) SELECT 'rollups_from', COALESCE(MAX(created_at) + 1, 0) FROM logs;

-- Retention has removed rows before this moment.
ALTER TABLE log_gateways ADD COLUMN swept_until BIGINT NOT NULL DEFAULT 0;
