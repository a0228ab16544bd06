//! Rules over the crates that no compiler keeps: invariant I1 (floors), I3 (the graph sees no text), I4 (no SQL in the gateway),
//! one TLS and one SQLite, and that every crate says what it is.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

const PREFIX: &str = "waypost-";

/// A crate depends on lower floors only.
const FLOORS: [&[&str]; 7] = [
    &["types"],
    &["wire", "policy", "money", "http1"],
    &["graph"],
    &["store", "journal", "upstream"],
    &["store-sql", "store-redis"],
    &["gateway", "admin"],
    &["server"],
];

/// Crates beside the floors, and what of the workspace they may depend on; `*` is everything.
const BESIDE: [(&str, &[&str]); 4] =
    [("testkit", &["types", "wire"]), ("harness", &["*"]), ("bench", &[]), ("xtask", &["types", "money"])];

/// The floors that run without a runtime, the network or a database.
const PURE_FLOORS: usize = 3;
const IMPURE: [&str; 16] = [
    "tokio",
    "mio",
    "socket2",
    "hyper",
    "hyper-util",
    "http",
    "http-body",
    "tower",
    "axum",
    "reqwest",
    "rustls",
    "sqlx",
    "sqlx-core",
    "rusqlite",
    "libsqlite3-sys",
    "async-std",
];

/// What one crate of these floors may reach all the same: names and values of headers, which are words of its own.
const EXCEPTED: (&str, &str) = ("http1", "http");

/// Never in what is shipped: a second TLS, a second SQLite.
const BANNED: [&str; 5] = ["ring", "openssl-sys", "native-tls", "openssl", "rusqlite"];

/// What single crates may not reach, and the invariant that says so.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    ("graph", "waypost-wire", "I3: the graph never sees message text"),
    ("gateway", "sqlx", "I4: no SQL between socket and first byte"),
    ("gateway", "sqlx-core", "I4: no SQL between socket and first byte"),
    ("gateway", "waypost-store-sql", "I4: the gateway knows traits only"),
];

/// Everything that is not as it should be.
pub(crate) fn findings(root: &Path) -> Result<Vec<String>> {
    let workspace = Workspace::read(root)?;
    let mut findings = Vec::new();
    for member in workspace.members() {
        findings.extend(upward(member, &workspace));
        findings.extend(unreachable(root, member)?);
        findings.extend(unlabelled(member)?);
    }
    Ok(findings)
}

fn upward(member: &Package, workspace: &Workspace) -> Vec<String> {
    let short = short(&member.name);
    let direct = workspace.direct(member, |kind| kind != Kind::Build);
    let wrong = direct.into_iter().filter(|(name, kind)| !may_depend(short, name, *kind));
    wrong.map(|(name, _)| format!("{} depends on {name}, which is not below it", member.name)).collect()
}

fn may_depend(crate_name: &str, on: &str, kind: Kind) -> bool {
    let on = short(on);
    if kind == Kind::Dev && matches!(on, "testkit") {
        return true;
    }
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == crate_name) {
        return allowed.contains(&"*") || allowed.contains(&on);
    }
    matches!((floor(on), floor(crate_name)), (Some(lower), Some(own)) if lower < own)
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&name))
}

/// Crates that a member reaches through normal dependencies, however far, and may not.
fn unreachable(root: &Path, member: &Package) -> Result<Vec<String>> {
    let short = short(&member.name);
    let mut wrong = BTreeMap::<&str, &str>::new();
    if floor(short).is_some_and(|floor| floor < PURE_FLOORS) {
        let impure = IMPURE.iter().filter(|name| (short, **name) != EXCEPTED);
        wrong.extend(impure.map(|name| (*name, "I1: the lower floors have no runtime, network or database")));
    }
    if floor(short).is_some() {
        wrong.extend(BANNED.iter().map(|name| (*name, "one TLS library and one SQLite are enough")));
    }
    let forbidden = FORBIDDEN.iter().filter(|(name, _, _)| *name == short);
    wrong.extend(forbidden.map(|(_, name, why)| (*name, *why)));
    if wrong.is_empty() {
        return Ok(Vec::new());
    }
    let reached = reached(root, member)?;
    let found = wrong.into_iter().filter_map(|(name, why)| {
        let path = reached.get(name)?;
        Some(format!("{}: {why}", path.join(" > ")))
    });
    Ok(found.collect())
}

/// Every crate inherits the workspace's lints and begins with what it is.
fn unlabelled(member: &Package) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let manifest =
        fs::read_to_string(&member.manifest_path).with_context(|| member.manifest_path.display().to_string())?;
    let inherits =
        manifest.split("[lints]").nth(1).is_some_and(|rest| rest.trim_start().starts_with("workspace = true"));
    if !inherits {
        found.push(format!("{} does not inherit the workspace's lints", member.name));
    }
    for target in member.targets.iter().filter(|target| target.is_root()) {
        let text = fs::read_to_string(&target.src_path).unwrap_or_default();
        if !text.starts_with("//!") {
            found.push(format!("{} does not begin with what it is (//!)", target.src_path.display()));
        }
    }
    Ok(found)
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

// === what cargo knows ===

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
    Build,
}

struct Workspace {
    members: Vec<String>,
    packages: BTreeMap<String, Package>,
    edges: BTreeMap<String, Vec<(String, Kind)>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dep>,
}

#[derive(Deserialize)]
struct Dep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

impl Target {
    fn is_root(&self) -> bool {
        self.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "bin" | "proc-macro"))
    }
}

impl Workspace {
    fn read(root: &Path) -> Result<Self> {
        let version = run(Command::new("rustc").arg("-vV"))?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names its host")?;
        let flags = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
        let text = run(Command::new("cargo").current_dir(root).args(flags))?;
        let metadata: Metadata = serde_json::from_str(&text)?;
        let edges = metadata.resolve.nodes.into_iter().map(|node| {
            let deps = node.deps.into_iter().flat_map(|dep| {
                let kinds = dep.dep_kinds.into_iter().map(|kind| match kind.kind.as_deref() {
                    Some("dev") => Kind::Dev,
                    Some("build") => Kind::Build,
                    _ => Kind::Normal,
                });
                kinds.map(move |kind| (dep.pkg.clone(), kind)).collect::<Vec<_>>()
            });
            (node.id, deps.collect())
        });
        Ok(Self {
            members: metadata.workspace_members,
            edges: edges.collect(),
            packages: metadata.packages.into_iter().map(|package| (package.id.clone(), package)).collect(),
        })
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    /// Members that a member names as dependencies.
    fn direct(&self, member: &Package, wanted: fn(Kind) -> bool) -> Vec<(&str, Kind)> {
        let edges = self.edges.get(&member.id).into_iter().flatten();
        let inner = edges.filter(|(id, kind)| self.members.contains(id) && wanted(*kind));
        inner.filter_map(|(id, kind)| Some((self.packages.get(id)?.name.as_str(), *kind))).collect()
    }
}

/// Every crate that a member reaches through normal dependencies, with the way there. `cargo tree` resolves features exactly;
/// the metadata lists optional crates that nobody switched on.
fn reached(root: &Path, member: &Package) -> Result<BTreeMap<String, Vec<String>>> {
    let flags = ["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "depth", "--format", " {p}", "-p"];
    let text = run(Command::new("cargo").current_dir(root).args(flags).arg(&member.name))?;
    let (mut reached, mut way) = (BTreeMap::new(), Vec::<String>::new());
    for line in text.lines() {
        let mut words = line.split(' ');
        let (Some(depth), Some(name)) = (words.next().and_then(|depth| depth.parse::<usize>().ok()), words.next())
        else {
            continue;
        };
        way.truncate(depth);
        way.push(name.to_owned());
        reached.entry(name.to_owned()).or_insert_with(|| way.clone());
    }
    Ok(reached)
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_the_floors_hold() {
        assert_eq!(findings(&crate::root()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn lower_floors_only() {
        let may = |own, on| may_depend(own, on, Kind::Normal);
        assert!(may("graph", "waypost-policy") && may("server", "waypost-types") && may("harness", "waypost-server"));
        assert!(!may("wire", "waypost-policy"), "sideways");
        assert!(!may("policy", "waypost-graph"), "upward");
        assert!(!may("gateway", "waypost-admin"), "sideways");
        assert!(!may("testkit", "waypost-store") && !may("store", "waypost-testkit"));
        assert!(may_depend("store", "waypost-testkit", Kind::Dev));
    }
}
