//! Gateways.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod replace;
pub(crate) mod settings;
pub(crate) mod url;
pub(crate) mod view;

use waypost_store::{GatewayRecord, GatewayRef};

use crate::{
    Admin,
    refusal::{Noun, Outcome, Refused, code},
};
use http::StatusCode;

pub(crate) const NOUN: &str = "Gateway";

impl Admin {
    /// A gateway, or 404.
    pub(crate) async fn gateway(&self, account: &str, id: &str) -> Outcome<GatewayRecord> {
        self.config.gateways().find(&GatewayRef::new(account, id)).await.noun(NOUN)
    }

    /// Refuses accounts that do not exist.
    pub(crate) async fn account(&self, account: &str) -> Outcome<()> {
        let accounts = self.config.gateways().accounts().await.noun("Account")?;
        if accounts.iter().any(|known| known.id == account) {
            return Ok(());
        }
        let message = format!("Could not route to account {account:?}: it does not exist");
        Err(Refused::new(StatusCode::NOT_FOUND, code::NO_SUCH_ACCOUNT, message))
    }
}
