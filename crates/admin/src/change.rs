//! One change: stored in one transaction with its audit entry, then made live, then answered.

use std::sync::Arc;

use serde_json::{Map, Value};
use waypost_store::{AuditRecord, Change, StoreError};

use crate::{
    Admin,
    access::Actor,
    refusal::{Outcome, Refused},
};

/// What the audit says about a change.
#[derive(Debug)]
pub(crate) struct Noted<'a> {
    pub(crate) account: &'a str,
    pub(crate) gateway: Option<&'a str>,
    /// `created`, `updated`, `deleted`, `deployed`, `revoked`, `imported`.
    pub(crate) action: &'a str,
    /// Kind of object: `gateway`, `route` …
    pub(crate) object: &'a str,
    pub(crate) object_id: &'a str,
    /// The object as it was; `Null` for a new one. Never a secret.
    pub(crate) before: Value,
    /// The object as it is; `Null` for one that is gone. Never a secret.
    pub(crate) after: Value,
}

/// Why a change is not done.
#[derive(Debug)]
pub(crate) enum NotChanged {
    /// Nothing was stored.
    Store(StoreError),
    /// It is stored; what was live before still serves.
    NotLive(StoreError),
}

impl Admin {
    /// Applies changes with their audit entry and returns once they are live.
    pub(crate) async fn change(
        &self,
        actor: &Actor,
        noted: Noted<'_>,
        mut changes: Vec<Change>,
    ) -> Result<(), NotChanged> {
        let is_live = changes.iter().any(Change::is_live);
        changes.push(self.audit(actor, noted));
        let (config, publisher) = (Arc::clone(&self.config), Arc::clone(&self.publisher));
        // A task of its own: when the caller hangs up in between, what is stored must still go live.
        let done = tokio::spawn(async move {
            config.apply(changes).await.map_err(NotChanged::Store)?;
            if is_live {
                publisher.publish().await.map_err(NotChanged::NotLive)?;
            }
            Ok(())
        });
        match done.await {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(NotChanged::Store(StoreError::Unavailable("shutting down".to_owned()))),
        }
    }

    /// An entry of the audit for a change that is part of a larger one.
    pub(crate) fn audit(&self, actor: &Actor, noted: Noted<'_>) -> Change {
        Change::Audit(self.audit_record(actor, noted))
    }

    fn audit_record(&self, actor: &Actor, noted: Noted<'_>) -> AuditRecord {
        let (before, after) = differing(noted.before, noted.after);
        AuditRecord {
            id: self.new_id(),
            account: noted.account.to_owned(),
            gateway: noted.gateway.map(str::to_owned),
            at: self.clock.now(),
            actor: actor.label.clone(),
            from: actor.from.clone(),
            action: noted.action.to_owned(),
            object: noted.object.to_owned(),
            object_id: noted.object_id.to_owned(),
            before,
            after,
        }
    }
}

impl NotChanged {
    /// The refusal, with a word for the object.
    pub(crate) fn refused(self, noun: &str) -> Refused {
        match self {
            Self::Store(error) => Refused::store(error, noun),
            Self::NotLive(error) => {
                tracing::error!(%error, "a stored change could not be made live");
                Refused::unavailable(format!("The change is stored but not live: {error}. What was live still serves."))
            }
        }
    }

    /// As [`NotChanged::refused`], with another answer where something collides.
    pub(crate) fn refused_or(self, noun: &str, conflict: Refused) -> Refused {
        match self {
            Self::Store(StoreError::Conflict { .. }) => conflict,
            other => other.refused(noun),
        }
    }
}

/// Gives the result of a change its noun.
pub(crate) trait ChangeNoun<T> {
    fn noun(self, noun: &str) -> Outcome<T>;
}

impl<T> ChangeNoun<T> for Result<T, NotChanged> {
    fn noun(self, noun: &str) -> Outcome<T> {
        self.map_err(|error| error.refused(noun))
    }
}

/// Of two objects only the members in which they differ; anything else as it is.
fn differing(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(after)) = (&before, &after) else { return (before, after) };
    let other_than = |mine: &Map<String, Value>, other: &Map<String, Value>| {
        let changed = mine.iter().filter(|(key, value)| other.get(*key) != Some(*value));
        Value::Object(changed.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    (other_than(before, after), other_than(after, before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_audit_keeps_what_changed() {
        let (before, after) = differing(json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "b": 5, "d": 4}));
        assert_eq!((before, after), (json!({"b": 2, "c": 3}), json!({"b": 5, "d": 4})));
        assert_eq!(differing(Value::Null, json!({"a": 1})), (Value::Null, json!({"a": 1})));
    }
}
