//! Secrets that are recognised wherever they turn up (A80).

/// What every canary contains; search outputs for it.
pub const MARK: &str = "canary7f3a";

/// A secret for a slot (`openai`, `admin-token`), long enough for any of them, and different for each.
pub fn secret(slot: &str) -> String {
    format!("sk-{MARK}-{slot}-0123456789abcdef0123456789abcdef")
}

/// The slots whose secret a text contains; empty is what every output except the provider's own must be.
pub fn found_in<'a>(text: &str, slots: &[&'a str]) -> Vec<&'a str> {
    slots.iter().copied().filter(|slot| text.contains(&secret(slot))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canaries_are_told_apart() {
        let text = format!("Authorization: Bearer {}", secret("openai"));
        assert_eq!(found_in(&text, &["anthropic", "openai"]), ["openai"]);
    }
}
