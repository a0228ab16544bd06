//! What every configuration store has to do.

use serde_json::json;
use waypost_store::{
    AccountRecord, AdminRole, AdminTokenRecord, ApiKeyRecord, AuditRecord, Change, ConfigStore, CustomProviderRecord,
    DeploymentRecord, DraftRecord, GatewayRecord, GatewayRef, GatewaySettings, KeyDigest, Opener, PasswordRecord,
    PriceOverrideRecord, ProviderKeyRecord, RouteRecord, SavedCaseRecord, SessionRecord, StoreError, VersionRecord,
    access::{KeyLimit, Permissions, Preset},
    config::{CustomProviderQuery, PageQuery},
    provider::ProviderKeyState,
    seal::{MasterKey, SealError},
    settings::Technique,
};
use waypost_types::{LimitKind, Metadata, PicoUsd, Scalar, Secret, UnixMs};

pub(crate) fn gateway(id: &str) -> GatewayRecord {
    GatewayRecord {
        account: "default".into(),
        id: id.into(),
        internal_id: format!("internal-{id}"),
        settings: GatewaySettings::default(),
        created_at: UnixMs(1),
        modified_at: UnixMs(1),
    }
}

fn at(id: &str) -> GatewayRef {
    GatewayRef::new("default", id)
}

fn route(gateway: &str, id: &str, name: &str) -> RouteRecord {
    RouteRecord {
        id: id.into(),
        gateway: at(gateway),
        name: name.into(),
        created_at: UnixMs(10),
        modified_at: UnixMs(10),
        live_version: None,
        deleted: false,
    }
}

fn version(route: &str, id: &str) -> VersionRecord {
    VersionRecord {
        version_id: id.into(),
        route_id: route.into(),
        number: 0,
        document: "{}".into(),
        is_valid: true,
        comment: Some("first".into()),
        created_at: UnixMs(11),
        created_by: "anna".into(),
    }
}

fn deployment(route: &str, version: &str, id: &str) -> DeploymentRecord {
    DeploymentRecord {
        deployment_id: id.into(),
        route_id: route.into(),
        version_id: version.into(),
        created_at: UnixMs(12),
        by: "anna".into(),
        comment: None,
    }
}

fn provider_key(gateway: &str, id: &str, provider: &str, alias: &str) -> ProviderKeyRecord {
    ProviderKeyRecord {
        id: id.into(),
        gateway: at(gateway),
        provider_slug: provider.into(),
        alias: alias.into(),
        default_config: true,
        secret_ciphertext: vec![1, 2, 3],
        secret_preview: "••••1234".into(),
        rate_limit: Some(5),
        rate_limit_period: None,
        state: ProviderKeyState::Unchecked,
        created_at: UnixMs(1),
        modified_at: UnixMs(1),
    }
}

fn api_key(id: &str, gateway: Option<&str>) -> ApiKeyRecord {
    ApiKeyRecord {
        id: id.into(),
        account: "default".into(),
        gateway: gateway.map(str::to_owned),
        label: "backend".into(),
        prefix: "wp-12".into(),
        sha256: KeyDigest::of(id.as_bytes()),
        routes: vec!["smart-route".into()],
        models: vec!["openai/*".into()],
        permissions: Permissions::ALL,
        preset: Preset::Backend,
        pinned_metadata: Metadata(vec![("plan".into(), Scalar::text("free"))]),
        limits: vec![KeyLimit { kind: LimitKind::Cost, limit: 1, window: 3600, technique: Technique::Fixed }],
        created_at: UnixMs(5),
        expires_at: Some(UnixMs(100)),
        revoked_at: None,
        last_used_at: None,
    }
}

async fn with_gateways(store: &dyn ConfigStore) {
    let account = AccountRecord { id: "default".into(), created_at: UnixMs(0) };
    store
        .apply(vec![
            Change::InsertAccount(account),
            Change::InsertGateway(gateway("one")),
            Change::InsertGateway(gateway("two")),
        ])
        .await
        .unwrap();
}

pub(crate) async fn everything_reads_back(store: &dyn ConfigStore) {
    with_gateways(store).await;
    let custom = CustomProviderRecord {
        id: "p1".into(),
        account: "default".into(),
        name: "Lab".into(),
        slug: "lab".into(),
        base_url: "https://lab.example".into(),
        enable: true,
        headers: Some("{}".into()),
        position: Some(3),
        waypost: Some("{\"format\":\"openai_chat\"}".into()),
        ..CustomProviderRecord::default()
    };
    let price = PriceOverrideRecord {
        account: "default".into(),
        provider: "openai".into(),
        model: "gpt-5".into(),
        input: PicoUsd(1_000),
        output: PicoUsd(2_000),
        cache_read: Some(PicoUsd(100)),
        cache_write: None,
        modified_at: UnixMs(1),
        modified_by: "anna".into(),
    };
    let token = AdminTokenRecord {
        id: "t1".into(),
        label: "setup".into(),
        sha256: KeyDigest::of(b"token"),
        role: AdminRole::Editor,
        created_at: UnixMs(1),
    };
    let entry = AuditRecord {
        id: "a1".into(),
        account: "default".into(),
        gateway: Some("one".into()),
        at: UnixMs(1),
        actor: "anna".into(),
        from: Some("127.0.0.1".into()),
        action: "created".into(),
        object: "route".into(),
        object_id: "r1".into(),
        before: json!(null),
        after: json!({"name": "smart-route"}),
    };
    let before = store.generation().await.unwrap();
    let generation = store
        .apply(vec![
            Change::InsertRoute(route("one", "r1", "smart-route")),
            Change::InsertVersion(at("one"), version("r1", "v1")),
            Change::Deploy(at("one"), deployment("r1", "v1", "d1")),
            Change::InsertProviderKey(provider_key("one", "k1", "openai", "default")),
            Change::InsertCustomProvider(custom.clone()),
            Change::InsertApiKey(api_key("key1", None)),
            Change::InsertApiKey(api_key("key2", Some("two"))),
            Change::PutPriceOverride(price.clone()),
            Change::InsertAdminToken(token.clone()),
            Change::Audit(entry.clone()),
        ])
        .await
        .unwrap();
    assert_eq!(generation, before + 1, "one transaction, one generation");

    let config = store.load().await.unwrap();
    assert_eq!(config.generation, generation);
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.gateways, vec![gateway("one"), gateway("two")]);
    let live = &config.routes[0];
    assert_eq!(live.route.live_version.as_deref(), Some("v1"));
    assert_eq!(live.version, Some(VersionRecord { number: 1, ..version("r1", "v1") }));
    assert_eq!(config.provider_keys, vec![provider_key("one", "k1", "openai", "default")]);
    assert_eq!(config.api_keys, vec![api_key("key1", None), api_key("key2", Some("two"))]);
    assert_eq!(config.custom_providers, vec![custom.clone()]);
    assert_eq!(config.price_overrides, vec![price]);

    assert_eq!(store.gateways().find(&at("one")).await.unwrap(), gateway("one"));
    assert_eq!(store.routes().version_by_number(&at("one"), "r1", 1).await.unwrap().version_id, "v1");
    assert!(store.routes().version_by_number(&at("two"), "r1", 1).await.is_err());
    assert_eq!(store.routes().find_by_name(&at("one"), "SMART-route").await.unwrap().id, "r1");
    assert_eq!(store.admin_tokens().find(&KeyDigest::of(b"token")).await.unwrap(), token);
    assert_eq!(store.admin_tokens().find(&KeyDigest::of(b"other")).await, Err(StoreError::NotFound));
    assert_eq!(store.audit().list("default", Some("one"), &PageQuery::ALL).await.unwrap().items, vec![entry]);
    assert_eq!(store.audit().list("default", Some("two"), &PageQuery::ALL).await.unwrap().total, 0);
    let query = CustomProviderQuery { page: PageQuery::ALL, enable: Some(true), beta: Some(false) };
    assert_eq!(store.custom_providers().list("default", &query).await.unwrap().items, vec![custom]);
    let query = CustomProviderQuery { enable: Some(false), ..query };
    assert_eq!(store.custom_providers().list("default", &query).await.unwrap().total, 0);
    let keys = store.api_keys().list("default", Some("one"), &PageQuery::ALL).await.unwrap();
    assert_eq!(keys.items.iter().map(|key| &*key.id).collect::<Vec<_>>(), ["key1"]);
}

pub(crate) async fn a_list_of_changes_happens_together_or_not_at_all(store: &dyn ConfigStore) {
    with_gateways(store).await;
    let generation = store.generation().await.unwrap();
    let refused = store
        .apply(vec![
            Change::InsertRoute(route("one", "r1", "smart-route")),
            Change::InsertVersion(at("one"), version("r1", "v1")),
            Change::Deploy(at("one"), deployment("r1", "missing", "d1")),
        ])
        .await;
    assert_eq!(refused, Err(StoreError::NotFound));
    assert_eq!(store.routes().find(&at("one"), "r1").await, Err(StoreError::NotFound));
    assert_eq!(store.generation().await.unwrap(), generation);
}

pub(crate) async fn names_collide_with_a_noun(store: &dyn ConfigStore) {
    with_gateways(store).await;
    store
        .apply(vec![
            Change::InsertRoute(route("one", "r1", "Smart")),
            Change::InsertRoute(route("two", "r2", "smart")),
            Change::InsertProviderKey(provider_key("one", "k1", "openai", "default")),
        ])
        .await
        .unwrap();
    let conflict = |what| Err(StoreError::Conflict { what });
    let apply = async |change| store.apply(vec![change]).await;
    assert_eq!(apply(Change::InsertGateway(gateway("one"))).await, conflict("gateway id"));
    assert_eq!(apply(Change::InsertRoute(route("one", "r3", "sMART"))).await, conflict("route name"));
    let key = provider_key("one", "k2", "openai", "default");
    assert_eq!(apply(Change::InsertProviderKey(key)).await, conflict("provider key alias"));

    // A deleted route frees its name.
    apply(Change::DeleteRoute { gateway: at("one"), id: "r1".into(), at: UnixMs(20) }).await.unwrap();
    apply(Change::InsertRoute(route("one", "r3", "smart"))).await.unwrap();
    let renamed = Change::RenameRoute { gateway: at("two"), id: "r2".into(), name: "other".into(), at: UnixMs(30) };
    apply(renamed).await.unwrap();
    assert_eq!(store.routes().find(&at("two"), "r2").await.unwrap().name, "other");
}

pub(crate) async fn versions_are_numbered_and_roll_back(store: &dyn ConfigStore) {
    with_gateways(store).await;
    store.apply(vec![Change::InsertRoute(route("one", "r1", "smart"))]).await.unwrap();
    for id in ["v1", "v2", "v3"] {
        store.apply(vec![Change::InsertVersion(at("one"), version("r1", id))]).await.unwrap();
    }
    let versions = store.routes().versions(&at("one"), "r1", &PageQuery::ALL).await.unwrap();
    assert_eq!(versions.items.iter().map(|version| version.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(store.load().await.unwrap().routes[0].version, None, "a version serves nothing until deployed");
    for (id, version_id) in [("d1", "v3"), ("d2", "v1")] {
        store.apply(vec![Change::Deploy(at("one"), deployment("r1", version_id, id))]).await.unwrap();
    }
    let config = store.load().await.unwrap();
    assert_eq!(config.routes[0].version.as_ref().unwrap().version_id, "v1");
    assert_eq!(store.routes().newest_version(&at("one"), "r1").await.unwrap().version_id, "v3");
    let page = PageQuery { page: 1, per_page: 1, search: None };
    let deployments = store.routes().deployments(&at("one"), "r1", &page).await.unwrap();
    assert_eq!((deployments.items.len(), deployments.total), (1, 2));
    let beyond = PageQuery { page: 9, per_page: 1, search: None };
    assert_eq!(store.routes().deployments(&at("one"), "r1", &beyond).await.unwrap().items, vec![]);
}

pub(crate) async fn a47_ids_of_another_gateway_are_not_found(store: &dyn ConfigStore) {
    with_gateways(store).await;
    let case = SavedCaseRecord {
        id: "c1".into(),
        route_id: "r1".into(),
        name: "paid".into(),
        document: "{}".into(),
        modified_at: UnixMs(1),
    };
    let draft = DraftRecord {
        route_id: "r1".into(),
        document: "{".into(),
        revision: 1,
        modified_at: UnixMs(1),
        modified_by: "anna".into(),
    };
    store
        .apply(vec![
            Change::InsertRoute(route("one", "r1", "smart")),
            Change::InsertVersion(at("one"), version("r1", "v1")),
            Change::PutDraft(at("one"), draft.clone()),
            Change::PutSavedCase(at("one"), case.clone()),
            Change::InsertRoute(route("two", "r2", "other")),
            Change::InsertVersion(at("two"), version("r2", "v2")),
            Change::InsertProviderKey(provider_key("one", "k1", "openai", "default")),
        ])
        .await
        .unwrap();
    let routes = store.routes();
    let two = at("two");
    assert_eq!(routes.find(&two, "r1").await, Err(StoreError::NotFound));
    assert_eq!(routes.versions(&two, "r1", &PageQuery::ALL).await, Err(StoreError::NotFound));
    assert_eq!(routes.version(&two, "r1", "v1").await, Err(StoreError::NotFound));
    assert_eq!(routes.version(&two, "r2", "v1").await, Err(StoreError::NotFound), "a version of another route");
    assert_eq!(routes.newest_version(&two, "r1").await, Err(StoreError::NotFound));
    assert_eq!(routes.deployments(&two, "r1", &PageQuery::ALL).await, Err(StoreError::NotFound));
    assert_eq!(routes.draft(&two, "r1").await, Err(StoreError::NotFound));
    assert_eq!(routes.saved_cases(&two, "r1").await, Err(StoreError::NotFound));
    assert_eq!(store.provider_keys().find(&two, "k1").await, Err(StoreError::NotFound));
    assert_eq!(store.provider_keys().list(&two, &PageQuery::ALL).await.unwrap().total, 0);
    assert_eq!(store.gateways().find(&GatewayRef::new("acme", "one")).await, Err(StoreError::NotFound));
    assert_eq!(store.custom_providers().find("acme", "p1").await, Err(StoreError::NotFound));
    assert_eq!(store.api_keys().find("acme", "key1").await, Err(StoreError::NotFound));

    let moved_key = ProviderKeyRecord { gateway: at("two"), ..provider_key("one", "k1", "openai", "default") };
    for change in [
        Change::RenameRoute { gateway: at("two"), id: "r1".into(), name: "x".into(), at: UnixMs(1) },
        Change::DeleteRoute { gateway: at("two"), id: "r1".into(), at: UnixMs(1) },
        Change::InsertVersion(at("two"), version("r1", "v9")),
        Change::Deploy(at("two"), deployment("r1", "v1", "d9")),
        Change::Deploy(at("two"), deployment("r2", "v1", "d9")),
        Change::PutDraft(at("two"), DraftRecord { revision: 2, ..draft.clone() }),
        Change::DeleteDraft { gateway: at("two"), route_id: "r1".into() },
        Change::PutSavedCase(at("two"), case.clone()),
        Change::PutSavedCase(at("two"), SavedCaseRecord { route_id: "r2".into(), ..case.clone() }),
        Change::DeleteSavedCase { gateway: at("two"), route_id: "r1".into(), id: "c1".into() },
        Change::DeleteSavedCase { gateway: at("two"), route_id: "r2".into(), id: "c1".into() },
        Change::UpdateProviderKey(moved_key),
        Change::DeleteProviderKey { gateway: at("two"), id: "k1".into() },
        Change::SetProviderKeyState { gateway: at("two"), id: "k1".into(), state: ProviderKeyState::Works },
        Change::RevokeApiKey { account: "acme".into(), id: "key1".into(), at: UnixMs(1) },
        Change::DeleteCustomProvider { account: "acme".into(), id: "p1".into() },
        Change::InsertRoute(route("three", "r3", "x")),
        Change::InsertApiKey(api_key("key3", Some("three"))),
        Change::DeleteGateway(GatewayRef::new("acme", "one")),
    ] {
        assert_eq!(store.apply(vec![change.clone()]).await, Err(StoreError::NotFound), "{change:?}");
    }
    assert_eq!(routes.draft(&at("one"), "r1").await.unwrap(), Some(draft));
    assert_eq!(routes.saved_cases(&at("one"), "r1").await.unwrap(), vec![case]);
}

pub(crate) async fn a_draft_changes_one_revision_at_a_time(store: &dyn ConfigStore) {
    with_gateways(store).await;
    store.apply(vec![Change::InsertRoute(route("one", "r1", "smart"))]).await.unwrap();
    let generation = store.generation().await.unwrap();
    let draft = |revision, document: &str| DraftRecord {
        route_id: "r1".into(),
        document: document.into(),
        revision,
        modified_at: UnixMs(1),
        modified_by: "anna".into(),
    };
    let put = async |draft| store.apply(vec![Change::PutDraft(at("one"), draft)]).await;
    assert_eq!(store.routes().draft(&at("one"), "r1").await.unwrap(), None);
    put(draft(1, "a")).await.unwrap();
    put(draft(2, "b")).await.unwrap();
    assert_eq!(put(draft(2, "c")).await, Err(StoreError::Conflict { what: "draft" }));
    assert_eq!(store.routes().draft(&at("one"), "r1").await.unwrap().unwrap().document, "b");
    assert_eq!(store.generation().await.unwrap(), generation, "the data plane does not care");
}

pub(crate) async fn keys_are_rotated_revoked_and_take_over(store: &dyn ConfigStore) {
    with_gateways(store).await;
    store
        .apply(vec![
            Change::InsertProviderKey(provider_key("one", "k1", "openai", "default")),
            Change::InsertProviderKey(provider_key("one", "k2", "openai", "backup")),
            Change::InsertApiKey(api_key("key1", None)),
        ])
        .await
        .unwrap();
    let keys = store.provider_keys().list(&at("one"), &PageQuery::ALL).await.unwrap().items;
    let defaults: Vec<_> = keys.iter().map(|key| (&*key.alias, key.default_config)).collect();
    assert_eq!(defaults, [("backup", true), ("default", false)]);

    let rotated = ProviderKeyRecord { secret_ciphertext: vec![9], modified_at: UnixMs(2), ..keys[1].clone() };
    let seen = vec![("key1".to_owned(), UnixMs(50)), ("gone".to_owned(), UnixMs(50))];
    store
        .apply(vec![
            Change::UpdateProviderKey(rotated.clone()),
            Change::TouchApiKeys(seen),
            Change::RevokeApiKey { account: "default".into(), id: "key1".into(), at: UnixMs(60) },
        ])
        .await
        .unwrap();
    assert_eq!(store.provider_keys().find(&at("one"), "k1").await.unwrap(), rotated);
    let key = store.api_keys().find("default", "key1").await.unwrap();
    assert_eq!((key.last_used_at, key.revoked_at), (Some(UnixMs(50)), Some(UnixMs(60))));
    assert!(!key.is_live(UnixMs(61)));
    assert_eq!(store.load().await.unwrap().api_keys, vec![]);
}

pub(crate) async fn a_deleted_gateway_takes_along_what_is_its_own(store: &dyn ConfigStore) {
    with_gateways(store).await;
    store
        .apply(vec![
            Change::InsertRoute(route("one", "r1", "smart")),
            Change::InsertVersion(at("one"), version("r1", "v1")),
            Change::Deploy(at("one"), deployment("r1", "v1", "d1")),
            Change::InsertProviderKey(provider_key("one", "k1", "openai", "default")),
            Change::InsertApiKey(api_key("key1", Some("one"))),
            Change::InsertApiKey(api_key("key2", None)),
            Change::DeleteGateway(at("one")),
        ])
        .await
        .unwrap();
    let config = store.load().await.unwrap();
    assert_eq!(config.gateways, vec![gateway("two")]);
    assert!(config.routes.is_empty() && config.provider_keys.is_empty());
    assert_eq!(config.api_keys, vec![api_key("key2", None)]);
    store.apply(vec![Change::InsertGateway(gateway("one"))]).await.unwrap();
    assert_eq!(store.routes().find(&at("one"), "r1").await, Err(StoreError::NotFound));
}

pub(crate) async fn s04_text_is_data(store: &dyn ConfigStore) {
    with_gateways(store).await;
    for (index, text) in super::INJECTIONS.iter().enumerate() {
        let id = format!("r{index}");
        store.apply(vec![Change::InsertRoute(route("one", &id, text))]).await.unwrap();
        assert_eq!(store.routes().find_by_name(&at("one"), text).await.unwrap().name, *text);
        assert_eq!(store.routes().find(&at("one"), text).await, Err(StoreError::NotFound));
        let search = PageQuery { search: Some((*text).to_owned()), ..PageQuery::ALL };
        let found = store.routes().list(&at("one"), &search).await.unwrap();
        assert!(found.items.iter().all(|route| route.name.contains(text)), "{text}: {found:?}");
        assert!(found.total >= 1, "{text}");
    }
}

pub(crate) async fn f59_a84_a_moved_secret_disables_that_key_alone(store: &dyn ConfigStore) {
    with_gateways(store).await;
    let master = MasterKey::from_hex(&Secret::new("7f".repeat(32))).unwrap();
    let other_master = MasterKey::from_hex(&Secret::new("80".repeat(32))).unwrap();
    let sealed = |master: &MasterKey, mut key: ProviderKeyRecord| {
        let secret = Secret::new(format!("sk-canary-{}", key.id));
        key.secret_ciphertext = master.seal(&key.place(), &secret).unwrap();
        key
    };
    let good = sealed(&master, provider_key("one", "k1", "openai", "default"));
    let copied = ProviderKeyRecord {
        secret_ciphertext: good.secret_ciphertext.clone(),
        ..provider_key("two", "k2", "openai", "default")
    };
    let old = sealed(&other_master, provider_key("one", "k3", "anthropic", "default"));
    store.apply([good, copied, old].map(Change::InsertProviderKey).into()).await.unwrap();

    let keys = store.load().await.unwrap().provider_keys;
    let opened: Vec<_> = keys.iter().map(|key| master.open(&key.place(), &key.secret_ciphertext)).collect();
    assert_eq!(opened[0].as_ref().unwrap().expose(), "sk-canary-k1");
    assert_eq!(opened[1], Err(SealError::Damaged));
    assert_eq!(opened[2], Err(SealError::OtherMasterKey));
}

pub(crate) async fn s14_sessions_end_with_what_opened_them(store: &dyn ConfigStore) {
    let digest = |text: &str| KeyDigest::of(text.as_bytes());
    let session = |name: &str, opener: Opener, at: i64| SessionRecord {
        sha256: digest(name),
        label: name.into(),
        role: AdminRole::Editor,
        opener,
        created_at: UnixMs(at),
        seen_at: UnixMs(at),
    };
    let token = AdminTokenRecord {
        id: "t".into(),
        label: "token".into(),
        sha256: digest("token"),
        role: AdminRole::Editor,
        created_at: UnixMs(1),
    };
    let sessions = store.sessions();
    assert_eq!(sessions.password().await, Ok(None));
    let link = |text| Change::PutSetupLink { sha256: digest(text), at: UnixMs(1) };
    store.apply(vec![link("first"), link("second")]).await.unwrap();
    assert_eq!(sessions.is_setup_link(&digest("first")).await, Ok(false));
    assert_eq!(sessions.is_setup_link(&digest("second")).await, Ok(true));
    let use_link = |text| Change::UseSetupLink { sha256: digest(text) };
    assert_eq!(store.apply(vec![use_link("first")]).await, Err(StoreError::NotFound));
    let password = PasswordRecord { hash: "hash".into(), set_at: UnixMs(2) };
    store.apply(vec![use_link("second"), link("third"), Change::SetPassword(password.clone())]).await.unwrap();
    assert_eq!(sessions.is_setup_link(&digest("third")).await, Ok(false), "a password is set");
    assert_eq!(sessions.password().await, Ok(Some(password)));

    let by_token = session("b", Opener::Token("t".into()), 20);
    let unknown = session("x", Opener::Token("nobody".into()), 20);
    assert!(store.apply(vec![Change::InsertSession(unknown)]).await.is_err());
    let list = [session("a", Opener::Password, 10), by_token.clone(), session("c", Opener::Password, 30)];
    let changes = [Change::InsertAdminToken(token)].into_iter().chain(list.map(Change::InsertSession));
    store.apply(changes.collect()).await.unwrap();
    assert_eq!(sessions.find(&digest("b")).await, Ok(by_token));
    store.apply(vec![Change::TouchSession { sha256: digest("a"), at: UnixMs(40) }]).await.unwrap();
    assert_eq!(sessions.find(&digest("a")).await.unwrap().seen_at, UnixMs(40));
    let there = async || {
        let mut there = String::new();
        for name in ["a", "b", "c"] {
            there += if sessions.find(&digest(name)).await.is_ok() { name } else { "-" };
        }
        there
    };
    let sweep = |created, seen, keep| {
        vec![Change::SweepSessions { created_before: UnixMs(created), seen_before: UnixMs(seen), keep }]
    };
    store.apply(sweep(10, 20, 3)).await.unwrap();
    assert_eq!(there().await, "abc");
    store.apply(sweep(0, 0, 2)).await.unwrap();
    assert_eq!(there().await, "a-c", "the longest unused");
    store.apply(vec![Change::InsertSession(session("b", Opener::Token("t".into()), 50))]).await.unwrap();
    store.apply(sweep(11, 0, 3)).await.unwrap();
    assert_eq!(there().await, "-bc", "the oldest");
    store.apply(vec![Change::DeleteSessionsOf(Opener::Password)]).await.unwrap();
    assert_eq!(there().await, "-b-");
    store.apply(vec![Change::DeleteAdminToken { id: "t".into() }]).await.unwrap();
    assert_eq!(there().await, "---");
    store.apply(vec![Change::DeleteSession { sha256: digest("a") }]).await.unwrap();
}
