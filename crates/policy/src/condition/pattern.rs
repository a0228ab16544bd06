//! Patterns of `$regex` and `matches`: linear in the text, bounded in size.

use regex::{Regex, RegexBuilder};

use super::{ConditionProblem, ProblemCode};
use crate::limits::{PATTERN_BYTES_MAX, PATTERN_COMPILED_BYTES_MAX, SEARCHED_BYTES_MAX};

/// A compiled pattern. It is searched anywhere in the text unless it is anchored.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    has_options: bool,
}

/// What a pattern means, where it has a plain meaning.
pub(super) enum Reading {
    StartsWith(String),
    EndsWith(String),
    Matches(String),
}

impl Pattern {
    /// `options` are MongoDB's `$options`: letters of `imsx`.
    pub(super) fn compile(source: &str, options: &str) -> Result<Self, ConditionProblem> {
        if source.is_empty() {
            return Err(ConditionProblem::new(ProblemCode::E07, "The condition has no value."));
        }
        if source.len() > PATTERN_BYTES_MAX {
            let message = format!("This pattern has {} bytes; at most {PATTERN_BYTES_MAX}.", source.len());
            return Err(ConditionProblem::new(ProblemCode::E16, message));
        }
        if let Some(unknown) = options.chars().find(|&option| !"imsx".contains(option)) {
            let message = format!("`$options` knows i, m, s and x, not `{unknown}`.");
            return Err(ConditionProblem::new(ProblemCode::E07, message));
        }
        RegexBuilder::new(source)
            .case_insensitive(options.contains('i'))
            .multi_line(options.contains('m'))
            .dot_matches_new_line(options.contains('s'))
            .ignore_whitespace(options.contains('x'))
            .size_limit(PATTERN_COMPILED_BYTES_MAX)
            .build()
            .map(|regex| Self { regex, has_options: !options.is_empty() })
            .map_err(|error| problem_of(&error))
    }

    /// `None` for text that is too long to be searched.
    pub(super) fn is_in(&self, text: &str) -> Option<bool> {
        (text.len() <= SEARCHED_BYTES_MAX).then(|| self.regex.is_match(text))
    }

    pub(super) fn reading(&self) -> Reading {
        let source = self.regex.as_str();
        let plain = |text: &str| if self.has_options { None } else { unescape(text) };
        if let Some(text) = source.strip_prefix('^').and_then(plain) {
            return Reading::StartsWith(text);
        }
        if let Some(text) = source.strip_suffix('$').and_then(plain) {
            return Reading::EndsWith(text);
        }
        Reading::Matches(source.to_owned())
    }
}

fn problem_of(error: &regex::Error) -> ConditionProblem {
    match error {
        regex::Error::CompiledTooBig(_) => {
            ConditionProblem::new(ProblemCode::E16, "This pattern is too large; use smaller repetitions.")
        }
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            let reason = last.trim().trim_start_matches("error: ");
            ConditionProblem::new(ProblemCode::E07, format!("This pattern isn't valid: {reason}."))
        }
    }
}

/// The text that a pattern without operators stands for.
fn unescape(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => text.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '^' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            plain => text.push(plain),
        }
    }
    (!text.is_empty()).then_some(text)
}
