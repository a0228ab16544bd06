//! `PUT /api/gateways/{gateway}/routes/{route}/cases`

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_graph::PathStep;
use waypost_store::{Change, SavedCaseRecord};

use super::{CaseView, Expectation, Stored, assumed, sent_facts};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, List, REQUIRED},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    limits::{CASES_MAX, DOCUMENT_BYTES_MAX, LABEL_CHARS_MAX},
    query::Pairs,
    refusal::Outcome,
};

/// A case to keep.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseBody {
    /// Of a case that is there already; a new one gets its own.
    #[serde(default)]
    id: Option<String>,
    /// Its name, unique in its route.
    name: String,
    /// The request: `{metadata, headers, body, key_id, key_label, …}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    facts: Value,
    /// What is taken for granted; limits that are not named let the request through.
    #[serde(default)]
    #[schema(value_type = Object)]
    assumptions: Value,
    /// The way that it should take.
    expect: Expectation,
}

impl Body for CaseBody {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("name", REQUIRED), ("expect", REQUIRED)];
}

/// Replaces the saved cases of a route: those that are not named any more go.
#[utoipa::path(
    put,
    path = "/api/gateways/{gateway}/routes/{route}/cases",
    tag = "Cases",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = Vec<CaseBody>,
    responses((status = 200, body = Envelope<Vec<CaseView>>)),
)]
pub(crate) async fn put(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    List(wanted): List<CaseBody>,
) -> Answer<Vec<CaseView>> {
    let account = pairs.account();
    let (gateway, route) = admin.route(account, &gateway, &route).await?;
    check(&wanted)?;
    let before = admin.cases(&gateway, &route).await?;
    let is_known = |id: &String| before.iter().any(|case| case.id == *id);
    let records: Vec<SavedCaseRecord> = wanted
        .into_iter()
        .map(|case| SavedCaseRecord {
            id: case.id.filter(is_known).unwrap_or_else(|| admin.new_id()),
            route_id: route.id.clone(),
            name: case.name,
            document: json!(Stored { facts: case.facts, assumptions: case.assumptions, expect: case.expect })
                .to_string(),
            modified_at: admin.clock.now(),
        })
        .collect();
    let kept: BTreeSet<&str> = records.iter().map(|record| &*record.id).collect();
    let gone = before.iter().filter(|case| !kept.contains(&*case.id));
    // Names first become free, then taken.
    let mut changes: Vec<Change> = gone
        .map(|case| Change::DeleteSavedCase {
            gateway: gateway.name(),
            route_id: route.id.clone(),
            id: case.id.clone(),
        })
        .collect();
    changes.extend(records.iter().map(|record| Change::PutSavedCase(gateway.name(), record.clone())));
    let names = |names: Vec<&str>| json!({"cases": names});
    let noted = Noted {
        account,
        gateway: Some(&gateway.id),
        action: "updated",
        object: "cases",
        object_id: &route.id,
        before: names(before.iter().map(|case| &*case.name).collect()),
        after: names(records.iter().map(|record| &*record.name).collect()),
    };
    admin.change(&actor, noted, changes).await.noun(super::NOUN)?;
    one(admin.cases(&gateway, &route).await?)
}

fn check(wanted: &[CaseBody]) -> Outcome<()> {
    let mut findings = Findings::default();
    if wanted.len() > CASES_MAX {
        findings.add(vec![PathStep::Key("body".into())], format!("Array must contain at most {CASES_MAX} element(s)"));
    }
    let mut names = BTreeSet::new();
    for (index, case) in wanted.iter().enumerate() {
        let at =
            |member: &str| vec![PathStep::Key("body".into()), PathStep::Index(index), PathStep::Key(member.into())];
        let letters = case.name.chars().count();
        if letters == 0 || letters > LABEL_CHARS_MAX {
            findings.add(at("name"), format!("Give it a name of 1 to {LABEL_CHARS_MAX} characters."));
        }
        if !names.insert(&case.name) {
            findings.add(at("name"), "Another case has this name.");
        }
        if case.facts.to_string().len() > DOCUMENT_BYTES_MAX {
            findings.add(at("facts"), format!("A request has at most {DOCUMENT_BYTES_MAX} bytes."));
        }
        if let Err(why) = sent_facts(&case.facts) {
            findings.add(at("facts"), why);
        }
        if let Err(why) = assumed(&case.assumptions) {
            findings.add(at("assumptions"), why);
        }
    }
    findings.done()
}
