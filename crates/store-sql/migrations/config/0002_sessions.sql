-- Who is signed in to the dashboard, and with what.

-- `password` (an argon2id hash) and `setup_link` (the digest of the link that sets the first one), as far as there are any.
CREATE TABLE credentials (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- `token_id` is null for sessions that the password opened. Those of a token go with it.
CREATE TABLE sessions (
    sha256 {bytes} PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    token_id TEXT REFERENCES admin_tokens (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
