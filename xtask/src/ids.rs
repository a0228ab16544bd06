use std::path::Path;
pub(crate) fn missing(_: &Path) -> anyhow::Result<Vec<String>> {
    Ok(vec![])
}
