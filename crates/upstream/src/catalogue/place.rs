//! What an address depends on besides the provider: account, project, region, resource. It comes from the stored key, the
//! provider's settings or, in native calls, the path; never from a header or a body (S01).

use serde_json::{Map, Value};
use waypost_types::{Fault, FaultClass, Secret};

use super::{NativePath, TargetError};

/// The parts that are known; the first source that names one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Cloudflare account id (Workers AI).
    pub account: Option<String>,
    /// Google Cloud project (Vertex AI).
    pub project: Option<String>,
    /// Region (Vertex AI, Bedrock).
    pub region: Option<String>,
    /// Azure resource.
    pub resource: Option<String>,
    /// Azure deployment, where it is not the model's name.
    pub deployment: Option<String>,
    /// Azure `api-version`.
    pub api_version: Option<String>,
}

/// A stored key taken apart: some are JSON that also says where to call.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// What signs the request.
    pub secret: Secret,
    /// Where it is valid.
    pub place: Place,
}

impl StoredKey {
    /// Reads a stored key: plain text, or a JSON object with the secret and the place. Members are accepted in the spellings
    /// that the vendors' own files use (`project_id`, `location`, `accountId` …).
    ///
    /// # Errors
    /// [`FaultClass::KeyUnusable`]: JSON without a secret we can use, such as a service account's private key, which would
    /// first have to be exchanged for an access token.
    pub fn parse(text: &Secret) -> Result<Self, Fault> {
        let plain = text.expose().trim();
        let members = match serde_json::from_str::<Value>(plain) {
            Ok(Value::Object(members)) => members,
            _ => return Ok(Self { secret: Secret::new(plain.to_owned()), place: Place::default() }),
        };
        let secret = first(&members, &["access_token", "token", "api_token", "api_key", "apiKey", "key", "secret"]);
        let Some(secret) = secret else {
            let reason = if members.contains_key("private_key") {
                "a service account's key file cannot sign calls; store an access token: {\"access_token\":…,\"project\":…,\"region\":…}"
            } else {
                "the stored key is JSON without \"api_key\" or \"access_token\""
            };
            return Err(Fault::new(FaultClass::KeyUnusable, reason));
        };
        Ok(Self { secret: Secret::new(secret), place: Place::from_members(&members) })
    }
}

impl Place {
    /// Nothing is known.
    pub const NONE: Self =
        Self { account: None, project: None, region: None, resource: None, deployment: None, api_version: None };

    /// The place named in a JSON object: a key's or the provider's settings.
    pub fn from_members(members: &Map<String, Value>) -> Self {
        Self {
            account: first(members, &["account_id", "accountId", "account"]),
            project: first(members, &["project", "project_id", "projectId"]),
            region: first(members, &["region", "location"]),
            resource: first(members, &["resource", "resource_name", "resourceName"]),
            deployment: first(members, &["deployment", "deployment_name", "deploymentName"]),
            api_version: first(members, &["api_version", "apiVersion", "api-version"]),
        }
    }

    /// Fills gaps from another source.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            account: self.account.or_else(|| other.account.clone()),
            project: self.project.or_else(|| other.project.clone()),
            region: self.region.or_else(|| other.region.clone()),
            resource: self.resource.or_else(|| other.resource.clone()),
            deployment: self.deployment.or_else(|| other.deployment.clone()),
            api_version: self.api_version.or_else(|| other.api_version.clone()),
        }
    }

    /// The place that a native path names, which wins, and what remains of the path for the address.
    pub(super) fn found_in<'a>(&self, native: NativePath, rest: &'a str) -> (Self, &'a str) {
        let mut place = self.clone();
        let path = rest.trim_start_matches('/');
        let rest = match native {
            NativePath::Plain | NativePath::WorkersAi => path,
            NativePath::Azure => match path.split_once('/') {
                // A conversation whose resource is not known yet has the deployment in front.
                Some((_, after)) if after.starts_with("chat/completions") && !after.contains("/chat/completions") => {
                    path
                }
                Some((resource, after)) => {
                    place.resource = Some(resource.to_owned());
                    after
                }
                None => path,
            },
            NativePath::Vertex => {
                let mut segments = path.split('/');
                if segments.any(|segment| segment == "locations")
                    && let Some(region) = segments.next()
                {
                    place.region = Some(region.to_owned());
                }
                path
            }
            NativePath::Bedrock => match path.strip_prefix("bedrock-runtime/").and_then(|path| path.split_once('/')) {
                Some((region, after)) => {
                    place.region = Some(region.to_owned());
                    after
                }
                None => path,
            },
        };
        (place, rest)
    }

    /// Puts the parts into an address. Each must be a plain name, so that it cannot end the host early (A05).
    pub(super) fn fill(&self, template: &str, provider: &str) -> Result<String, TargetError> {
        let mut url = template.to_owned();
        for (mark, part, value) in [
            ("{account}", "account_id", &self.account),
            ("{region}", "region", &self.region),
            ("{resource}", "resource", &self.resource),
        ] {
            if !template.contains(mark) {
                continue;
            }
            let value = self.need(value.as_deref(), part, provider)?;
            let is_name = (1..=64).contains(&value.len())
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !value.starts_with('-');
            if !is_name {
                return Err(TargetError::NotAName { part, value: value.to_owned() });
            }
            // Vertex AI's global endpoint has no region in its name.
            url = if mark == "{region}" && value == "global" {
                url.replace("{region}-", "")
            } else {
                url.replace(mark, value)
            };
        }
        Ok(url)
    }

    pub(super) fn need<'a>(
        &self,
        value: Option<&'a str>,
        part: &'static str,
        provider: &str,
    ) -> Result<&'a str, TargetError> {
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| TargetError::Missing { provider: provider.to_owned(), part })
    }
}

fn first(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| members.get(*name)?.as_str())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}
