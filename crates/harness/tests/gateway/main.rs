//! The gateway from outside: what goes in over sockets, what comes out, what the provider got and what the log says.

mod bodies;
mod budgets;
mod dashboard;
mod deploys;
mod destinations;
mod examples;
mod faults;
mod limits;
mod playground;
mod providers;
mod refusals;
mod secrets;
mod streams;
mod surfaces;
