//! What is measured: direct calls, nginx, the gateway as a pass-through, the gateway with a route. Everything listens on
//! loopback and keeps its files in one folder.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::process::{Running, tell};

/// Secrets of a gateway that lives for minutes on loopback.
const ADMIN_TOKEN: &str = "bench-admin-token-0123456789abcdef0123456789";
const API_KEY: &str = "bench-api-key-0123456789abcdef0123456789abcd";

/// The brief's smart route, with limits that the bench never reaches: a condition, a budget, a split, a rate limit.
const SMART_ROUTE: &str = r#"{"name":"smart-route","elements":[
 {"id":"start","type":"start","outputs":{"next":{"elementId":"admin"}}},
 {"id":"admin","type":"conditional","properties":{"conditions":{"metadata.user_id":{"$eq":"user-admin"}}},
  "outputs":{"true":{"elementId":"budget"},"false":{"elementId":"split"}}},
 {"id":"budget","type":"rate","properties":{"key":"metadata.user_id","limit":1000000,"limitType":"cost","window":3600},
  "outputs":{"success":{"elementId":"rate"},"fallback":{"elementId":"small"}}},
 {"id":"rate","type":"rate","properties":{"key":"metadata.user_id","limit":1000000000,"limitType":"count","window":3600},
  "outputs":{"success":{"elementId":"large"},"fallback":{"elementId":"small"}}},
 {"id":"split","type":"percentage","outputs":{"90%":{"elementId":"small"},"10%":{"elementId":"large"}}},
 {"id":"large","type":"model","properties":{"provider":"openai","model":"gpt-4o","timeout":60000,"retries":1},
  "outputs":{"success":{"elementId":"end"},"fallback":{"elementId":"small"}}},
 {"id":"small","type":"model","properties":{"provider":"openai","model":"gpt-4o-mini","timeout":60000,"retries":0},
  "outputs":{"success":{"elementId":"end"},"fallback":{"elementId":"end"}}},
 {"id":"end","type":"end","outputs":{}}]}"#;

/// What stands between the callers and the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Direct,
    Nginx,
    Pass,
    Route,
}

/// How callers call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    Plain,
    Ready,
    Paced,
}

/// Ports from a base, so that two benches do not meet.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) upstream: u16,
    pub(crate) nginx: u16,
    pub(crate) waypost: u16,
}

impl Target {
    pub(crate) const ALL: [Self; 4] = [Self::Direct, Self::Nginx, Self::Pass, Self::Route];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::Pass => "waypost pass-through",
            Self::Route => "waypost smart route",
        }
    }

    pub(crate) fn address(self, ports: Ports) -> SocketAddr {
        loopback(match self {
            Self::Direct => ports.upstream,
            Self::Nginx => ports.nginx,
            Self::Pass | Self::Route => ports.waypost,
        })
    }
}

pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// The whole HTTP/1.1 request.
pub(crate) fn request(target: Target, shape: Shape) -> Vec<u8> {
    let (path, model) = match target {
        Target::Direct | Target::Nginx => ("/v1/chat/completions", "gpt-4o-mini"),
        Target::Pass => ("/v1/default/default/openai/chat/completions", "gpt-4o-mini"),
        Target::Route => ("/v1/default/default/compat/chat/completions", "dynamic/smart-route"),
    };
    let (stream, user) = match shape {
        Shape::Plain => (false, "plain"),
        Shape::Ready => (true, "ready"),
        Shape::Paced => (true, "paced"),
    };
    let words = "Say something worth measuring, in plain words and without haste. ".repeat(8);
    let body = format!(
        "{{\"model\":\"{model}\",\"stream\":{stream},\"user\":\"{user}\",\"max_tokens\":256,\"temperature\":0.2,\
         \"messages\":[{{\"role\":\"system\",\"content\":\"You are brief.\"}},{{\"role\":\"user\",\"content\":\"{words}\"}}]}}"
    );
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: */*\r\n\
         user-agent: waypost-bench\r\nauthorization: Bearer sk-bench-provider-key\r\ncontent-length: {}\r\n",
        body.len()
    );
    if matches!(target, Target::Pass | Target::Route) {
        head.push_str(&format!("cf-aig-authorization: Bearer {API_KEY}\r\n"));
    }
    if target == Target::Pass {
        // What a proxy does, and no more: logs are the other target's business.
        head.push_str("cf-aig-collect-log: false\r\n");
    }
    if target == Target::Route {
        head.push_str("cf-aig-metadata: {\"user_id\":\"user-admin\",\"plan\":\"paid\"}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// The provider, on the callers' core.
pub(crate) fn upstream(core: Option<usize>, ports: Ports, pace_ms: u64) -> Result<Running> {
    let address = loopback(ports.upstream);
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["upstream", "--listen", &address.to_string(), "--pace-ms", &pace_ms.to_string()]);
    Running::start("upstream", core, &command, address)
}

/// nginx as a plain proxy with keep-alive on both sides. One process: its id is all there is to count and to stop.
pub(crate) fn nginx(core: Option<usize>, ports: Ports, folder: &Path) -> Result<Running> {
    let folder = folder.join("nginx");
    fs::create_dir_all(folder.join("temp"))?;
    let (root, from, to) = (folder.display(), ports.nginx, ports.upstream);
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {root}/temp/{kind};"));
    let configuration = format!(
        "daemon off; master_process off; pid {root}/nginx.pid; error_log stderr error;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; tcp_nodelay on; keepalive_requests 100000000; {}\n\
         upstream provider {{ server 127.0.0.1:{to}; keepalive 256; keepalive_requests 100000000; }}\n\
         server {{ listen 127.0.0.1:{from}; location / {{ proxy_pass http://provider; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_buffering off; proxy_request_buffering on; }} }} }}\n",
        temp.join(" ")
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    let mut command = Command::new("nginx");
    command.arg("-e").arg("stderr").arg("-p").arg(&folder).arg("-c").arg(&file);
    Running::start("nginx", core, &command, loopback(from)).context("nginx (Debian: apt-get install nginx-light)")
}

/// The gateway with a route, or `None` where it is not built.
pub(crate) fn waypost(binary: &Path, core: Option<usize>, ports: Ports, folder: &Path) -> Result<Option<Running>> {
    if !binary.exists() {
        tell(&format!("{} is not there: measuring without it", binary.display()));
        return Ok(None);
    }
    let address = loopback(ports.waypost);
    let mut command = Command::new(binary);
    command.arg("serve").envs([
        ("WAYPOST_LISTEN", address.to_string()),
        ("WAYPOST_DATA_DIR", folder.join("waypost").display().to_string()),
        ("WAYPOST_ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
        ("WAYPOST_API_KEY", API_KEY.to_owned()),
        ("WAYPOST_CORES", "1".to_owned()),
        ("WAYPOST_PROVIDERS__OPENAI__BASE_URL", format!("http://127.0.0.1:{}/v1", ports.upstream)),
    ]);
    let running = Running::start("waypost", core, &command, address)?;
    create_route(address)?;
    Ok(Some(running))
}

/// The binary that `make build` leaves.
pub(crate) fn default_binary(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("release/waypost")
}

fn create_route(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "POST /client/v4/accounts/default/ai-gateway/gateways/default/routes HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {ADMIN_TOKEN}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{SMART_ROUTE}",
        SMART_ROUTE.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("the answer to the route")?;
    if !answer.starts_with("HTTP/1.1 2") {
        bail!("the route was refused: {answer}");
    }
    Ok(())
}
