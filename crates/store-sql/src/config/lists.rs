//! The repositories: one item by its whole name, and lists in pages.

use sqlx::QueryBuilder;
use waypost_store::{
    AccountRecord, AdminTokenRecord, ApiKeyRecord, AuditRecord, CustomProviderRecord, DeploymentRecord, DraftRecord,
    GatewayRecord, GatewayRef, KeyDigest, NoteKind, PasswordRecord, PriceOverrideRecord, ProviderKeyRecord,
    RouteRecord, SavedCaseRecord, SessionRecord, StoreError, StoreFuture, VersionRecord,
    config::{
        AdminTokens, ApiKeys, Audit, CustomProviderQuery, CustomProviders, Gateways, Notes, Page, PageQuery,
        PriceOverrides, ProviderKeys, Routes, Sessions,
    },
};

use super::{
    SqlConfigStore,
    changes::{SETUP_LINK, hex},
    rows,
};
use crate::{
    dialect::{Db, Row, like_pattern},
    error::store_error,
};

/// Conditions of a list, built up with bound values.
type Conditions<'a> = Box<dyn Fn(&mut QueryBuilder<Db>) + Send + 'a>;

impl SqlConfigStore {
    async fn one<T>(
        &self,
        mut sql: QueryBuilder<Db>,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut reader = self.pools.reader().await?;
        read(&sql.build().fetch_one(&mut *reader).await.map_err(store_error)?)
    }

    /// A page of `table`, and how many rows there are, from one view.
    async fn page<T>(
        &self,
        table: &'static str,
        conditions: Conditions<'_>,
        order: &'static str,
        page: &PageQuery,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let mut view = self.pools.snapshot().await?;
        let mut count = QueryBuilder::new("SELECT COUNT(*) FROM ");
        count.push(table).push(" WHERE ");
        conditions(&mut count);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *view).await.map_err(store_error)?;
        let mut items = QueryBuilder::new("SELECT * FROM ");
        items.push(table).push(" WHERE ");
        conditions(&mut items);
        items.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(i64::from(page.per_page));
        items.push(" OFFSET ").push_bind(i64::try_from(page.offset()).unwrap_or(i64::MAX));
        let found = items.build().fetch_all(&mut *view).await.map_err(store_error)?;
        Ok(Page { items: found.iter().map(read).collect::<Result<_, _>>()?, total: total.unsigned_abs() })
    }
}

fn of_gateway(sql: &mut QueryBuilder<Db>, gateway: &GatewayRef) {
    sql.push("account = ").push_bind(gateway.account.clone());
    sql.push(" AND gateway = ").push_bind(gateway.id.clone());
}

/// The route is there and belongs to the gateway; otherwise nothing that belongs to it is found (A47).
fn of_route(sql: &mut QueryBuilder<Db>, gateway: &GatewayRef, route_id: &str) {
    sql.push("route_id IN (SELECT id FROM routes WHERE deleted = 0 AND ");
    of_gateway(sql, gateway);
    sql.push(" AND id = ").push_bind(route_id.to_owned()).push(")");
}

fn matching(sql: &mut QueryBuilder<Db>, columns: &[&'static str], search: Option<&str>) {
    let Some(search) = search.filter(|search| !search.is_empty()) else { return };
    let pattern = like_pattern(search);
    sql.push(" AND (1 = 0");
    for column in columns {
        sql.push(" OR ").push(*column).push(" LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\'");
    }
    sql.push(")");
}

impl Gateways for SqlConfigStore {
    fn accounts(&self) -> StoreFuture<'_, Vec<AccountRecord>> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            rows::all(&mut reader, "SELECT * FROM accounts ORDER BY id", rows::account).await
        })
    }

    fn find<'a>(&'a self, gateway: &'a GatewayRef) -> StoreFuture<'a, GatewayRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM gateways WHERE account = ");
            sql.push_bind(gateway.account.clone()).push(" AND id = ").push_bind(gateway.id.clone());
            self.one(sql, rows::gateway).await
        })
    }

    fn list<'a>(&'a self, account: &'a str, page: &'a PageQuery) -> StoreFuture<'a, Page<GatewayRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("account = ").push_bind(account.to_owned());
                matching(sql, &["id"], page.search.as_deref());
            });
            self.page("gateways", conditions, "id", page, rows::gateway).await
        })
    }
}

impl Routes for SqlConfigStore {
    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: &'a str) -> StoreFuture<'a, RouteRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM routes WHERE deleted = 0 AND ");
            of_gateway(&mut sql, gateway);
            sql.push(" AND id = ").push_bind(id.to_owned());
            self.one(sql, rows::route).await
        })
    }

    fn find_by_name<'a>(&'a self, gateway: &'a GatewayRef, name: &'a str) -> StoreFuture<'a, RouteRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM routes WHERE deleted = 0 AND ");
            of_gateway(&mut sql, gateway);
            sql.push(" AND name_key = ").push_bind(name.to_ascii_lowercase());
            self.one(sql, rows::route).await
        })
    }

    fn list<'a>(&'a self, gateway: &'a GatewayRef, page: &'a PageQuery) -> StoreFuture<'a, Page<RouteRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("deleted = 0 AND ");
                of_gateway(sql, gateway);
                matching(sql, &["name", "id"], page.search.as_deref());
            });
            self.page("routes", conditions, "created_at DESC, id DESC", page, rows::route).await
        })
    }

    fn versions<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<VersionRecord>> {
        Box::pin(async move {
            Routes::find(self, gateway, route_id).await?;
            let conditions: Conditions<'_> = Box::new(|sql| of_route(sql, gateway, route_id));
            self.page("versions", conditions, "number DESC", page, rows::version).await
        })
    }

    fn version<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        version_id: &'a str,
    ) -> StoreFuture<'a, VersionRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM versions WHERE ");
            of_route(&mut sql, gateway, route_id);
            sql.push(" AND version_id = ").push_bind(version_id.to_owned());
            self.one(sql, rows::version).await
        })
    }

    fn version_by_number<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        number: u32,
    ) -> StoreFuture<'a, VersionRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM versions WHERE ");
            of_route(&mut sql, gateway, route_id);
            sql.push(" AND number = ").push_bind(i64::from(number));
            self.one(sql, rows::version).await
        })
    }

    fn newest_version<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, VersionRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM versions WHERE ");
            of_route(&mut sql, gateway, route_id);
            sql.push(" ORDER BY number DESC LIMIT 1");
            self.one(sql, rows::version).await
        })
    }

    fn deployments<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        route_id: &'a str,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<DeploymentRecord>> {
        Box::pin(async move {
            Routes::find(self, gateway, route_id).await?;
            let conditions: Conditions<'_> = Box::new(|sql| of_route(sql, gateway, route_id));
            self.page("deployments", conditions, "created_at DESC, deployment_id DESC", page, rows::deployment).await
        })
    }

    fn draft<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, Option<DraftRecord>> {
        Box::pin(async move {
            Routes::find(self, gateway, route_id).await?;
            let mut sql = QueryBuilder::new("SELECT * FROM drafts WHERE ");
            of_route(&mut sql, gateway, route_id);
            match self.one(sql, rows::draft).await {
                Ok(draft) => Ok(Some(draft)),
                Err(StoreError::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn saved_cases<'a>(&'a self, gateway: &'a GatewayRef, route_id: &'a str) -> StoreFuture<'a, Vec<SavedCaseRecord>> {
        Box::pin(async move {
            Routes::find(self, gateway, route_id).await?;
            let conditions: Conditions<'_> = Box::new(|sql| of_route(sql, gateway, route_id));
            Ok(self.page("saved_cases", conditions, "name", &PageQuery::ALL, rows::saved_case).await?.items)
        })
    }
}

impl ProviderKeys for SqlConfigStore {
    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: &'a str) -> StoreFuture<'a, ProviderKeyRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM provider_keys WHERE ");
            of_gateway(&mut sql, gateway);
            sql.push(" AND id = ").push_bind(id.to_owned());
            self.one(sql, rows::provider_key).await
        })
    }

    fn list<'a>(&'a self, gateway: &'a GatewayRef, page: &'a PageQuery) -> StoreFuture<'a, Page<ProviderKeyRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                of_gateway(sql, gateway);
                matching(sql, &["provider_slug", "alias"], page.search.as_deref());
            });
            self.page("provider_keys", conditions, "provider_slug, alias, id", page, rows::provider_key).await
        })
    }
}

impl CustomProviders for SqlConfigStore {
    fn find<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, CustomProviderRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM custom_providers WHERE account = ");
            sql.push_bind(account.to_owned()).push(" AND id = ").push_bind(id.to_owned());
            self.one(sql, rows::custom_provider).await
        })
    }

    fn list<'a>(
        &'a self,
        account: &'a str,
        query: &'a CustomProviderQuery,
    ) -> StoreFuture<'a, Page<CustomProviderRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("account = ").push_bind(account.to_owned());
                for (column, wanted) in [(" AND enable = ", query.enable), (" AND beta = ", query.beta)] {
                    if let Some(wanted) = wanted {
                        sql.push(column).push_bind(i64::from(wanted));
                    }
                }
                matching(sql, &["name", "slug"], query.page.search.as_deref());
            });
            let order = "COALESCE(position, 9223372036854775807), name, id";
            self.page("custom_providers", conditions, order, &query.page, rows::custom_provider).await
        })
    }
}

impl ApiKeys for SqlConfigStore {
    fn find<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, ApiKeyRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM api_keys WHERE account = ");
            sql.push_bind(account.to_owned()).push(" AND id = ").push_bind(id.to_owned());
            self.one(sql, rows::api_key).await
        })
    }

    fn list<'a>(
        &'a self,
        account: &'a str,
        gateway: Option<&'a str>,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<ApiKeyRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("account = ").push_bind(account.to_owned());
                if let Some(gateway) = gateway {
                    sql.push(" AND (gateway IS NULL OR gateway = ").push_bind(gateway.to_owned()).push(")");
                }
                matching(sql, &["label", "prefix", "id"], page.search.as_deref());
            });
            self.page("api_keys", conditions, "created_at DESC, id DESC", page, rows::api_key).await
        })
    }
}

impl AdminTokens for SqlConfigStore {
    fn find<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, AdminTokenRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM admin_tokens WHERE sha256 = ");
            sql.push_bind(digest.0.to_vec());
            self.one(sql, rows::admin_token).await
        })
    }

    fn list(&self) -> StoreFuture<'_, Vec<AdminTokenRecord>> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            rows::all(&mut reader, "SELECT * FROM admin_tokens ORDER BY created_at, id", rows::admin_token).await
        })
    }
}

impl Sessions for SqlConfigStore {
    fn password(&self) -> StoreFuture<'_, Option<PasswordRecord>> {
        Box::pin(async move {
            match self.one(QueryBuilder::new("SELECT * FROM credentials WHERE name = 'password'"), rows::password).await
            {
                Ok(password) => Ok(Some(password)),
                Err(StoreError::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn is_setup_link<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut sql = QueryBuilder::<Db>::new("SELECT COUNT(*) FROM credentials WHERE name = ");
            sql.push_bind(SETUP_LINK).push(" AND value = ").push_bind(hex(digest));
            let mut reader = self.pools.reader().await?;
            let found: i64 = sql.build_query_scalar().fetch_one(&mut *reader).await.map_err(store_error)?;
            Ok(found > 0)
        })
    }

    fn find<'a>(&'a self, digest: &'a KeyDigest) -> StoreFuture<'a, SessionRecord> {
        Box::pin(async move {
            let mut sql = QueryBuilder::new("SELECT * FROM sessions WHERE sha256 = ");
            sql.push_bind(digest.0.to_vec());
            self.one(sql, rows::session).await
        })
    }
}

impl PriceOverrides for SqlConfigStore {
    fn list<'a>(&'a self, account: &'a str, page: &'a PageQuery) -> StoreFuture<'a, Page<PriceOverrideRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("account = ").push_bind(account.to_owned());
                matching(sql, &["provider", "model"], page.search.as_deref());
            });
            self.page("price_overrides", conditions, "provider, model", page, rows::price).await
        })
    }
}

impl Notes for SqlConfigStore {
    fn find<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        kind: NoteKind,
        subject: &'a str,
    ) -> StoreFuture<'a, Option<String>> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            let sql = "SELECT document FROM notes WHERE account = $1 AND gateway = $2 AND kind = $3 AND subject = $4";
            sqlx::query_scalar(sql)
                .bind(&*gateway.account)
                .bind(&*gateway.id)
                .bind(kind.as_str())
                .bind(subject)
                .fetch_optional(&mut *reader)
                .await
                .map_err(store_error)
        })
    }

    fn all(&self, kind: NoteKind) -> StoreFuture<'_, Vec<String>> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            sqlx::query_scalar("SELECT document FROM notes WHERE kind = $1 ORDER BY account, gateway, subject")
                .bind(kind.as_str())
                .fetch_all(&mut *reader)
                .await
                .map_err(store_error)
        })
    }
}

impl Audit for SqlConfigStore {
    fn list<'a>(
        &'a self,
        account: &'a str,
        gateway: Option<&'a str>,
        page: &'a PageQuery,
    ) -> StoreFuture<'a, Page<AuditRecord>> {
        Box::pin(async move {
            let conditions: Conditions<'_> = Box::new(|sql| {
                sql.push("account = ").push_bind(account.to_owned());
                if let Some(gateway) = gateway {
                    sql.push(" AND gateway = ").push_bind(gateway.to_owned());
                }
                matching(sql, &["actor", "action", "object", "object_id"], page.search.as_deref());
            });
            self.page("audit", conditions, "at DESC, id DESC", page, rows::audit).await
        })
    }
}
