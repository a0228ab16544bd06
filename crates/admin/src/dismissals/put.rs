//! `PUT /api/gateways/{gateway}/routes/{route}/dismissals`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use waypost_graph::{Code, PathStep, Severity};
use waypost_store::{Change, NoteKind, NoteRecord};

use super::{Dismissal, read};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, List},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::{DISMISSALS_MAX, TEXT_BYTES_MAX},
    query::Pairs,
    refusal::{Noun, place},
};

/// A warning to set aside.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct NewDismissal {
    /// Code of the warning: `W04`.
    code: String,
    /// Element that it is about; null for the whole route.
    #[serde(default)]
    node: Option<String>,
    /// Why it may stay.
    reason: String,
}

impl Body for NewDismissal {}

/// Replaces the warnings of a route that are set aside. What stood there before keeps its author and time.
#[utoipa::path(
    put,
    path = "/api/gateways/{gateway}/routes/{route}/dismissals",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = Vec<NewDismissal>,
    responses((status = 200, body = Envelope<Vec<Dismissal>>)),
)]
pub(crate) async fn put(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    List(wanted): List<NewDismissal>,
) -> Answer<Vec<Dismissal>> {
    let account = pairs.account();
    let (gateway, route) = admin.route(account, &gateway, &route).await?;
    check(&wanted)?;
    let stored = admin.config.notes().find(&gateway.name(), NoteKind::Dismissals, &route.id).await.noun("Note")?;
    let before = read(stored.as_deref());
    let at = rfc3339(admin.clock.now());
    let after: Vec<Dismissal> = wanted
        .into_iter()
        .map(|NewDismissal { code, node, reason }| {
            let same = before.iter().find(|one| one.code == code && one.node == node && one.reason == reason);
            let (by, at) =
                same.map_or_else(|| (actor.label.clone(), at.clone()), |one| (one.by.clone(), one.at.clone()));
            Dismissal { code, node, reason, by, at }
        })
        .collect();
    let note = NoteRecord {
        gateway: gateway.name(),
        kind: NoteKind::Dismissals,
        subject: route.id.clone(),
        document: json!(after).to_string(),
    };
    let noted = Noted {
        account,
        gateway: Some(&gateway.id),
        action: "updated",
        object: "dismissals",
        object_id: &route.id,
        before: json!({"dismissals": before}),
        after: json!({"dismissals": after}),
    };
    admin.change(&actor, noted, vec![Change::PutNote(note)]).await.noun("Route")?;
    one(after)
}

fn check(wanted: &[NewDismissal]) -> crate::refusal::Outcome<()> {
    let mut findings = Findings::default();
    if wanted.len() > DISMISSALS_MAX {
        findings.add(place!["body"], format!("Array must contain at most {DISMISSALS_MAX} element(s)"));
    }
    for (index, one) in wanted.iter().enumerate() {
        let at =
            |member: &str| vec![PathStep::Key("body".into()), PathStep::Index(index), PathStep::Key(member.into())];
        let code = Code::ALL.iter().find(|code| code.as_str() == one.code);
        if code.is_none_or(|code| code.severity() != Severity::Warning) {
            findings.add(at("code"), "Only warnings can be set aside: W01 to W12.");
        }
        if one.reason.trim().is_empty() || one.reason.len() > TEXT_BYTES_MAX {
            findings.add(at("reason"), format!("Say why, in at most {TEXT_BYTES_MAX} bytes."));
        }
    }
    findings.done()
}
