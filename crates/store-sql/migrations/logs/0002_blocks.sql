-- Records, prompts and answers of neighbouring rows lie together in blocks: what repeats in each of them is stored once,
-- and a row costs one place in a tree instead of six. Rows without a block have theirs in log_records and payloads.
-- codec: 0 as it is, 1 zstd. raw_bytes: before compression.
CREATE TABLE log_blocks (
    block {serial} PRIMARY KEY NOT NULL,
    codec BIGINT NOT NULL,
    raw_bytes BIGINT NOT NULL,
    body {bytes} NOT NULL
);

-- The prompts and answers of the rows of a block, all of one gateway. `newest` is the time of its last request.
CREATE TABLE payload_blocks (
    block {serial} PRIMARY KEY NOT NULL,
    gw BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    payloads BIGINT NOT NULL,
    compressed_bytes BIGINT NOT NULL,
    codec BIGINT NOT NULL,
    raw_bytes BIGINT NOT NULL,
    body {bytes} NOT NULL
);

CREATE INDEX payload_blocks_by_age ON payload_blocks (newest, payloads, compressed_bytes);
CREATE INDEX payload_blocks_by_gateway ON payload_blocks (gw, newest);

-- Which block, the place in it, and which of prompt (1) and answer (2) were stored with the row.
ALTER TABLE logs ADD COLUMN block BIGINT;
ALTER TABLE logs ADD COLUMN place BIGINT;
ALTER TABLE logs ADD COLUMN sides BIGINT;
ALTER TABLE logs ADD COLUMN extra_metadata TEXT;
