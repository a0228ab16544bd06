-- The configuration. Written for SQLite and PostgreSQL; {bytes} is spelt by the dialect.

CREATE TABLE state (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

INSERT INTO state (name, value) VALUES ('generation', 0);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE gateways (
    account TEXT NOT NULL REFERENCES accounts (id),
    id TEXT NOT NULL,
    internal_id TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

-- Deleted routes stay, so that logs can name them. `name_key` is the name in lower case.
CREATE TABLE routes (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    gateway TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    live_version TEXT,
    deleted BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX routes_by_name ON routes (account, gateway, name_key) WHERE deleted = 0;
CREATE INDEX routes_by_gateway ON routes (account, gateway, created_at);

CREATE TABLE versions (
    version_id TEXT PRIMARY KEY NOT NULL,
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    document TEXT NOT NULL,
    is_valid BIGINT NOT NULL,
    comment TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (route_id, number)
);

CREATE TABLE deployments (
    deployment_id TEXT PRIMARY KEY NOT NULL,
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    version_id TEXT NOT NULL REFERENCES versions (version_id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    deployed_by TEXT NOT NULL,
    comment TEXT
);

CREATE INDEX deployments_by_route ON deployments (route_id, created_at);

CREATE TABLE drafts (
    route_id TEXT PRIMARY KEY NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    modified_by TEXT NOT NULL
);

CREATE TABLE saved_cases (
    id TEXT PRIMARY KEY NOT NULL,
    route_id TEXT NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    modified_at BIGINT NOT NULL,
    UNIQUE (route_id, name)
);

CREATE TABLE provider_keys (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    gateway TEXT NOT NULL,
    provider_slug TEXT NOT NULL,
    alias TEXT NOT NULL,
    default_config BIGINT NOT NULL,
    secret_ciphertext {bytes} NOT NULL,
    secret_preview TEXT NOT NULL,
    rate_limit BIGINT,
    rate_limit_period BIGINT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    UNIQUE (account, gateway, provider_slug, alias)
);

CREATE TABLE custom_providers (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    base_url TEXT NOT NULL,
    description TEXT,
    enable BIGINT NOT NULL,
    beta BIGINT NOT NULL,
    headers TEXT,
    link TEXT,
    curl_example TEXT,
    js_example TEXT,
    logo TEXT,
    position BIGINT,
    waypost TEXT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    UNIQUE (account, slug)
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    gateway TEXT,
    label TEXT NOT NULL,
    prefix TEXT NOT NULL,
    sha256 {bytes} NOT NULL UNIQUE,
    routes TEXT NOT NULL,
    models TEXT NOT NULL,
    permissions TEXT NOT NULL,
    preset TEXT NOT NULL,
    pinned_metadata TEXT NOT NULL,
    limits TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE INDEX api_keys_by_account ON api_keys (account, created_at);

CREATE TABLE admin_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    label TEXT NOT NULL,
    sha256 {bytes} NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE price_overrides (
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input BIGINT NOT NULL,
    output BIGINT NOT NULL,
    cache_read BIGINT,
    cache_write BIGINT,
    modified_at BIGINT NOT NULL,
    modified_by TEXT NOT NULL,
    PRIMARY KEY (account, provider, model)
);

CREATE TABLE audit (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    gateway TEXT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    sent_from TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    object_id TEXT NOT NULL,
    before_change TEXT NOT NULL,
    after_change TEXT NOT NULL
);

CREATE INDEX audit_by_account ON audit (account, at);
