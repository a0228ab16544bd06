//! What the file holds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    body::{Body, REQUIRED},
    limits::{IMPORTED_ROUTES_MAX, LABEL_CHARS_MAX},
    refusal::{Outcome, Refused, place},
};

/// What every such file says it is.
pub(super) const FORMAT: &str = "waypost-configuration";
/// Counts the changes after which an older program would misread a file.
pub(super) const VERSION: u32 = 1;

/// Credentials of third parties: never in a file.
pub(super) const CREDENTIALS: [&str; 2] = ["otel", "stripe"];

/// The configuration of a gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationView {
    /// `waypost-configuration`.
    pub(super) format: &'static str,
    /// 1.
    pub(super) version: u32,
    /// The gateway that it was taken from.
    pub(super) gateway: String,
    /// When.
    pub(super) exported_at: String,
    /// As `PUT …/gateways/{gateway}` takes them, without credentials of third parties.
    #[schema(value_type = Object)]
    pub(super) settings: Value,
    /// Routes by name: `{name, deployed, elements, layout, cases}`. What serves; of a route that never served, its draft.
    #[schema(value_type = Vec<Object>)]
    pub(super) routes: Vec<Value>,
}

/// A file, and what of it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportBody {
    /// The file.
    pub(super) configuration: Configuration,
    /// Its settings are taken.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) settings: bool,
    /// Names of the routes that are taken; without it all are.
    #[serde(default)]
    pub(super) routes: Option<Vec<String>>,
    /// Of the check that was looked at. An import needs it, and is refused when anything has changed since.
    #[serde(default)]
    pub(super) fingerprint: Option<String>,
}

/// A file as it is read. What it does not name stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// `waypost-configuration`.
    format: String,
    /// 1.
    version: u32,
    /// The gateway that it was taken from. Only said.
    #[serde(default)]
    #[expect(dead_code, reason = "describes the file; any gateway may take it")]
    gateway: Option<String>,
    /// When. Only said.
    #[serde(default)]
    #[expect(dead_code, reason = "describes the file")]
    exported_at: Option<String>,
    /// Members of the settings that change.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) settings: Map<String, Value>,
    /// Routes: `{name, deployed, elements, layout, cases}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub(super) routes: Vec<Map<String, Value>>,
}

impl Body for ImportBody {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("configuration", REQUIRED)];
}

const fn yes() -> bool {
    true
}

impl Configuration {
    /// Refuses what is another file, or one of a program to come.
    pub(super) fn check(&self) -> Outcome<()> {
        let wrong =
            |member: &str, message: String| Err(Refused::value(place!["body", "configuration", member], message));
        if self.format != FORMAT {
            let said: String = self.format.chars().take(LABEL_CHARS_MAX).collect();
            return wrong(
                "format",
                format!("This is no configuration of Waypost: its format is {said:?}, not {FORMAT:?}."),
            );
        }
        if self.version != VERSION {
            let message = format!("The file has version {}; this program reads version {VERSION}.", self.version);
            return wrong("version", message);
        }
        if self.routes.len() > IMPORTED_ROUTES_MAX {
            return wrong("routes", format!("Array must contain at most {IMPORTED_ROUTES_MAX} element(s)"));
        }
        Ok(())
    }
}
