//! The whole gateway in a test: started as the binary starts it, asked over real sockets, in front of a scripted provider.
//!
//! What this crate is not: it reaches into no stage of the gateway. It sees what callers, administrators and operators see:
//! answers, the management API, the data directory, the provider's own ledger.
//!
//! Read in this order: [`gateway`] (start one), [`client`] (call it), [`management`] (configure it), [`audit`] (what it
//! wrote down), [`process`] (the same in a process of its own, to be killed), [`route`] (documents that tests use).

pub mod audit;
pub mod client;
pub mod gateway;
pub mod management;
pub mod process;
pub mod route;

pub use audit::Audit;
pub use client::{Answer, Call, OpenAnswer};
pub use gateway::{ADMIN_TOKEN, API_KEY, Gateway, Setup, eventually};
pub use process::Process;
