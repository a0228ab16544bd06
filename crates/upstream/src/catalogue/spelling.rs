//! Other names of providers, and what somebody may have meant.

/// Spellings that clients use for a built-in provider.
///
/// Source: developers.cloudflare.com/ai-gateway (`perplexity/…` in `/compat`), 2026-11.
pub(super) fn alias(slug: &str) -> Option<&'static str> {
    match slug {
        "perplexity" => Some("perplexity-ai"),
        _ => None,
    }
}

/// The provider of an author, in the account-level API's model names (`xai/grok-4`, `google/gemini-2.5-pro`, `@cf/…`).
pub fn provider_of_author(author: &str) -> Option<&'static str> {
    Some(match author {
        "openai" => "openai",
        "anthropic" => "anthropic",
        "google" => "google-ai-studio",
        "xai" => "grok",
        "@cf" | "@hf" => "workers-ai",
        "mistralai" | "mistral" => "mistral",
        "deepseek" => "deepseek",
        "groq" => "groq",
        "perplexity" => "perplexity-ai",
        _ => return None,
    })
}

/// Names that people use for a provider that is called otherwise here.
const MEANINGS: &[(&str, &str)] = &[
    ("aistudio", "google-ai-studio"),
    ("amazon", "aws-bedrock"),
    ("azure", "azure-openai"),
    ("bedrock", "aws-bedrock"),
    ("claude", "anthropic"),
    ("cloudflare", "workers-ai"),
    ("gemini", "google-ai-studio"),
    ("google", "google-ai-studio"),
    ("gpt", "openai"),
    ("vertex", "google-vertex-ai"),
    ("vertex-ai", "google-vertex-ai"),
    ("vertexai", "google-vertex-ai"),
    ("workersai", "workers-ai"),
    ("x-ai", "grok"),
    ("xai", "grok"),
];

/// The nearest of some names: a known other name, the same in another case, else at most a third of its letters changed.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.trim().to_ascii_lowercase();
    let meant = MEANINGS.iter().find(|(other, _)| *other == name).map(|(_, slug)| *slug);
    let changes_max = (name.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter_map(|slug| {
            let changes = if Some(slug) == meant { 0 } else { distance(&name, slug) };
            (changes <= changes_max).then_some((changes, slug))
        })
        .min()
        .map(|(_, slug)| slug)
}

/// Letters to insert, remove, replace or swap with their neighbour. Names longer than 64 letters are not compared.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let replaced = at(&last, j) + usize::from(letter != other);
            let mut best = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_spellings_are_found_and_far_ones_are_not() {
        let known = ["openai", "anthropic", "google-ai-studio", "grok", "groq", "workers-ai", "azure-openai"];
        let nearest = |name| nearest(name, known);
        assert_eq!(nearest("opanai"), Some("openai"));
        assert_eq!(nearest("OpenAI"), Some("openai"));
        assert_eq!(nearest("antropic"), Some("anthropic"));
        assert_eq!(nearest("anthorpic"), Some("anthropic"));
        assert_eq!(nearest("google"), Some("google-ai-studio"));
        assert_eq!(nearest("workers_ai"), Some("workers-ai"));
        assert_eq!(nearest("xai"), Some("grok"));
        assert_eq!(nearest("llama"), None);
        assert_eq!(nearest(""), None);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
