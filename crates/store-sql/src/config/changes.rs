//! One change, inside the transaction of its list.

use serde::Serialize;
use sqlx::{query::Query, sqlite::SqliteArguments};
use waypost_store::{
    AccountRecord, AdminTokenRecord, ApiKeyRecord, AuditRecord, Change, CustomProviderRecord, DeploymentRecord,
    DraftRecord, GatewayRecord, GatewayRef, KeyDigest, NoteRecord, Opener, PriceOverrideRecord, ProviderKeyRecord,
    RouteRecord, SavedCaseRecord, SessionRecord, StoreError, VersionRecord,
};
use waypost_types::UnixMs;

use crate::{
    dialect::{Db, Tx},
    error::{conflict_or, corrupt, store_error},
};

type Done = Result<(), StoreError>;

pub(super) async fn apply(tx: &mut Tx, change: Change) -> Done {
    match change {
        Change::InsertAccount(account) => insert_account(tx, account).await,
        Change::InsertGateway(gateway) => insert_gateway(tx, gateway).await,
        Change::UpdateGateway(gateway) => update_gateway(tx, gateway).await,
        Change::DeleteGateway(gateway) => delete_gateway(tx, &gateway).await,
        Change::InsertRoute(route) => insert_route(tx, route).await,
        Change::RenameRoute { gateway, id, name, at } => rename_route(tx, &gateway, id, name, at).await,
        Change::DeleteRoute { gateway, id, at } => delete_route(tx, &gateway, id, at).await,
        Change::InsertVersion(gateway, version) => insert_version(tx, &gateway, version).await,
        Change::Deploy(gateway, deployment) => deploy(tx, &gateway, deployment).await,
        Change::PutDraft(gateway, draft) => put_draft(tx, &gateway, draft).await,
        Change::DeleteDraft { gateway, route_id } => {
            route_exists(tx, &gateway, &route_id).await?;
            some(tx, sqlx::query("DELETE FROM drafts WHERE route_id = $1").bind(route_id)).await
        }
        Change::PutSavedCase(gateway, case) => put_saved_case(tx, &gateway, case).await,
        Change::DeleteSavedCase { gateway, route_id, id } => {
            route_exists(tx, &gateway, &route_id).await?;
            let sql = "DELETE FROM saved_cases WHERE route_id = $1 AND id = $2";
            some(tx, sqlx::query(sql).bind(route_id).bind(id)).await
        }
        Change::InsertProviderKey(key) => insert_provider_key(tx, key).await,
        Change::UpdateProviderKey(key) => update_provider_key(tx, key).await,
        Change::DeleteProviderKey { gateway, id } => {
            let sql = "DELETE FROM provider_keys WHERE account = $1 AND gateway = $2 AND id = $3";
            some(tx, sqlx::query(sql).bind(gateway.account).bind(gateway.id).bind(id)).await
        }
        Change::SetProviderKeyState { gateway, id, state } => {
            let sql = "UPDATE provider_keys SET state = $4 WHERE account = $1 AND gateway = $2 AND id = $3";
            let query = sqlx::query(sql).bind(gateway.account).bind(gateway.id).bind(id).bind(word(&state)?);
            some(tx, query).await
        }
        Change::InsertCustomProvider(provider) => insert_custom_provider(tx, provider).await,
        Change::UpdateCustomProvider(provider) => update_custom_provider(tx, provider).await,
        Change::DeleteCustomProvider { account, id } => {
            let sql = "DELETE FROM custom_providers WHERE account = $1 AND id = $2";
            some(tx, sqlx::query(sql).bind(account).bind(id)).await
        }
        Change::InsertApiKey(key) => insert_api_key(tx, key).await,
        Change::UpdateApiKey(key) => update_api_key(tx, key).await,
        Change::RevokeApiKey { account, id, at } => {
            let sql = "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE account = $1 AND id = $2";
            some(tx, sqlx::query(sql).bind(account).bind(id).bind(at.0)).await
        }
        Change::TouchApiKeys(seen) => touch_api_keys(tx, seen).await,
        Change::InsertAdminToken(token) => insert_admin_token(tx, token).await,
        Change::DeleteAdminToken { id } => {
            some(tx, sqlx::query("DELETE FROM admin_tokens WHERE id = $1").bind(id)).await
        }
        Change::SetPassword(password) => {
            any(tx, sqlx::query("DELETE FROM credentials WHERE name = $1").bind(SETUP_LINK)).await?;
            put_credential(tx, PASSWORD, password.hash, password.set_at).await
        }
        Change::PutSetupLink { sha256, at } => put_credential(tx, SETUP_LINK, hex(&sha256), at).await,
        Change::UseSetupLink { sha256 } => {
            let sql = "DELETE FROM credentials WHERE name = $1 AND value = $2";
            some(tx, sqlx::query(sql).bind(SETUP_LINK).bind(hex(&sha256))).await
        }
        Change::InsertSession(session) => insert_session(tx, session).await,
        Change::TouchSession { sha256, at } => {
            let sql = "UPDATE sessions SET seen_at = $2 WHERE sha256 = $1 AND seen_at < $2";
            any(tx, sqlx::query(sql).bind(sha256.0.to_vec()).bind(at.0)).await
        }
        Change::DeleteSession { sha256 } => {
            any(tx, sqlx::query("DELETE FROM sessions WHERE sha256 = $1").bind(sha256.0.to_vec())).await
        }
        Change::DeleteSessionsOf(Opener::Password) => {
            any(tx, sqlx::query("DELETE FROM sessions WHERE token_id IS NULL")).await
        }
        Change::DeleteSessionsOf(Opener::Token(id)) => {
            any(tx, sqlx::query("DELETE FROM sessions WHERE token_id = $1").bind(id)).await
        }
        Change::SweepSessions { created_before, seen_before, keep } => {
            let sql = "DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2 OR sha256 NOT IN \
                       (SELECT sha256 FROM sessions ORDER BY seen_at DESC LIMIT $3)";
            any(tx, sqlx::query(sql).bind(created_before.0).bind(seen_before.0).bind(i64::from(keep))).await
        }
        Change::PutPriceOverride(price) => put_price(tx, price).await,
        Change::DeletePriceOverride { account, provider, model } => {
            let sql = "DELETE FROM price_overrides WHERE account = $1 AND provider = $2 AND model = $3";
            some(tx, sqlx::query(sql).bind(account).bind(provider).bind(model)).await
        }
        Change::PutNote(note) => put_note(tx, note).await,
        Change::Audit(entry) => insert_audit(tx, entry).await,
    }
}

type Statement = Query<'static, Db, SqliteArguments>;

/// Runs an insertion; a constraint that fails has this noun.
async fn insert(tx: &mut Tx, what: &'static str, query: Statement) -> Done {
    query.execute(&mut **tx).await.map(|_| ()).map_err(conflict_or(what))
}

/// Runs a statement that must find something.
async fn some(tx: &mut Tx, query: Statement) -> Done {
    some_or(tx, "value", query).await
}

/// The same, where a constraint may fail.
async fn some_or(tx: &mut Tx, what: &'static str, query: Statement) -> Done {
    let done = query.execute(&mut **tx).await.map_err(conflict_or(what))?;
    if done.rows_affected() == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Runs a statement that may find nothing.
async fn any(tx: &mut Tx, query: Statement) -> Done {
    query.execute(&mut **tx).await.map(|_| ()).map_err(store_error)
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt("encoding", error))
}

/// The word of an enumeration, without quotes.
fn word(value: &impl Serialize) -> Result<String, StoreError> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

async fn insert_account(tx: &mut Tx, account: AccountRecord) -> Done {
    let sql = "INSERT INTO accounts (id, created_at) VALUES ($1, $2)";
    insert(tx, "account", sqlx::query(sql).bind(account.id).bind(account.created_at.0)).await
}

// === gateways ===

async fn insert_gateway(tx: &mut Tx, gateway: GatewayRecord) -> Done {
    let sql = "INSERT INTO gateways (account, id, internal_id, settings, created_at, modified_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql)
        .bind(gateway.account)
        .bind(gateway.id)
        .bind(gateway.internal_id)
        .bind(json(&gateway.settings)?)
        .bind(gateway.created_at.0)
        .bind(gateway.modified_at.0);
    insert(tx, "gateway id", query).await
}

async fn update_gateway(tx: &mut Tx, gateway: GatewayRecord) -> Done {
    let sql = "UPDATE gateways SET settings = $3, modified_at = $4 WHERE account = $1 AND id = $2";
    let settings = json(&gateway.settings)?;
    let query = sqlx::query(sql).bind(gateway.account).bind(gateway.id).bind(settings).bind(gateway.modified_at.0);
    some(tx, query).await
}

async fn delete_gateway(tx: &mut Tx, gateway: &GatewayRef) -> Done {
    for sql in [
        // Versions, deployments, drafts and saved cases go with their routes.
        "DELETE FROM routes WHERE account = $1 AND gateway = $2",
        "DELETE FROM provider_keys WHERE account = $1 AND gateway = $2",
        "DELETE FROM api_keys WHERE account = $1 AND gateway = $2",
        "DELETE FROM notes WHERE account = $1 AND gateway = $2",
    ] {
        any(tx, sqlx::query(sql).bind(gateway.account.clone()).bind(gateway.id.clone())).await?;
    }
    let sql = "DELETE FROM gateways WHERE account = $1 AND id = $2";
    some(tx, sqlx::query(sql).bind(gateway.account.clone()).bind(gateway.id.clone())).await
}

async fn gateway_exists(tx: &mut Tx, gateway: &GatewayRef) -> Done {
    let sql = "SELECT 1 FROM gateways WHERE account = $1 AND id = $2";
    let found: Option<i64> = sqlx::query_scalar(sql)
        .bind(gateway.account.clone())
        .bind(gateway.id.clone())
        .fetch_optional(&mut **tx)
        .await
        .map_err(store_error)?;
    found.map(|_| ()).ok_or(StoreError::NotFound)
}

// === routes ===

async fn route_exists(tx: &mut Tx, gateway: &GatewayRef, route_id: &str) -> Done {
    let sql = "SELECT 1 FROM routes WHERE account = $1 AND gateway = $2 AND id = $3 AND deleted = 0";
    let found: Option<i64> = sqlx::query_scalar(sql)
        .bind(gateway.account.clone())
        .bind(gateway.id.clone())
        .bind(route_id.to_owned())
        .fetch_optional(&mut **tx)
        .await
        .map_err(store_error)?;
    found.map(|_| ()).ok_or(StoreError::NotFound)
}

async fn insert_route(tx: &mut Tx, route: RouteRecord) -> Done {
    gateway_exists(tx, &route.gateway).await?;
    let sql = "INSERT INTO routes (id, account, gateway, name, name_key, created_at, modified_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let name_key = route.name.to_ascii_lowercase();
    let query = sqlx::query(sql)
        .bind(route.id)
        .bind(route.gateway.account)
        .bind(route.gateway.id)
        .bind(route.name)
        .bind(name_key)
        .bind(route.created_at.0)
        .bind(route.modified_at.0);
    insert(tx, "route name", query).await
}

async fn rename_route(tx: &mut Tx, gateway: &GatewayRef, id: String, name: String, at: UnixMs) -> Done {
    let sql = "UPDATE routes SET name = $4, name_key = $5, modified_at = $6 \
               WHERE account = $1 AND gateway = $2 AND id = $3 AND deleted = 0";
    let name_key = name.to_ascii_lowercase();
    let query = sqlx::query(sql)
        .bind(gateway.account.clone())
        .bind(gateway.id.clone())
        .bind(id)
        .bind(name)
        .bind(name_key)
        .bind(at.0);
    some_or(tx, "route name", query).await
}

async fn delete_route(tx: &mut Tx, gateway: &GatewayRef, id: String, at: UnixMs) -> Done {
    let sql = "UPDATE routes SET deleted = 1, live_version = NULL, modified_at = $4 \
               WHERE account = $1 AND gateway = $2 AND id = $3 AND deleted = 0";
    some(tx, sqlx::query(sql).bind(gateway.account.clone()).bind(gateway.id.clone()).bind(id).bind(at.0)).await
}

async fn insert_version(tx: &mut Tx, gateway: &GatewayRef, version: VersionRecord) -> Done {
    route_exists(tx, gateway, &version.route_id).await?;
    let sql = "INSERT INTO versions (version_id, route_id, number, document, is_valid, comment, created_at, created_by) \
               SELECT $1, $2, CASE WHEN $3 = 0 THEN COALESCE(MAX(number), 0) + 1 ELSE $3 END, $4, $5, $6, $7, $8 \
               FROM versions WHERE route_id = $2";
    let query = sqlx::query(sql)
        .bind(version.version_id)
        .bind(version.route_id)
        .bind(i64::from(version.number))
        .bind(version.document)
        .bind(i64::from(version.is_valid))
        .bind(version.comment)
        .bind(version.created_at.0)
        .bind(version.created_by);
    insert(tx, "version", query).await
}

async fn deploy(tx: &mut Tx, gateway: &GatewayRef, deployment: DeploymentRecord) -> Done {
    route_exists(tx, gateway, &deployment.route_id).await?;
    let sql = "UPDATE routes SET live_version = $2, modified_at = $3 WHERE id = $1 \
               AND EXISTS (SELECT 1 FROM versions WHERE version_id = $2 AND route_id = $1)";
    let query = sqlx::query(sql)
        .bind(deployment.route_id.clone())
        .bind(deployment.version_id.clone())
        .bind(deployment.created_at.0);
    some(tx, query).await?;
    let sql = "INSERT INTO deployments (deployment_id, route_id, version_id, created_at, deployed_by, comment) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql)
        .bind(deployment.deployment_id)
        .bind(deployment.route_id)
        .bind(deployment.version_id)
        .bind(deployment.created_at.0)
        .bind(deployment.by)
        .bind(deployment.comment);
    insert(tx, "deployment", query).await
}

async fn put_draft(tx: &mut Tx, gateway: &GatewayRef, draft: DraftRecord) -> Done {
    route_exists(tx, gateway, &draft.route_id).await?;
    let sql = "INSERT INTO drafts (route_id, document, revision, modified_at, modified_by) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (route_id) DO UPDATE SET document = excluded.document, revision = excluded.revision, \
               modified_at = excluded.modified_at, modified_by = excluded.modified_by \
               WHERE drafts.revision = excluded.revision - 1";
    let query = sqlx::query(sql)
        .bind(draft.route_id)
        .bind(draft.document)
        .bind(signed(draft.revision))
        .bind(draft.modified_at.0)
        .bind(draft.modified_by);
    match some(tx, query).await {
        Err(StoreError::NotFound) => Err(StoreError::Conflict { what: "draft" }),
        other => other,
    }
}

async fn put_saved_case(tx: &mut Tx, gateway: &GatewayRef, case: SavedCaseRecord) -> Done {
    route_exists(tx, gateway, &case.route_id).await?;
    let sql = "INSERT INTO saved_cases (id, route_id, name, document, modified_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document, \
               modified_at = excluded.modified_at WHERE saved_cases.route_id = excluded.route_id";
    let query =
        sqlx::query(sql).bind(case.id).bind(case.route_id).bind(case.name).bind(case.document).bind(case.modified_at.0);
    some_or(tx, "saved case name", query).await
}

/// A note about a route goes unread once the route is gone; its id never comes again.
async fn put_note(tx: &mut Tx, note: NoteRecord) -> Done {
    gateway_exists(tx, &note.gateway).await?;
    let sql = "INSERT INTO notes (account, gateway, kind, subject, document) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (account, gateway, kind, subject) DO UPDATE SET document = excluded.document";
    let query = sqlx::query(sql)
        .bind(note.gateway.account)
        .bind(note.gateway.id)
        .bind(note.kind.as_str())
        .bind(note.subject)
        .bind(note.document);
    any(tx, query).await
}

// === providers ===

/// A key that becomes the default takes the place of the one before.
async fn take_over_default(tx: &mut Tx, key: &ProviderKeyRecord) -> Done {
    if !key.default_config {
        return Ok(());
    }
    let sql = "UPDATE provider_keys SET default_config = 0 \
               WHERE account = $1 AND gateway = $2 AND provider_slug = $3 AND id <> $4";
    let query = sqlx::query(sql)
        .bind(key.gateway.account.clone())
        .bind(key.gateway.id.clone())
        .bind(key.provider_slug.clone())
        .bind(key.id.clone());
    any(tx, query).await
}

async fn insert_provider_key(tx: &mut Tx, key: ProviderKeyRecord) -> Done {
    gateway_exists(tx, &key.gateway).await?;
    take_over_default(tx, &key).await?;
    let sql = "INSERT INTO provider_keys (id, account, gateway, provider_slug, alias, default_config, \
               secret_ciphertext, secret_preview, rate_limit, rate_limit_period, state, created_at, modified_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let state = word(&key.state)?;
    let query = sqlx::query(sql)
        .bind(key.id)
        .bind(key.gateway.account)
        .bind(key.gateway.id)
        .bind(key.provider_slug)
        .bind(key.alias)
        .bind(i64::from(key.default_config))
        .bind(key.secret_ciphertext)
        .bind(key.secret_preview)
        .bind(key.rate_limit.map(signed))
        .bind(key.rate_limit_period.map(signed))
        .bind(state)
        .bind(key.created_at.0)
        .bind(key.modified_at.0);
    insert(tx, "provider key alias", query).await
}

async fn update_provider_key(tx: &mut Tx, key: ProviderKeyRecord) -> Done {
    take_over_default(tx, &key).await?;
    let sql = "UPDATE provider_keys SET alias = $5, default_config = $6, secret_ciphertext = $7, secret_preview = $8, \
               rate_limit = $9, rate_limit_period = $10, state = $11, modified_at = $12 \
               WHERE id = $1 AND account = $2 AND gateway = $3 AND provider_slug = $4";
    let state = word(&key.state)?;
    let query = sqlx::query(sql)
        .bind(key.id)
        .bind(key.gateway.account)
        .bind(key.gateway.id)
        .bind(key.provider_slug)
        .bind(key.alias)
        .bind(i64::from(key.default_config))
        .bind(key.secret_ciphertext)
        .bind(key.secret_preview)
        .bind(key.rate_limit.map(signed))
        .bind(key.rate_limit_period.map(signed))
        .bind(state)
        .bind(key.modified_at.0);
    some_or(tx, "provider key alias", query).await
}

/// The columns that an insertion and an update share, from the third parameter on.
fn bind_custom_provider(query: Statement, provider: CustomProviderRecord) -> Statement {
    query
        .bind(provider.name)
        .bind(provider.slug)
        .bind(provider.base_url)
        .bind(provider.description)
        .bind(i64::from(provider.enable))
        .bind(i64::from(provider.beta))
        .bind(provider.headers)
        .bind(provider.link)
        .bind(provider.curl_example)
        .bind(provider.js_example)
        .bind(provider.logo)
        .bind(provider.position)
        .bind(provider.waypost)
        .bind(provider.modified_at.0)
        .bind(provider.created_at.0)
}

async fn insert_custom_provider(tx: &mut Tx, provider: CustomProviderRecord) -> Done {
    let sql = "INSERT INTO custom_providers (id, account, name, slug, base_url, description, enable, beta, headers, \
               link, curl_example, js_example, logo, position, waypost, modified_at, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let query = sqlx::query(sql).bind(provider.id.clone()).bind(provider.account.clone());
    insert(tx, "custom provider slug", bind_custom_provider(query, provider)).await
}

async fn update_custom_provider(tx: &mut Tx, provider: CustomProviderRecord) -> Done {
    let sql = "UPDATE custom_providers SET name = $3, slug = $4, base_url = $5, description = $6, enable = $7, \
               beta = $8, headers = $9, link = $10, curl_example = $11, js_example = $12, logo = $13, position = $14, \
               waypost = $15, modified_at = $16 WHERE id = $1 AND account = $2";
    let query = sqlx::query(sql).bind(provider.id.clone()).bind(provider.account.clone());
    some_or(tx, "custom provider slug", bind_custom_provider(query, provider)).await
}

async fn put_price(tx: &mut Tx, price: PriceOverrideRecord) -> Done {
    let sql = "INSERT INTO price_overrides (account, provider, model, input, output, cache_read, cache_write, \
               modified_at, modified_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
               ON CONFLICT (account, provider, model) DO UPDATE SET input = excluded.input, output = excluded.output, \
               cache_read = excluded.cache_read, cache_write = excluded.cache_write, \
               modified_at = excluded.modified_at, modified_by = excluded.modified_by";
    let query = sqlx::query(sql)
        .bind(price.account)
        .bind(price.provider)
        .bind(price.model)
        .bind(price.input.0)
        .bind(price.output.0)
        .bind(price.cache_read.map(|price| price.0))
        .bind(price.cache_write.map(|price| price.0))
        .bind(price.modified_at.0)
        .bind(price.modified_by);
    insert(tx, "price", query).await
}

// === access ===

async fn insert_api_key(tx: &mut Tx, key: ApiKeyRecord) -> Done {
    if let Some(gateway) = &key.gateway {
        gateway_exists(tx, &GatewayRef::new(&*key.account, &**gateway)).await?;
    }
    let sql = "INSERT INTO api_keys (id, account, gateway, label, prefix, sha256, routes, models, permissions, preset, \
               pinned_metadata, limits, created_at, expires_at, revoked_at, last_used_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let query = sqlx::query(sql)
        .bind(key.id)
        .bind(key.account)
        .bind(key.gateway)
        .bind(key.label)
        .bind(key.prefix)
        .bind(key.sha256.0.to_vec())
        .bind(json(&key.routes)?)
        .bind(json(&key.models)?)
        .bind(json(&key.permissions)?)
        .bind(word(&key.preset)?)
        .bind(json(&key.pinned_metadata)?)
        .bind(json(&key.limits)?)
        .bind(key.created_at.0)
        .bind(key.expires_at.map(|at| at.0))
        .bind(key.revoked_at.map(|at| at.0))
        .bind(key.last_used_at.map(|at| at.0));
    insert(tx, "API key", query).await
}

async fn update_api_key(tx: &mut Tx, key: ApiKeyRecord) -> Done {
    if let Some(gateway) = &key.gateway {
        gateway_exists(tx, &GatewayRef::new(&*key.account, &**gateway)).await?;
    }
    let sql = "UPDATE api_keys SET gateway = $3, label = $4, routes = $5, models = $6, permissions = $7, preset = $8, \
               pinned_metadata = $9, limits = $10, expires_at = $11, revoked_at = $12, last_used_at = $13 \
               WHERE id = $1 AND account = $2";
    let query = sqlx::query(sql)
        .bind(key.id)
        .bind(key.account)
        .bind(key.gateway)
        .bind(key.label)
        .bind(json(&key.routes)?)
        .bind(json(&key.models)?)
        .bind(json(&key.permissions)?)
        .bind(word(&key.preset)?)
        .bind(json(&key.pinned_metadata)?)
        .bind(json(&key.limits)?)
        .bind(key.expires_at.map(|at| at.0))
        .bind(key.revoked_at.map(|at| at.0))
        .bind(key.last_used_at.map(|at| at.0));
    some(tx, query).await
}

/// A key that is gone by now is no error.
async fn touch_api_keys(tx: &mut Tx, seen: Vec<(String, UnixMs)>) -> Done {
    for (id, at) in seen {
        let sql = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND COALESCE(last_used_at, 0) < $2";
        any(tx, sqlx::query(sql).bind(id).bind(at.0)).await?;
    }
    Ok(())
}

async fn insert_admin_token(tx: &mut Tx, token: AdminTokenRecord) -> Done {
    let sql = "INSERT INTO admin_tokens (id, label, sha256, role, created_at) VALUES ($1, $2, $3, $4, $5)";
    let role = word(&token.role)?;
    let query = sqlx::query(sql)
        .bind(token.id)
        .bind(token.label)
        .bind(token.sha256.0.to_vec())
        .bind(role)
        .bind(token.created_at.0);
    insert(tx, "admin token", query).await
}

/// Names of the rows of `credentials`.
const PASSWORD: &str = "password";
pub(super) const SETUP_LINK: &str = "setup_link";

async fn put_credential(tx: &mut Tx, name: &'static str, value: String, at: UnixMs) -> Done {
    let sql = "INSERT INTO credentials (name, value, set_at) VALUES ($1, $2, $3) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at";
    any(tx, sqlx::query(sql).bind(name).bind(value).bind(at.0)).await
}

/// A digest where a row holds text.
pub(super) fn hex(digest: &KeyDigest) -> String {
    digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn insert_session(tx: &mut Tx, session: SessionRecord) -> Done {
    let sql =
        "INSERT INTO sessions (sha256, label, role, token_id, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let role = word(&session.role)?;
    let query = sqlx::query(sql)
        .bind(session.sha256.0.to_vec())
        .bind(session.label)
        .bind(role)
        .bind(match session.opener {
            Opener::Password => None,
            Opener::Token(id) => Some(id),
        })
        .bind(session.created_at.0)
        .bind(session.seen_at.0);
    insert(tx, "session", query).await
}

async fn insert_audit(tx: &mut Tx, entry: AuditRecord) -> Done {
    let sql = "INSERT INTO audit (id, account, gateway, at, actor, sent_from, action, object, object_id, before_change, \
               after_change) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let query = sqlx::query(sql)
        .bind(entry.id)
        .bind(entry.account)
        .bind(entry.gateway)
        .bind(entry.at.0)
        .bind(entry.actor)
        .bind(entry.from)
        .bind(entry.action)
        .bind(entry.object)
        .bind(entry.object_id)
        .bind(json(&entry.before)?)
        .bind(json(&entry.after)?);
    insert(tx, "audit entry", query).await
}
