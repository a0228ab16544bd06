//! The test provider as a process, for test lanes that are not written in Rust. Never part of a release.
//!
//! `waypost-testprovider [ADDRESS]` prints its URL on the first line and runs until it is killed; its control calls are those
//! of `waypost_testkit::control`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool that speaks to the lane that started it")]

use std::{net::SocketAddr, process::ExitCode};

use waypost_testkit::{Options, TestProvider};

fn main() -> ExitCode {
    let address = match std::env::args().nth(1).map(|text| text.parse::<SocketAddr>()) {
        None => Options::default().address,
        Some(Ok(address)) => address,
        Some(Err(_)) => {
            eprintln!("usage: waypost-testprovider [ADDRESS:PORT]");
            return ExitCode::FAILURE;
        }
    };
    match TestProvider::start_with(Options { address, ..Options::default() }) {
        Ok(provider) => {
            println!("{}", provider.url());
            provider.run();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot listen on {address}: {error}");
            ExitCode::FAILURE
        }
    }
}
