//! What a file changes in the settings of a gateway.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use waypost_graph::PathStep;
use waypost_store::{GatewayRecord, GatewaySettings};

use super::file::CREDENTIALS;
use crate::{
    Admin,
    body::{Body, Findings, read},
    gateways::settings::{check, normal},
    refusal::{ApiError, Outcome, place},
};

/// Settings before and after.
pub(super) struct SettingsPlan {
    /// What would be stored; without it something is wrong, or nothing is taken.
    pub(super) settings: Option<GatewaySettings>,
    pub(super) view: SettingsPlanView,
}

/// What would become of the settings.
#[derive(Debug, Default, serde::Serialize, ToSchema)]
pub(crate) struct SettingsPlanView {
    /// They are taken from the file.
    pub(super) taken: bool,
    /// Members that would differ.
    pub(super) changes: Vec<SettingChange>,
    /// Members of the file that this program does not know, and leaves out.
    pub(super) unknown: Vec<String>,
    /// What is wrong with them: nothing is imported while they are taken.
    pub(super) errors: Vec<ApiError>,
}

/// One member.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct SettingChange {
    /// Its name; `waypost.time_zone` for one of Waypost's own.
    pub(super) member: String,
    /// As it is.
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// As it would be.
    #[schema(value_type = Option<Object>)]
    after: Value,
}

/// Our own members lie in here.
const OWN: &str = "waypost";

#[derive(Deserialize)]
#[serde(transparent)]
struct Merged(GatewaySettings);

impl Body for Merged {}

/// The settings with the members of the file laid over them.
pub(super) fn plan(admin: &Admin, gateway: &GatewayRecord, file: &Map<String, Value>) -> SettingsPlan {
    let before = serde_json::to_value(&gateway.settings).unwrap_or_default();
    let mut view = SettingsPlanView { taken: true, ..SettingsPlanView::default() };
    let settings = match merged(admin, &before, file) {
        Ok(settings) => settings,
        Err(errors) => {
            view.errors = errors;
            return SettingsPlan { settings: None, view };
        }
    };
    let after = serde_json::to_value(&settings).unwrap_or_default();
    view.changes = changes(&before, &after);
    // Members without a value may be left out when they are written.
    view.unknown = file
        .iter()
        .filter(|(member, value)| !value.is_null() && after.get(member).is_none())
        .map(|(member, _)| member.clone())
        .collect();
    SettingsPlan { settings: Some(settings), view }
}

fn merged(admin: &Admin, before: &Value, file: &Map<String, Value>) -> Result<GatewaySettings, Vec<ApiError>> {
    let mut all = before.clone();
    if let Some(members) = all.as_object_mut() {
        for (member, value) in file {
            match (members.get_mut(member), value) {
                (Some(Value::Object(own)), Value::Object(new)) if member == OWN => own.extend(new.clone()),
                _ => {
                    members.insert(member.clone(), value.clone());
                }
            }
        }
    }
    let judged = || -> Outcome<GatewaySettings> {
        let Merged(settings) = read(all)?;
        let settings = normal(settings);
        let mut findings = Findings::default();
        check(admin, &settings, &mut findings);
        findings.done()?;
        Ok(settings)
    };
    judged().map_err(|refused| refused.errors.into_iter().map(in_file).collect())
}

/// The settings are not the body, but lie in it.
fn in_file(mut error: ApiError) -> ApiError {
    let within = error.path.drain(..).skip(1).collect::<Vec<PathStep>>();
    error.path = place!["body", "configuration", "settings"];
    error.path.extend(within);
    error
}

/// Members that differ, those of `waypost` one by one.
fn changes(before: &Value, after: &Value) -> Vec<SettingChange> {
    let empty = Map::new();
    let members = |value: &'_ Value| -> Map<String, Value> {
        let mut flat = Map::new();
        for (name, value) in value.as_object().unwrap_or(&empty) {
            match value {
                Value::Object(own) if name == OWN => {
                    flat.extend(own.iter().map(|(inner, value)| (format!("{OWN}.{inner}"), value.clone())));
                }
                other => {
                    flat.insert(name.clone(), other.clone());
                }
            }
        }
        flat
    };
    let (before, after) = (members(before), members(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let value = |of: &Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .filter(|name| value(&before, name) != value(&after, name))
        .map(|name| {
            let shown = |value: Value| {
                if CREDENTIALS.contains(&&**name) && !value.is_null() { json!("••••") } else { value }
            };
            SettingChange {
                member: name.clone(),
                before: shown(value(&before, name)),
                after: shown(value(&after, name)),
            }
        })
        .collect()
}
