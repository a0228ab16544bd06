//! A gateway in a process of its own, to be killed or told to stop.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use waypost_testkit::TestProvider;

use crate::{Call, Setup, gateway::raise_descriptor_limit};

/// A running process. It is killed when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it said that it serves.
    pub start_time: Duration,
}

impl Process {
    /// Starts `program`, which is this crate's `waypost-harness-gateway`, and waits until it serves.
    ///
    /// # Panics
    /// When it does not serve.
    pub fn start(program: &str, setup: &Setup, data_dir: &Path, provider: &TestProvider) -> Self {
        Self::start_with(program, setup, data_dir, provider, |command| command)
    }

    /// The same, with what a test adds to its command.
    ///
    /// # Panics
    /// When it does not serve.
    pub fn start_with(
        program: &str,
        setup: &Setup,
        data_dir: &Path,
        provider: &TestProvider,
        more: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Self {
        let config = setup.config(data_dir, provider);
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("WAYPOST_LISTEN", "127.0.0.1:0")
            .env("WAYPOST_DATA_DIR", data_dir)
            .env("WAYPOST_CORES", setup.cores.to_string())
            .env("WAYPOST_ADMIN_TOKEN", &setup.admin_token)
            .env("WAYPOST_API_KEY", &setup.api_key)
            .env("HARNESS_GRACE_MS", setup.grace.as_millis().to_string());
        for (slug, provider) in &config.providers {
            let name = slug.to_uppercase().replace('-', "_");
            command
                .env(format!("WAYPOST_PROVIDERS__{name}__BASE_URL"), provider.base_url.as_deref().unwrap_or_default());
        }
        if let Some(master_key) = &setup.master_key {
            command.env("WAYPOST_MASTER_KEY", master_key);
        }
        more(&mut command);
        raise_descriptor_limit();
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("its output is ours");
        let mut first_line = String::new();
        BufReader::new(stdout).read_line(&mut first_line).expect("it says something");
        let address = first_line.trim().rsplit_once("//").and_then(|(_, address)| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in {first_line:?}"));
        Self { child, address, start_time: begun.elapsed() }
    }

    /// Any call, without headers.
    pub fn call(&self, method: http::Method, path: &str) -> Call {
        Call::new(self.address, method, path)
    }

    /// SIGKILL, and nothing of it is left when this returns.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// SIGTERM.
    ///
    /// # Panics
    /// When it is gone already.
    pub fn terminate(&self) {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::TERM).expect("it can be told");
    }

    /// Waits for its end; whether it ended well.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn ended_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return status.success();
            }
            assert!(Instant::now() < deadline, "it still runs after {time:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
