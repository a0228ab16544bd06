//! Patterns of `$regex` and `matches`: linear in the text, bounded in size.

use regex::{Regex, RegexBuilder};
use regex_syntax::{
    ParserBuilder,
    hir::{Hir, HirKind},
};

use super::{ConditionProblem, ProblemCode};
use crate::limits::{PATTERN_BYTES_MAX, PATTERN_COMPILED_BYTES_MAX, PATTERN_PLACES_MAX, PATTERN_TEXT_BYTES_MAX};

/// A compiled pattern. It is searched anywhere in the text unless it is anchored.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    has_options: bool,
    places: usize,
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
        let places = measure(source, options);
        if places > PATTERN_PLACES_MAX {
            return Err(too_large());
        }
        RegexBuilder::new(source)
            .case_insensitive(options.contains('i'))
            .multi_line(options.contains('m'))
            .dot_matches_new_line(options.contains('s'))
            .ignore_whitespace(options.contains('x'))
            .nest_limit(32)
            .size_limit(PATTERN_COMPILED_BYTES_MAX)
            .build()
            .map(|regex| Self { regex, has_options: !options.is_empty(), places })
            .map_err(|error| problem_of(&error))
    }

    /// Places that its automaton can be in; see [`PATTERN_PLACES_MAX`].
    pub(super) const fn places(&self) -> usize {
        self.places
    }

    /// `None` for text that is too long to be searched.
    pub(super) fn is_in(&self, text: &str) -> Option<bool> {
        (text.len() <= PATTERN_TEXT_BYTES_MAX).then(|| self.regex.is_match(text))
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
        regex::Error::CompiledTooBig(_) => too_large(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            let reason = last.trim().trim_start_matches("error: ");
            ConditionProblem::new(ProblemCode::E07, format!("This pattern isn't valid: {reason}."))
        }
    }
}

/// What patterns larger than their bound are told, one or several of them.
pub(super) fn too_large() -> ConditionProblem {
    ConditionProblem::new(ProblemCode::E16, "The patterns here are too large; use fewer, or smaller repetitions.")
}

/// Places of a pattern; 0 for one that is not valid, which compiling reports.
fn measure(source: &str, options: &str) -> usize {
    let parsed = ParserBuilder::new()
        .nest_limit(32)
        .case_insensitive(options.contains('i'))
        .multi_line(options.contains('m'))
        .dot_matches_new_line(options.contains('s'))
        .ignore_whitespace(options.contains('x'))
        .build()
        .parse(source);
    parsed.map_or(0, |hir| places(&hir))
}

fn places(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(_) => 1,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min).max(1);
            let optional = if most > 1 { most - repetition.min.min(most) } else { 0 };
            let rounds = usize::try_from(most.saturating_add(optional)).unwrap_or(usize::MAX);
            places(&repetition.sub).saturating_mul(rounds)
        }
        HirKind::Capture(capture) => places(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().fold(0, |sum: usize, part| sum.saturating_add(places(part)))
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
