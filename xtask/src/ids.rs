//! Attacks and faults that a test must carry in its name (goal G18): `a07_redirect_to_metadata_ip`, `f12_reset_mid_stream`.
//! The list grows with the product; ids are never renumbered.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

/// Faults: providers, caller, keys, process.
const FAULTS: [&str; 22] = [
    "f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f11", "f12", "f13", "f14", "f15", "f16",
    "f17", "f21", "f33", "f59", "f60", "f61",
];

/// Attacks: destinations, bodies, identity and money, streams, the dashboard, secrets.
const ATTACKS: [&str; 35] = [
    "a01", "a02", "a03", "a04", "a05", "a07", "a20", "a21", "a22", "a23", "a24", "a25", "a26", "a27", "a28", "a50",
    "a51", "a52", "a53", "a54", "a55", "a56", "a57", "a70", "a71", "a75", "a76", "a77", "a78", "a79", "a80", "a81",
    "a82", "a84", "a85",
];

/// Folders without sources of ours.
const SKIPPED: [&str; 6] = ["target", "node_modules", "dist", ".git", ".venv", "__pycache__"];

/// Ids that no test carries.
pub(crate) fn missing(root: &Path) -> Result<Vec<String>> {
    let mut carried = Vec::new();
    for path in files(root)? {
        let text = fs::read_to_string(&path).unwrap_or_default();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => carried.extend(rust_names(&text)),
            Some("py" | "mjs" | "ts" | "js") if is_lane(&path) => carried.extend(other_names(&text)),
            _ => {}
        }
    }
    let ids = FAULTS.iter().chain(&ATTACKS);
    let missing = ids.filter(|id| !carried.iter().any(|name| carries(name, id)));
    Ok(missing.map(|id| format!("{} has no test", id.to_uppercase())).collect())
}

fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type()? {
                kind if kind.is_dir() && !SKIPPED.contains(&name.as_str()) => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    Ok(files)
}

fn is_lane(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "e2e")
}

/// Names of functions.
fn rust_names(text: &str) -> Vec<String> {
    let words = text.split("fn ").skip(1);
    words.map(|rest| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()).collect()
}

/// Words of a script, where test names are functions or sentences.
fn other_names(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A part of the name, between underscores.
fn carries(name: &str, id: &str) -> bool {
    name.split('_').any(|part| part == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_ids_between_underscores() {
        let names = rust_names("    fn a23_duplicate_model_is_refused() {}\n async fn m5_a60_saturates() {}");
        assert!(names.iter().any(|name| carries(name, "a23")) && names.iter().any(|name| carries(name, "a60")));
        assert!(!names.iter().any(|name| carries(name, "a2")));
        let names = other_names("def test_a01_host(): ...\ntest('F12 reset in the middle', () => {})");
        assert!(names.iter().any(|name| carries(name, "a01")) && names.iter().any(|name| carries(name, "f12")));
    }
}
