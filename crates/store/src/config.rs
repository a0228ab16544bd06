//! Reading and changing the configuration.
//!
//! Reads go through repositories, one per noun. Writes are lists of [`Change`]s that happen together or not at all: a new
//! route, its first version, its deployment and the audit entry are one transaction.

use waypost_types::UnixMs;

use crate::{
    AccountRecord, AdminTokenRecord, ApiKeyRecord, AuditRecord, CustomProviderRecord, DeploymentRecord, DraftRecord,
    GatewayRecord, GatewayRef, KeyDigest, NoteKind, NoteRecord, Opener, PasswordRecord, PriceOverrideRecord,
    ProviderKeyRecord, RouteRecord, SavedCaseRecord, SessionRecord, StoreFuture, VersionRecord,
    provider::ProviderKeyState,
};

/// Everything that the data plane needs, as of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Counts the changes of the store; a larger one is newer.
    pub generation: u64,
    /// Accounts.
    pub accounts: Vec<AccountRecord>,
    /// Gateways of all accounts.
    pub gateways: Vec<GatewayRecord>,
    /// Routes that are not deleted, with the version that serves.
    pub routes: Vec<LiveRoute>,
    /// Provider keys, sealed.
    pub provider_keys: Vec<ProviderKeyRecord>,
    /// API keys, without revoked ones.
    pub api_keys: Vec<ApiKeyRecord>,
    /// Custom providers.
    pub custom_providers: Vec<CustomProviderRecord>,
    /// Prices of one's own.
    pub price_overrides: Vec<PriceOverrideRecord>,
}

/// A route and the version that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRoute {
    /// The route.
    pub route: RouteRecord,
    /// `None` until it is deployed.
    pub version: Option<VersionRecord>,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    /// Its items; empty beyond the last page.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// From 1.
    pub page: u32,
    /// Items per page.
    pub per_page: u32,
    /// Only items whose id or name contains this text, ignoring ASCII case.
    pub search: Option<String>,
}

impl PageQuery {
    /// Everything on one page.
    pub const ALL: Self = Self { page: 1, per_page: u32::MAX, search: None };

    /// Items before the page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)).saturating_mul(u64::from(self.per_page))
    }
}

/// One change. Those that name something which is not there, or belongs to another gateway, make the whole list
/// `NotFound`; those that collide make it `Conflict`.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A new account.
    InsertAccount(AccountRecord),
    /// A new gateway.
    InsertGateway(GatewayRecord),
    /// New settings and `modified_at` of a gateway.
    UpdateGateway(GatewayRecord),
    /// A gateway goes, with everything that belongs to it except logs and audit.
    DeleteGateway(GatewayRef),
    /// A new route; its `live_version` is not read.
    InsertRoute(RouteRecord),
    /// A new name for a route.
    RenameRoute {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its id.
        id: String,
        /// The new name.
        name: String,
        /// When.
        at: UnixMs,
    },
    /// A route goes: callers and lists do not see it any more, and its name is free.
    DeleteRoute {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its id.
        id: String,
        /// When.
        at: UnixMs,
    },
    /// A new version of a route of this gateway.
    InsertVersion(GatewayRef, VersionRecord),
    /// A version of a route of this gateway goes live.
    Deploy(GatewayRef, DeploymentRecord),
    /// The draft of a route of this gateway, new or changed.
    PutDraft(GatewayRef, DraftRecord),
    /// A draft goes.
    DeleteDraft {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its route.
        route_id: String,
    },
    /// A saved case of a route of this gateway, new or changed.
    PutSavedCase(GatewayRef, SavedCaseRecord),
    /// A saved case goes.
    DeleteSavedCase {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its route.
        route_id: String,
        /// Its id.
        id: String,
    },
    /// A new provider key.
    InsertProviderKey(ProviderKeyRecord),
    /// Everything of a provider key except id, gateway, provider and `created_at`.
    UpdateProviderKey(ProviderKeyRecord),
    /// A provider key goes.
    DeleteProviderKey {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its id.
        id: String,
    },
    /// What a provider said about a key.
    SetProviderKeyState {
        /// Its gateway.
        gateway: GatewayRef,
        /// Its id.
        id: String,
        /// The new state.
        state: ProviderKeyState,
    },
    /// A new custom provider.
    InsertCustomProvider(CustomProviderRecord),
    /// Everything of a custom provider except id, account and `created_at`.
    UpdateCustomProvider(CustomProviderRecord),
    /// A custom provider goes.
    DeleteCustomProvider {
        /// Its account.
        account: String,
        /// Its id.
        id: String,
    },
    /// A new API key.
    InsertApiKey(ApiKeyRecord),
    /// Everything of an API key except id, account, digest, prefix and `created_at`.
    UpdateApiKey(ApiKeyRecord),
    /// An API key is not accepted any more.
    RevokeApiKey {
        /// Its account.
        account: String,
        /// Its id.
        id: String,
        /// When.
        at: UnixMs,
    },
    /// API keys were seen. This alone changes no generation.
    TouchApiKeys(Vec<(String, UnixMs)>),
    /// A new admin token.
    InsertAdminToken(AdminTokenRecord),
    /// An admin token goes.
    DeleteAdminToken {
        /// Its id.
        id: String,
    },
    /// The administrator's password, new or changed. A setup link is not needed any more and goes.
    SetPassword(PasswordRecord),
    /// The link that sets the first password; the one before is not accepted any more.
    PutSetupLink {
        /// Digest of its token.
        sha256: KeyDigest,
        /// When.
        at: UnixMs,
    },
    /// The link is used up. `NotFound` when it is another one, or already was.
    UseSetupLink {
        /// Digest of its token.
        sha256: KeyDigest,
    },
    /// Somebody signed in.
    InsertSession(SessionRecord),
    /// A session was used.
    TouchSession {
        /// Its digest.
        sha256: KeyDigest,
        /// When.
        at: UnixMs,
    },
    /// A session ends. One that is gone by now is no error.
    DeleteSession {
        /// Its digest.
        sha256: KeyDigest,
    },
    /// All sessions end that were opened with the same thing.
    DeleteSessionsOf(Opener),
    /// Sessions end that were opened, or last used, before these times; and the longest unused ones beyond a number.
    SweepSessions {
        /// Opened before it.
        created_before: UnixMs,
        /// Last used before it.
        seen_before: UnixMs,
        /// So many stay.
        keep: u32,
    },
    /// A price, new or changed.
    PutPriceOverride(PriceOverrideRecord),
    /// A price goes; the built-in one is back.
    DeletePriceOverride {
        /// Its account.
        account: String,
        /// Its provider.
        provider: String,
        /// Its model.
        model: String,
    },
    /// A note, new or changed.
    PutNote(NoteRecord),
    /// An entry of the audit. Entries are never changed.
    Audit(AuditRecord),
}

impl Change {
    /// The data plane has to load it.
    pub fn is_live(&self) -> bool {
        !matches!(
            self,
            Self::TouchApiKeys(_)
                | Self::Audit(_)
                | Self::PutNote(_)
                | Self::PutDraft(..)
                | Self::DeleteDraft { .. }
                | Self::PutSavedCase(..)
                | Self::DeleteSavedCase { .. }
                | Self::InsertAdminToken(_)
                | Self::DeleteAdminToken { .. }
                | Self::SetPassword(_)
                | Self::PutSetupLink { .. }
                | Self::UseSetupLink { .. }
                | Self::InsertSession(_)
                | Self::TouchSession { .. }
                | Self::DeleteSession { .. }
                | Self::DeleteSessionsOf(_)
                | Self::SweepSessions { .. }
        )
    }
}

/// The configuration.
pub trait ConfigStore: Send + Sync {
    /// Everything that the data plane needs, from one consistent view.
    fn load(&self) -> StoreFuture<'_, Config>;
    /// The generation that [`ConfigStore::load`] would return.
    fn generation(&self) -> StoreFuture<'_, u64>;
    /// All of the changes in one transaction, in this order, or none. Returns the generation afterwards.
    fn apply(&self, changes: Vec<Change>) -> StoreFuture<'_, u64>;
    /// Accounts and gateways.
    fn gateways(&self) -> &dyn Gateways;
    /// Routes with versions, deployments, drafts and saved cases.
    fn routes(&self) -> &dyn Routes;
    /// Provider keys.
    fn provider_keys(&self) -> &dyn ProviderKeys;
    /// Custom providers.
    fn custom_providers(&self) -> &dyn CustomProviders;
    /// API keys.
    fn api_keys(&self) -> &dyn ApiKeys;
    /// Admin tokens.
    fn admin_tokens(&self) -> &dyn AdminTokens;
    /// The password and who is signed in.
    fn sessions(&self) -> &dyn Sessions;
    /// Prices of one's own.
    fn price_overrides(&self) -> &dyn PriceOverrides;
    /// Notes.
    fn notes(&self) -> &dyn Notes;
    /// The audit.
    fn audit(&self) -> &dyn Audit;
}

/// Accounts and gateways.
pub trait Gateways: Send + Sync {
    /// All accounts, by name.
    fn accounts(&self) -> StoreFuture<'_, Vec<AccountRecord>>;
    /// One gateway.
    fn find<'a>(&'a self, gateway: &'a GatewayRef) -> StoreFuture<'a, GatewayRecord>;
    /// Gateways of an account, by id.
    fn list<'a>(&'a self, account: &'a str, page: &'a PageQuery) -> StoreFuture<'a, Page<GatewayRecord>>;
}

/// Routes and what belongs to them. Deleted routes are not found.
pub trait Routes: Send + Sync {
    /// One route.
    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: &'a str) -> StoreFuture<'a, RouteRecord>;
    /// One route by its name, ignoring ASCII case.
    fn find_by_name<'a>(&'a self, gateway: &'a GatewayRef, name: &'a str) -> StoreFuture<'a, RouteRecord>;
    /// Routes of a gateway, newest first.
    fn list<'a>(&'a self, gateway: &'a GatewayRef, page: &'a PageQuery) -> StoreFuture<'a, Page<RouteRecord>>;
    /// Versions of a route, newest first.
    fn versions<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<VersionRecord>>;
    /// One version of a route.
    fn version<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        version_id: &'a str,
    ) -> StoreFuture<'a, VersionRecord>;
    /// A version of a route by its number.
    fn version_by_number<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        number: u32,
    ) -> StoreFuture<'a, VersionRecord>;
    /// The newest version of a route.
    fn newest_version<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, VersionRecord>;
    /// Deployments of a route, newest first.
    fn deployments<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<DeploymentRecord>>;
    /// The draft of a route; `None` when it has none.
    fn draft<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, Option<DraftRecord>>;
    /// Saved cases of a route, by name.
    fn saved_cases<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, Vec<SavedCaseRecord>>;
}

/// Provider keys.
pub trait ProviderKeys: Send + Sync {
    /// One key.
    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: &'a str) -> StoreFuture<'a, ProviderKeyRecord>;
    /// Keys of a gateway, by provider and alias.
    fn list<'a>(&'a self, gateway: &'a GatewayRef, page: &'a PageQuery) -> StoreFuture<'a, Page<ProviderKeyRecord>>;
}

/// Custom providers.
pub trait CustomProviders: Send + Sync {
    /// One provider.
    fn find<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, CustomProviderRecord>;
    /// Providers of an account, by position and name.
    fn list<'a>(
        &'a self,
        account: &'a str,
        query: &'a CustomProviderQuery,
    ) -> StoreFuture<'a, Page<CustomProviderRecord>>;
}

/// Which custom providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomProviderQuery {
    /// Part of the list.
    pub page: PageQuery,
    /// Only enabled ones, or only others.
    pub enable: Option<bool>,
    /// Only beta ones, or only others.
    pub beta: Option<bool>,
}

/// API keys.
pub trait ApiKeys: Send + Sync {
    /// One key, revoked or not.
    fn find<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, ApiKeyRecord>;
    /// Keys of an account, newest first; with a gateway only those that open it.
    fn list<'a>(
        &'a self,
        account: &'a str,
        gateway: Option<&'a str>,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<ApiKeyRecord>>;
}

/// Admin tokens.
pub trait AdminTokens: Send + Sync {
    /// The token with this digest.
    fn find<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, AdminTokenRecord>;
    /// All tokens, oldest first.
    fn list(&self) -> StoreFuture<'_, Vec<AdminTokenRecord>>;
}

/// The password and who is signed in.
pub trait Sessions: Send + Sync {
    /// The administrator's password; `None` until it is set.
    fn password(&self) -> StoreFuture<'_, Option<PasswordRecord>>;
    /// The link that sets the first password has this digest, and was not used.
    fn is_setup_link<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, bool>;
    /// The session with this digest, however old it is.
    fn find<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, SessionRecord>;
}

/// Prices of one's own.
pub trait PriceOverrides: Send + Sync {
    /// Prices of an account, by provider and model.
    fn list<'a>(&'a self, account: &'a str, page: &'a PageQuery) -> StoreFuture<'a, Page<PriceOverrideRecord>>;
}

/// Notes.
pub trait Notes: Send + Sync {
    /// The content of a note; `None` when there is none.
    fn find<'a>(&'a self, gateway: &'a GatewayRef, kind: NoteKind, subject: &'a str)
    -> StoreFuture<'a, Option<String>>;
    /// All notes of a kind, of every gateway.
    fn all(&self, kind: NoteKind) -> StoreFuture<'_, Vec<String>>;
}

/// The audit.
pub trait Audit: Send + Sync {
    /// Entries of an account, newest first; with a gateway only those that concern it.
    fn list<'a>(
        &'a self,
        account: &'a str,
        gateway: Option<&'a str>,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<AuditRecord>>;
}
