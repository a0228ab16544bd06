//! Processes that the bench started, and what the kernel counts for them.

use std::{
    fs,
    io::Read,
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Kernel ticks per second, as user space sees them on Linux.
const TICKS_PER_SECOND: u64 = 100;
/// How long a start or an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process of ours. It ends when this is dropped, by its id and nothing else.
pub(crate) struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    /// Starts a command on one core (none where the machine has too few) and waits until it listens.
    pub(crate) fn start(
        name: &'static str,
        core: Option<usize>,
        command: &Command,
        listens: SocketAddr,
    ) -> Result<Self> {
        if TcpStream::connect(listens).is_ok() {
            bail!("{name}: something else listens on {listens}");
        }
        let mut pinned = pin(core, command);
        let child = pinned.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut running = Self { name, child: child.with_context(|| format!("{name}: {command:?}"))? };
        let begin = Instant::now();
        while TcpStream::connect(listens).is_err() {
            if let Some(status) = running.child.try_wait()? {
                let mut words = String::new();
                running.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut words)).transpose()?;
                bail!("{name} ended with {status}: {words}");
            }
            if begin.elapsed() > PATIENCE {
                bail!("{name} does not listen on {listens}");
            }
            sleep(Duration::from_millis(20));
        }
        running.drain_stderr();
        Ok(running)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().split(' ').next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    }

    /// A full pipe would stop the process.
    fn drain_stderr(&mut self) {
        if let Some(mut stderr) = self.child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        let begin = Instant::now();
        while asked.is_ok() && begin.elapsed() < PATIENCE {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        tell(&format!("{} did not end when asked", self.name));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

/// The command on one core. `taskset` replaces itself, so the id is that of the command.
pub(crate) fn pin(core: Option<usize>, command: &Command) -> Command {
    let mut pinned = match core {
        Some(core) => {
            let mut pinned = Command::new("taskset");
            pinned.args(["-c", &core.to_string()]).arg(command.get_program());
            pinned
        }
        None => Command::new(command.get_program()),
    };
    pinned.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    pinned
}

/// CPU time of all threads of a process, to 10 ms.
pub(crate) fn cpu_time(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in parentheses and may hold spaces; utime and stime are the 14th and 15th field.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}
