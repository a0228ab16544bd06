//! What people leave behind beside the configuration. The data plane never reads it.

use crate::gateway::GatewayRef;

/// A note about a gateway or one of its routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRecord {
    /// The gateway it belongs to.
    pub gateway: GatewayRef,
    /// What it is.
    pub kind: NoteKind,
    /// Id of the route it is about; empty for the gateway itself.
    pub subject: String,
    /// Its content as JSON.
    pub document: String,
}

/// What a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// Warnings of a route that somebody looked at and set aside.
    Dismissals,
    /// Which of the first steps are done.
    GetStarted,
    /// Amounts that a reset took out of counters, so that a restart takes them out again.
    Resets,
}

impl NoteKind {
    /// Its name where it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dismissals => "dismissals",
            Self::GetStarted => "get_started",
            Self::Resets => "resets",
        }
    }
}
