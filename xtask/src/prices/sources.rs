//! Fetches the two lists through the ordinary clients of their registries, by package name, into a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// A package with a price list in it.
pub(super) struct Package {
    /// What rows call it.
    pub(super) letter: &'static str,
    pub(super) name: &'static str,
    pub(super) version: String,
    pub(super) home: &'static str,
    /// Its licence's text.
    pub(super) licence: String,
    /// Its price list, JSON.
    pub(super) data: String,
}

/// The crate, brought by `cargo` as a dependency of an empty package.
pub(super) fn genai_prices() -> Result<Package> {
    let folder = Scratch::new("genai-prices")?;
    fs::create_dir_all(folder.0.join("src"))?;
    fs::write(folder.0.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"prices\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
                    [dependencies]\ngenai-prices = \"*\"\n";
    fs::write(folder.0.join("Cargo.toml"), manifest)?;
    let metadata = run(Command::new("cargo").current_dir(&folder.0).args(["metadata", "--format-version", "1"]))?;

    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Found>,
    }
    #[derive(Deserialize)]
    struct Found {
        name: String,
        version: String,
        manifest_path: PathBuf,
    }
    let metadata: Metadata = serde_json::from_str(&metadata)?;
    let found = metadata.packages.into_iter().find(|package| package.name == "genai-prices");
    let found = found.context("cargo did not bring genai-prices")?;
    let home = found.manifest_path.parent().context("no folder")?;
    Ok(Package {
        letter: "g",
        name: "genai-prices",
        version: found.version,
        home: "https://github.com/pydantic/genai-prices",
        licence: read(&home.join("LICENSE"))?,
        data: read(&home.join("data/prices.json"))?,
    })
}

/// The wheel, brought by `pip` without its dependencies.
pub(super) fn litellm() -> Result<Package> {
    let folder = Scratch::new("litellm")?;
    let python = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "litellm"];
    run(Command::new("python3").current_dir(&folder.0).args(python))?;
    let wheel = the_only(&folder.0, |name| name.ends_with(".whl"))?;
    let name = wheel.file_name().and_then(|name| name.to_str()).context("no name")?;
    let version = name.split('-').nth(1).context("a wheel's name carries its version")?.to_owned();
    run(Command::new("python3").current_dir(&folder.0).args(["-m", "zipfile", "-e", name, "wheel"]))?;
    let wheel = folder.0.join("wheel");
    Ok(Package {
        letter: "l",
        name: "litellm",
        home: "https://github.com/BerriAI/litellm",
        licence: read(&wheel.join(format!("litellm-{version}.dist-info/licenses/LICENSE")))?,
        data: read(&wheel.join("litellm/model_prices_and_context_window_backup.json"))?,
        version,
    })
}

/// A folder that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("waypost-prices-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn the_only(folder: &Path, wanted: fn(&str) -> bool) -> Result<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(wanted) {
            return Ok(path);
        }
    }
    bail!("nothing fitting in {}", folder.display())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
