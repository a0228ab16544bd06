//! A filter in MongoDB's notation, read into a small tree.

use serde_json::{Map, Value};
use waypost_types::{Operand, Scalar, Text};

use super::{
    ConditionProblem, PathPart, ProblemCode,
    pattern::{self, Pattern},
};
use crate::limits::{
    CONDITION_DEPTH_MAX, CONDITION_TERMS_MAX, LIST_LENGTH_MAX, LIST_VALUES_MAX, PATTERN_PLACES_MAX, PATTERNS_MAX,
    PROBLEMS_MAX,
};

/// A checked filter.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) root: Term,
    pub(super) operands: Vec<Operand>,
    /// The operands as reasons name them.
    pub(super) names: Vec<Text>,
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    Test(Test),
}

/// One comparison.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// Index into the filter's operands.
    pub(super) operand: usize,
    pub(super) check: Check,
}

#[derive(Clone, Debug)]
pub(super) enum Check {
    Equal(Scalar),
    Unequal(Scalar),
    Order(Order, f64),
    In(Vec<Scalar>),
    NotIn(Vec<Scalar>),
    Present(bool),
    Matches(Pattern),
    Contains(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Greater,
    AtLeast,
    Less,
    AtMost,
}

/// Reads one document; collects what is wrong with it on the way.
#[derive(Default)]
struct Reader {
    operands: Vec<Operand>,
    problems: Vec<ConditionProblem>,
    path: Vec<PathPart>,
    terms: usize,
    list_values: usize,
    patterns: usize,
    pattern_places: usize,
}

// === impl Filter ===

impl Filter {
    pub(super) fn compile(document: &Value) -> Result<Self, Vec<ConditionProblem>> {
        let mut reader = Reader::default();
        let root = reader.condition(document, 1);
        reader.check_sizes();
        reader.check_places();
        match root {
            Some(root) if reader.problems.is_empty() => {
                let names = reader.operands.iter().map(|operand| operand.to_string().into()).collect();
                Ok(Self { root, operands: reader.operands, names })
            }
            _ => {
                if reader.problems.is_empty() {
                    reader.no_value::<()>();
                }
                Err(reader.problems)
            }
        }
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }
}

// === impl Reader ===

impl Reader {
    /// `{"metadata.plan": …, "$or": […]}`: all members hold.
    fn condition(&mut self, value: &Value, depth: usize) -> Option<Term> {
        if depth > CONDITION_DEPTH_MAX {
            let message = format!("This condition is nested deeper than {CONDITION_DEPTH_MAX}.");
            return self.problem(ProblemCode::E16, message);
        }
        let Value::Object(members) = value else {
            return self.problem(ProblemCode::E07, "A condition is an object, such as {\"metadata.plan\": \"free\"}.");
        };
        if members.is_empty() {
            return self.no_value();
        }
        let mut terms = Vec::with_capacity(members.len());
        for (key, value) in members {
            if self.is_full() {
                break;
            }
            terms.extend(self.inside(PathPart::Key(key.clone()), |reader| match key.as_str() {
                "$and" => reader.conditions(value, depth).map(Term::All),
                "$or" => reader.conditions(value, depth).map(Term::Any),
                "$nor" => reader.conditions(value, depth).map(|terms| Term::Not(Box::new(Term::Any(terms)))),
                "$not" => reader.condition(value, depth + 1).map(|term| Term::Not(Box::new(term))),
                operator if operator.starts_with('$') => reader.unknown_operator(operator),
                operand => reader.operand(operand, value, depth),
            }));
        }
        one_or(terms, Term::All)
    }

    fn conditions(&mut self, value: &Value, depth: usize) -> Option<Vec<Term>> {
        let Value::Array(conditions) = value else {
            return self.problem(ProblemCode::E07, "A list of conditions is needed here.");
        };
        if conditions.is_empty() {
            return self.no_value();
        }
        self.list_length(conditions.len())?;
        let mut terms = Vec::with_capacity(conditions.len());
        for (index, condition) in conditions.iter().enumerate() {
            if self.is_full() {
                break;
            }
            terms.extend(self.inside(PathPart::Index(index), |reader| reader.condition(condition, depth + 1)));
        }
        Some(terms)
    }

    /// `"metadata.plan": "free"` or `"body.max_tokens": {"$gt": 10, "$lt": 20}`.
    fn operand(&mut self, text: &str, value: &Value, depth: usize) -> Option<Term> {
        let operand = match Operand::parse(text) {
            Ok(operand) => operand,
            Err(error) => {
                let problem = ConditionProblem::of_operand(text, error);
                return self.report(problem);
            }
        };
        let index = self.operands.iter().position(|known| *known == operand).unwrap_or_else(|| {
            self.operands.push(operand);
            self.operands.len() - 1
        });
        self.checks(index, value, depth)
    }

    fn checks(&mut self, operand: usize, value: &Value, depth: usize) -> Option<Term> {
        let Value::Object(operators) = value else {
            return self.check("$eq", value, operators_of(value)).map(|check| Term::Test(Test { operand, check }));
        };
        if operators.is_empty() {
            return self.no_value();
        }
        let mut terms = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            if operator == "$options" && operators.contains_key("$regex") {
                continue;
            }
            terms.extend(self.inside(PathPart::Key(operator.clone()), |reader| match operator.as_str() {
                "$not" if depth >= CONDITION_DEPTH_MAX => {
                    let message = format!("This condition is nested deeper than {CONDITION_DEPTH_MAX}.");
                    reader.problem(ProblemCode::E16, message)
                }
                "$not" => reader.checks(operand, value, depth + 1).map(|term| Term::Not(Box::new(term))),
                other => reader.check(other, value, Some(operators)).map(|check| Term::Test(Test { operand, check })),
            }));
        }
        one_or(terms, Term::All)
    }

    fn check(&mut self, operator: &str, value: &Value, beside: Option<&Map<String, Value>>) -> Option<Check> {
        self.terms += 1;
        match (operator, value) {
            ("$eq", Value::Null) => Some(Check::Present(false)),
            ("$ne", Value::Null) => Some(Check::Present(true)),
            ("$eq", _) => self.value(value).map(Check::Equal),
            ("$ne", _) => self.value(value).map(Check::Unequal),
            ("$gt", _) => self.number(">", value).map(|number| Check::Order(Order::Greater, number)),
            ("$gte", _) => self.number("≥", value).map(|number| Check::Order(Order::AtLeast, number)),
            ("$lt", _) => self.number("<", value).map(|number| Check::Order(Order::Less, number)),
            ("$lte", _) => self.number("≤", value).map(|number| Check::Order(Order::AtMost, number)),
            ("$in", _) => self.values(value).map(Check::In),
            ("$nin", _) => self.values(value).map(Check::NotIn),
            ("$exists", Value::Bool(present)) => Some(Check::Present(*present)),
            ("$exists", _) => self.problem(ProblemCode::E07, "`$exists` needs true or false."),
            ("$contains", _) => match self.value(value)? {
                Scalar::Text(text) => Some(Check::Contains(text.to_string())),
                other => Some(Check::Contains(other.to_string())),
            },
            ("$regex", Value::String(source)) => self.pattern(source, beside).map(Check::Matches),
            ("$regex", _) => self.problem(ProblemCode::E07, "`$regex` needs a text."),
            ("$and" | "$or" | "$nor", _) => {
                self.problem(ProblemCode::E07, format!("`{operator}` goes around conditions, not inside one."))
            }
            (unknown, _) => self.unknown_operator(unknown),
        }
    }

    fn pattern(&mut self, source: &str, beside: Option<&Map<String, Value>>) -> Option<Pattern> {
        self.patterns += 1;
        if self.patterns > PATTERNS_MAX {
            return None;
        }
        let options = beside.and_then(|operators| operators.get("$options")).and_then(Value::as_str).unwrap_or("");
        match Pattern::compile(source, options) {
            Ok(pattern) => {
                self.pattern_places += pattern.places();
                Some(pattern)
            }
            Err(problem) => self.report(problem),
        }
    }

    fn value(&mut self, value: &Value) -> Option<Scalar> {
        match value {
            Value::String(text) if text.is_empty() => self.no_value(),
            Value::Null => self.no_value(),
            other => self.scalar(other),
        }
    }

    fn scalar(&mut self, value: &Value) -> Option<Scalar> {
        match value {
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::String(text) => Some(Scalar::text(text.as_str())),
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(Scalar::Number),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.problem(ProblemCode::E07, "A text, a number, true or false is needed here.")
            }
        }
    }

    fn number(&mut self, sign: &str, value: &Value) -> Option<f64> {
        match value.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Some(number),
            None if value.is_null() => self.no_value(),
            None => self.problem(ProblemCode::E07, format!("{sign} needs a number.")),
        }
    }

    fn values(&mut self, value: &Value) -> Option<Vec<Scalar>> {
        let Value::Array(values) = value else {
            return self.problem(ProblemCode::E07, "A list of values is needed here.");
        };
        if values.is_empty() {
            return self.no_value();
        }
        self.list_length(values.len())?;
        self.list_values += values.len();
        let mut scalars = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            scalars.push(self.inside(PathPart::Index(index), |reader| reader.scalar(value))?);
        }
        Some(scalars)
    }

    fn list_length(&mut self, length: usize) -> Option<()> {
        if length <= LIST_LENGTH_MAX {
            return Some(());
        }
        self.problem(ProblemCode::E16, format!("This list has {length} entries; at most {LIST_LENGTH_MAX}."))
    }

    fn check_sizes(&mut self) {
        let sizes = [
            (self.terms, CONDITION_TERMS_MAX, "terms"),
            (self.list_values, LIST_VALUES_MAX, "listed values"),
            (self.patterns, PATTERNS_MAX, "patterns"),
        ];
        for (size, most, what) in sizes {
            if size > most {
                self.problem::<()>(ProblemCode::E16, format!("This condition has {size} {what}; at most {most}."));
            }
        }
    }

    fn check_places(&mut self) {
        if self.pattern_places > PATTERN_PLACES_MAX {
            self.report::<()>(pattern::too_large());
        }
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    fn inside<T>(&mut self, part: PathPart, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.path.push(part);
        let read = read(self);
        self.path.pop();
        read
    }

    fn unknown_operator<T>(&mut self, operator: &str) -> Option<T> {
        let operator = super::cut(operator, crate::limits::QUOTED_CHARS_MAX);
        let hint = if operator.starts_with('$') { "" } else { " Operators begin with `$`." };
        self.problem(ProblemCode::E07, format!("`{operator}` isn't an operator.{hint}"))
    }

    fn no_value<T>(&mut self) -> Option<T> {
        self.problem(ProblemCode::E07, "The condition has no value.")
    }

    fn problem<T>(&mut self, code: ProblemCode, message: impl Into<String>) -> Option<T> {
        self.report(ConditionProblem::new(code, message))
    }

    fn report<T>(&mut self, problem: ConditionProblem) -> Option<T> {
        if !self.is_full() {
            self.problems.push(ConditionProblem { path: self.path.clone(), ..problem });
        }
        None
    }
}

fn operators_of(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

fn one_or(mut terms: Vec<Term>, many: impl FnOnce(Vec<Term>) -> Term) -> Option<Term> {
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(many(terms)),
    }
}
