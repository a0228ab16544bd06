//! The management API from outside: requests in, envelopes out, on the SQLite store.

mod access;
mod configuration;
mod editor;
mod gateways;
mod insight;
mod isolation;
mod keys;
mod logs;
mod providers;
mod routes;
mod sessions;
mod world;
