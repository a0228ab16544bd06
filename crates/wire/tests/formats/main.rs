//! The formats against the fixtures in `fixtures/wire`, and against the faults and attacks that concern them.

mod faults;
mod golden;
mod loops;
mod said;
mod shapes;
mod suite;
mod support;
