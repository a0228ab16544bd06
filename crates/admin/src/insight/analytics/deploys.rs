//! When versions went live: marks on charts.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{GatewayRef, config::PageQuery};

use crate::{
    Admin,
    ids::rfc3339,
    insight::sums::Stretch,
    refusal::{Noun, Outcome},
    routes,
};

/// A version went live.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub(crate) struct DeployMark {
    /// When.
    time: String,
    /// Name of the route.
    route: String,
    /// Number of the version.
    version: u32,
}

impl Admin {
    pub(super) async fn deploy_marks(&self, gateway: &GatewayRef, stretch: Stretch) -> Outcome<Vec<DeployMark>> {
        let routes = self.config.routes();
        let mut marks = Vec::new();
        for route in routes.list(gateway, &PageQuery::ALL).await.noun(routes::NOUN)?.items {
            let all = routes.deployments(gateway, &route.id, &PageQuery::ALL).await.noun("Deployment")?.items;
            let within: Vec<_> =
                all.iter().filter(|one| one.created_at >= stretch.from && one.created_at < stretch.until).collect();
            if within.is_empty() {
                continue;
            }
            let versions = routes.versions(gateway, &route.id, &PageQuery::ALL).await.noun("Version")?.items;
            let numbers: HashMap<_, _> = versions.into_iter().map(|one| (one.version_id, one.number)).collect();
            marks.extend(within.into_iter().map(|one| DeployMark {
                time: rfc3339(one.created_at),
                route: route.name.clone(),
                version: numbers.get(&one.version_id).copied().unwrap_or_default(),
            }));
        }
        marks.sort();
        Ok(marks)
    }
}
