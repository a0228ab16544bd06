//! Filters as sentences: `metadata.plan equals free and body.max_tokens is greater than 1000`.

use std::fmt;

use waypost_types::Scalar;

use super::{
    cut,
    filter::{Check, Filter, Order, Term, Test},
    pattern::{Pattern, Reading},
};
use crate::limits::QUOTED_CHARS_MAX;

/// Values of a list that a sentence names.
const NAMED_MAX: usize = 5;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(&self.root, false))
    }
}

impl Filter {
    fn sentence(&self, term: &Term, is_inside: bool) -> String {
        let joined = |terms: &[Term], word: &str| {
            let parts: Vec<String> = terms.iter().map(|term| self.sentence(term, terms.len() > 1)).collect();
            let text = parts.join(word);
            if is_inside && terms.len() > 1 { format!("({text})") } else { text }
        };
        match term {
            Term::All(terms) => joined(terms, " and "),
            Term::Any(terms) => joined(terms, " or "),
            Term::Not(term) => format!("not ({})", self.sentence(term, false)),
            Term::Test(test) => self.comparison(test),
        }
    }

    fn comparison(&self, test: &Test) -> String {
        let operand = self.operands.get(test.operand).map(ToString::to_string).unwrap_or_default();
        match &test.check {
            Check::Equal(value) => format!("{operand} equals {}", plain(value)),
            Check::Unequal(value) => format!("{operand} is not {}", plain(value)),
            Check::Order(comparison, bound) => format!("{operand} is {} {bound}", order(*comparison)),
            Check::In(values) => format!("{operand} is one of {}", list(values)),
            Check::NotIn(values) => format!("{operand} is none of {}", list(values)),
            Check::Present(true) => format!("{operand} is there"),
            Check::Present(false) => format!("{operand} is not there"),
            Check::Matches(pattern) => {
                let (verb, _, text) = reading(pattern);
                format!("{operand} {verb} {text}")
            }
            Check::Contains(part) => format!("{operand} contains {}", bare(part)),
        }
    }
}

pub(super) const fn order(order: Order) -> &'static str {
    match order {
        Order::Greater => "greater than",
        Order::AtLeast => "at least",
        Order::Less => "less than",
        Order::AtMost => "at most",
    }
}

/// What a text does that the pattern is in, what it does otherwise, and the text or pattern in question.
pub(super) fn reading(pattern: &Pattern) -> (&'static str, &'static str, String) {
    match pattern.reading() {
        Reading::StartsWith(text) => ("starts with", "does not start with", bare(&text)),
        Reading::EndsWith(text) => ("ends with", "does not end with", bare(&text)),
        Reading::Matches(source) => ("matches", "does not match", format!("/{}/", cut(&source, QUOTED_CHARS_MAX))),
    }
}

pub(super) fn bare(text: &str) -> String {
    cut(text, QUOTED_CHARS_MAX)
}

fn plain(value: &Scalar) -> String {
    bare(&value.to_string())
}

fn list(values: &[Scalar]) -> String {
    let named: Vec<String> = values.iter().take(NAMED_MAX).map(plain).collect();
    match values.len().checked_sub(NAMED_MAX) {
        Some(more) if more > 0 => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}
