//! Rows into records.

use serde::de::DeserializeOwned;
use sqlx::Row as _;
use waypost_store::{
    AccountRecord, AdminTokenRecord, ApiKeyRecord, AuditRecord, CustomProviderRecord, DeploymentRecord, DraftRecord,
    GatewayRecord, GatewayRef, KeyDigest, Opener, PasswordRecord, PriceOverrideRecord, ProviderKeyRecord, RouteRecord,
    SavedCaseRecord, SessionRecord, StoreError, VersionRecord,
};
use waypost_types::{PicoUsd, UnixMs};

use crate::{
    dialect::Row,
    error::{corrupt, store_error},
};

type Read<T> = Result<T, StoreError>;

/// All rows of a statement without parameters.
pub(super) async fn all<T>(
    connection: &mut sqlx::SqliteConnection,
    sql: &'static str,
    read: fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    sqlx::query(sql).fetch_all(connection).await.map_err(store_error)?.iter().map(read).collect()
}

pub(super) fn account(row: &Row) -> Read<AccountRecord> {
    Ok(AccountRecord { id: text(row, "id")?, created_at: time(row, "created_at")? })
}

pub(super) fn gateway(row: &Row) -> Read<GatewayRecord> {
    Ok(GatewayRecord {
        account: text(row, "account")?,
        id: text(row, "id")?,
        internal_id: text(row, "internal_id")?,
        settings: json(row, "settings")?,
        created_at: time(row, "created_at")?,
        modified_at: time(row, "modified_at")?,
    })
}

pub(super) fn route(row: &Row) -> Read<RouteRecord> {
    Ok(RouteRecord {
        id: text(row, "id")?,
        gateway: GatewayRef::new(text(row, "account")?, text(row, "gateway")?),
        name: text(row, "name")?,
        created_at: time(row, "created_at")?,
        modified_at: time(row, "modified_at")?,
        live_version: text_if_any(row, "live_version")?,
        deleted: flag(row, "deleted")?,
    })
}

pub(super) fn version(row: &Row) -> Read<VersionRecord> {
    Ok(VersionRecord {
        version_id: text(row, "version_id")?,
        route_id: text(row, "route_id")?,
        number: u32::try_from(whole(row, "number")?).map_err(|error| corrupt("versions.number", error))?,
        document: text(row, "document")?,
        is_valid: flag(row, "is_valid")?,
        comment: text_if_any(row, "comment")?,
        created_at: time(row, "created_at")?,
        created_by: text(row, "created_by")?,
    })
}

pub(super) fn deployment(row: &Row) -> Read<DeploymentRecord> {
    Ok(DeploymentRecord {
        deployment_id: text(row, "deployment_id")?,
        route_id: text(row, "route_id")?,
        version_id: text(row, "version_id")?,
        created_at: time(row, "created_at")?,
        by: text(row, "deployed_by")?,
        comment: text_if_any(row, "comment")?,
    })
}

pub(super) fn draft(row: &Row) -> Read<DraftRecord> {
    Ok(DraftRecord {
        route_id: text(row, "route_id")?,
        document: text(row, "document")?,
        revision: whole(row, "revision")?.unsigned_abs(),
        modified_at: time(row, "modified_at")?,
        modified_by: text(row, "modified_by")?,
    })
}

pub(super) fn saved_case(row: &Row) -> Read<SavedCaseRecord> {
    Ok(SavedCaseRecord {
        id: text(row, "id")?,
        route_id: text(row, "route_id")?,
        name: text(row, "name")?,
        document: text(row, "document")?,
        modified_at: time(row, "modified_at")?,
    })
}

pub(super) fn provider_key(row: &Row) -> Read<ProviderKeyRecord> {
    Ok(ProviderKeyRecord {
        id: text(row, "id")?,
        gateway: GatewayRef::new(text(row, "account")?, text(row, "gateway")?),
        provider_slug: text(row, "provider_slug")?,
        alias: text(row, "alias")?,
        default_config: flag(row, "default_config")?,
        secret_ciphertext: bytes(row, "secret_ciphertext")?,
        secret_preview: text(row, "secret_preview")?,
        rate_limit: whole_if_any(row, "rate_limit")?.map(i64::unsigned_abs),
        rate_limit_period: whole_if_any(row, "rate_limit_period")?.map(i64::unsigned_abs),
        state: word(row, "state")?,
        created_at: time(row, "created_at")?,
        modified_at: time(row, "modified_at")?,
    })
}

pub(super) fn custom_provider(row: &Row) -> Read<CustomProviderRecord> {
    Ok(CustomProviderRecord {
        id: text(row, "id")?,
        account: text(row, "account")?,
        name: text(row, "name")?,
        slug: text(row, "slug")?,
        base_url: text(row, "base_url")?,
        description: text_if_any(row, "description")?,
        enable: flag(row, "enable")?,
        beta: flag(row, "beta")?,
        headers: text_if_any(row, "headers")?,
        link: text_if_any(row, "link")?,
        curl_example: text_if_any(row, "curl_example")?,
        js_example: text_if_any(row, "js_example")?,
        logo: text_if_any(row, "logo")?,
        position: whole_if_any(row, "position")?,
        waypost: text_if_any(row, "waypost")?,
        created_at: time(row, "created_at")?,
        modified_at: time(row, "modified_at")?,
    })
}

pub(super) fn api_key(row: &Row) -> Read<ApiKeyRecord> {
    Ok(ApiKeyRecord {
        id: text(row, "id")?,
        account: text(row, "account")?,
        gateway: text_if_any(row, "gateway")?,
        label: text(row, "label")?,
        prefix: text(row, "prefix")?,
        sha256: digest(row)?,
        routes: json(row, "routes")?,
        models: json(row, "models")?,
        permissions: json(row, "permissions")?,
        preset: word(row, "preset")?,
        pinned_metadata: json(row, "pinned_metadata")?,
        limits: json(row, "limits")?,
        created_at: time(row, "created_at")?,
        expires_at: whole_if_any(row, "expires_at")?.map(UnixMs),
        revoked_at: whole_if_any(row, "revoked_at")?.map(UnixMs),
        last_used_at: whole_if_any(row, "last_used_at")?.map(UnixMs),
    })
}

pub(super) fn admin_token(row: &Row) -> Read<AdminTokenRecord> {
    Ok(AdminTokenRecord {
        id: text(row, "id")?,
        label: text(row, "label")?,
        sha256: digest(row)?,
        role: word(row, "role")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn password(row: &Row) -> Read<PasswordRecord> {
    Ok(PasswordRecord { hash: text(row, "value")?, set_at: time(row, "set_at")? })
}

pub(super) fn session(row: &Row) -> Read<SessionRecord> {
    Ok(SessionRecord {
        sha256: digest(row)?,
        label: text(row, "label")?,
        role: word(row, "role")?,
        opener: text_if_any(row, "token_id")?.map_or(Opener::Password, Opener::Token),
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
    })
}

pub(super) fn price(row: &Row) -> Read<PriceOverrideRecord> {
    Ok(PriceOverrideRecord {
        account: text(row, "account")?,
        provider: text(row, "provider")?,
        model: text(row, "model")?,
        input: PicoUsd(whole(row, "input")?),
        output: PicoUsd(whole(row, "output")?),
        cache_read: whole_if_any(row, "cache_read")?.map(PicoUsd),
        cache_write: whole_if_any(row, "cache_write")?.map(PicoUsd),
        modified_at: time(row, "modified_at")?,
        modified_by: text(row, "modified_by")?,
    })
}

pub(super) fn audit(row: &Row) -> Read<AuditRecord> {
    Ok(AuditRecord {
        id: text(row, "id")?,
        account: text(row, "account")?,
        gateway: text_if_any(row, "gateway")?,
        at: time(row, "at")?,
        actor: text(row, "actor")?,
        from: text_if_any(row, "sent_from")?,
        action: text(row, "action")?,
        object: text(row, "object")?,
        object_id: text(row, "object_id")?,
        before: json(row, "before_change")?,
        after: json(row, "after_change")?,
    })
}

// === columns ===

fn text(row: &Row, column: &str) -> Read<String> {
    row.try_get(column).map_err(store_error)
}

fn text_if_any(row: &Row, column: &str) -> Read<Option<String>> {
    row.try_get(column).map_err(store_error)
}

fn whole(row: &Row, column: &str) -> Read<i64> {
    row.try_get(column).map_err(store_error)
}

fn whole_if_any(row: &Row, column: &str) -> Read<Option<i64>> {
    row.try_get(column).map_err(store_error)
}

fn bytes(row: &Row, column: &str) -> Read<Vec<u8>> {
    row.try_get(column).map_err(store_error)
}

fn flag(row: &Row, column: &str) -> Read<bool> {
    whole(row, column).map(|value| value != 0)
}

fn time(row: &Row, column: &str) -> Read<UnixMs> {
    whole(row, column).map(UnixMs)
}

fn digest(row: &Row) -> Read<KeyDigest> {
    let bytes = bytes(row, "sha256")?;
    bytes.try_into().map(KeyDigest).map_err(|_| corrupt("sha256", "a digest has 32 bytes"))
}

fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Read<T> {
    serde_json::from_str(&text(row, column)?).map_err(|error| corrupt(column, error))
}

/// A word of an enumeration, stored without quotes.
fn word<T: DeserializeOwned>(row: &Row, column: &str) -> Read<T> {
    serde_json::from_value(serde_json::Value::String(text(row, column)?)).map_err(|error| corrupt(column, error))
}
