//! A filter against the values of one request.

use std::borrow::Cow;

use waypost_types::{Scalar, Text};

use super::{
    Evaluated,
    filter::{Check, Filter, Order, Term, Test},
    quoted, sentence,
};

/// Reasons that are spelled out; a condition of hundreds of terms need not list them all.
const REASONS_MAX: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    True,
    False,
    /// A value is missing or of another kind.
    Undecided,
}

/// A truth and the comparisons that decided it.
struct Verdict<'f> {
    truth: Truth,
    because: Vec<&'f Test>,
}

struct Judge<'f> {
    values: &'f [Option<Scalar>],
    undecided: Vec<&'f Test>,
}

// === impl Filter ===

impl Filter {
    /// Judges values given in the order of the filter's operands.
    pub(super) fn evaluate(&self, values: &[Option<Scalar>]) -> Evaluated {
        let mut judge = Judge { values, undecided: Vec::new() };
        let verdict = judge.term(&self.root);
        let mut reasons = self.reasons(values, &verdict.because);
        if verdict.because.len() > REASONS_MAX {
            reasons.push(format!("and {} more", verdict.because.len() - REASONS_MAX));
        }
        let notes = self.reasons(values, &judge.undecided);
        let matched = verdict.truth == Truth::True;
        let reason = if reasons.len() == 1 { reasons.swap_remove(0) } else { reasons.join("; ") };
        Evaluated { matched, reason, seen: Vec::new(), notes }
    }

    fn reasons(&self, values: &[Option<Scalar>], tests: &[&Test]) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for test in tests.iter().take(REASONS_MAX) {
            let reason = self.reason(test, value_of(values, test));
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }

    fn reason(&self, test: &Test, value: Option<&Scalar>) -> String {
        let operand = self.names.get(test.operand).map_or("", Text::as_str);
        let Some(value) = value else { return format!("{operand} is missing") };
        let truth = truth_of(&test.check, Some(value));
        let holds = truth == Truth::True;
        let saw = quoted(value);
        if truth == Truth::Undecided {
            let problem = if matches!(test.check, Check::Order(..)) { "not a number" } else { "too long to search" };
            return format!("{operand} is {saw}, {problem}");
        }
        match &test.check {
            Check::Equal(wanted) if !holds => format!("{operand} is {saw}, not {}", quoted(wanted)),
            Check::Unequal(unwanted) if holds => format!("{operand} is {saw}, not {}", quoted(unwanted)),
            Check::Equal(_) | Check::Unequal(_) | Check::Present(_) => [operand, " is ", &saw].concat(),
            Check::Order(order, bound) => {
                let not = if holds { "" } else { "not " };
                format!("{operand} is {saw}, {not}{} {bound}", sentence::order(*order))
            }
            Check::In(_) | Check::NotIn(_) => {
                let listed = holds == matches!(test.check, Check::In(_));
                let not = if listed { "" } else { "not " };
                format!("{operand} is {saw}, {not}in the list")
            }
            Check::Matches(pattern) => {
                let (yes, no, text) = sentence::reading(pattern);
                format!("{operand} is {saw}, which {} {text}", if holds { yes } else { no })
            }
            Check::Contains(part) => {
                let verb = if holds { "contains" } else { "does not contain" };
                format!("{operand} is {saw}, which {verb} {}", sentence::bare(part))
            }
        }
    }
}

// === impl Judge ===

impl<'f> Judge<'f> {
    fn term(&mut self, term: &'f Term) -> Verdict<'f> {
        match term {
            Term::All(terms) => self.fold(terms, Truth::False),
            Term::Any(terms) => self.fold(terms, Truth::True),
            Term::Not(term) => {
                let verdict = self.term(term);
                Verdict { truth: verdict.truth.opposite(), ..verdict }
            }
            Term::Test(test) => {
                let truth = truth_of(&test.check, value_of(self.values, test));
                if truth == Truth::Undecided {
                    self.undecided.push(test);
                }
                Verdict { truth, because: vec![test] }
            }
        }
    }

    /// One term with the deciding truth decides; otherwise one that is undecided leaves all undecided.
    fn fold(&mut self, terms: &'f [Term], deciding: Truth) -> Verdict<'f> {
        let (mut agreed, mut undecided) = (Vec::new(), Vec::new());
        for term in terms {
            let verdict = self.term(term);
            if verdict.truth == deciding {
                return verdict;
            }
            let because = if verdict.truth == Truth::Undecided { &mut undecided } else { &mut agreed };
            because.extend(verdict.because);
        }
        if undecided.is_empty() {
            Verdict { truth: deciding.opposite(), because: agreed }
        } else {
            Verdict { truth: Truth::Undecided, because: undecided }
        }
    }
}

// === impl Truth ===

impl Truth {
    const fn opposite(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Undecided => Self::Undecided,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

fn value_of<'v>(values: &'v [Option<Scalar>], test: &Test) -> Option<&'v Scalar> {
    values.get(test.operand).and_then(Option::as_ref)
}

fn truth_of(check: &Check, value: Option<&Scalar>) -> Truth {
    let value = match (check, value) {
        (Check::Present(wanted), value) => return (value.is_some() == *wanted).into(),
        (_, None) => return Truth::Undecided,
        (_, Some(value)) => value,
    };
    let decided = match check {
        Check::Equal(wanted) => Some(equal(value, wanted)),
        Check::Unequal(unwanted) => Some(!equal(value, unwanted)),
        Check::In(list) => Some(list.iter().any(|wanted| equal(value, wanted))),
        Check::NotIn(list) => Some(!list.iter().any(|unwanted| equal(value, unwanted))),
        Check::Order(order, bound) => number_of(value).map(|number| match order {
            Order::Greater => number > *bound,
            Order::AtLeast => number >= *bound,
            Order::Less => number < *bound,
            Order::AtMost => number <= *bound,
        }),
        Check::Matches(pattern) => pattern.is_in(&text_of(value)),
        Check::Contains(part) => {
            let text = text_of(value);
            (text.len() <= crate::limits::SEARCHED_BYTES_MAX).then(|| text.contains(part))
        }
        Check::Present(_) => None,
    };
    decided.map_or(Truth::Undecided, Truth::from)
}

/// Equality as the module's heading describes it.
fn equal(left: &Scalar, right: &Scalar) -> bool {
    match (left, right) {
        (Scalar::Text(left), Scalar::Text(right)) => left == right,
        (Scalar::Bool(left), Scalar::Bool(right)) => left == right,
        (Scalar::Bool(bool), Scalar::Text(text)) | (Scalar::Text(text), Scalar::Bool(bool)) => {
            &**text == if *bool { "true" } else { "false" }
        }
        (Scalar::Bool(_), Scalar::Number(_)) | (Scalar::Number(_), Scalar::Bool(_)) => false,
        (left, right) => number_of(left).is_some_and(|left| number_of(right) == Some(left)),
    }
}

/// A number, or text that reads as a decimal one: sign, digits, point, exponent, and nothing else.
fn number_of(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Number(number) => Some(*number),
        Scalar::Bool(_) => None,
        Scalar::Text(text) => {
            let is_decimal = text.len() <= 64
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
            if is_decimal { text.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
        }
    }
}

fn text_of(value: &Scalar) -> Cow<'_, str> {
    match value {
        Scalar::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
