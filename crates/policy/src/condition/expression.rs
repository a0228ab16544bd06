//! CEL expressions: checked here, evaluated by the `cel` crate.
//!
//! The crate has no type checker and no bounds, so this module brings them: everything that an expression may name is
//! on a list, paths are constant, patterns are compiled when the route is saved, and every reading of the request is
//! replaced by a variable, so that evaluating builds no objects.

use std::{
    fmt,
    sync::{Arc, LazyLock},
    thread,
};

use cel::{
    Context, Env, ExecutionError, IdedExpr, Value,
    common::{
        ast::{CallExpr, Expr, LiteralValue, operators},
        types::{CelBool, CelDouble, CelInt, CelString},
        value::CowVal,
    },
    context::VariableResolver,
};
use waypost_types::{Operand, Scalar};

use super::{
    ConditionProblem, Evaluated, ProblemCode, cut,
    pattern::{self, Pattern},
    quoted,
};
use crate::limits::{
    COMPILE_STACK_BYTES, EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, PATTERN_PLACES_MAX, PATTERNS_MAX,
    QUOTED_CHARS_MAX, SEARCHED_BYTES_MAX,
};

/// Names that a path begins with.
const ROOTS: [&str; 6] = ["metadata", "headers", "body", "request", "key", "time"];
/// Functions and operators that an expression may call, `has` and `matches` apart.
const FUNCTIONS: [&str; 8] = ["size", "contains", "startsWith", "endsWith", "int", "double", "string", "bool"];
const OPERATORS: [&str; 16] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::IN,
];
const ARITHMETIC: [&str; 6] = [
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::NEGATE,
];

/// The standard functions without macros: loops are no part of conditions.
static ENVIRONMENT: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::default().with_optional_support(false).with_stdlib()));

/// A checked expression.
#[derive(Clone)]
pub(super) struct Expression {
    source: Arc<str>,
    root: Arc<IdedExpr>,
    operands: Vec<Operand>,
    /// Operand and pattern of every `matches`.
    patterns: Vec<(usize, Pattern)>,
}

/// Replaces readings of the request by variables: `@v0` for the value of operand 0, `@h0` for whether it is there, `@m0`
/// for whether pattern 0 matches. No identifier in a source begins with `@`.
#[derive(Default)]
struct Rewriter {
    operands: Vec<Operand>,
    patterns: Vec<(usize, Pattern)>,
}

struct Readings<'r> {
    values: &'r [Option<Scalar>],
    patterns: &'r [(usize, Pattern)],
}

// === impl Expression ===

impl Expression {
    /// Parses on a thread with a large stack, since the parser recurses.
    pub(super) fn compile(source: &str) -> Result<Self, ConditionProblem> {
        if source.trim().is_empty() {
            return Err(ConditionProblem::new(ProblemCode::E07, "The condition has no value."));
        }
        if source.len() > EXPRESSION_BYTES_MAX {
            let message = format!("This expression has {} bytes; at most {EXPRESSION_BYTES_MAX}.", source.len());
            return Err(ConditionProblem::new(ProblemCode::E16, message));
        }
        if nesting(source) > EXPRESSION_DEPTH_MAX {
            return Err(too_deep());
        }
        let source: Arc<str> = source.trim().into();
        let parsed = Arc::clone(&source);
        thread::Builder::new()
            .name("compile-expression".to_owned())
            .stack_size(COMPILE_STACK_BYTES)
            .spawn(move || Self::parse(parsed))
            .ok()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_else(|| Err(ConditionProblem::new(ProblemCode::E07, "This expression isn't valid.")))
    }

    fn parse(source: Arc<str>) -> Result<Self, ConditionProblem> {
        let program = ENVIRONMENT.compile(&source).map_err(|errors| {
            let first = errors.errors.first().map(|error| (error.pos.1, cut(&error.msg, 200)));
            let (column, message) = first.unwrap_or((1, "it cannot be read".to_owned()));
            let message = format!("This expression isn't valid, at character {column}: {message}.");
            ConditionProblem::new(ProblemCode::E07, message)
        })?;
        let mut rewriter = Rewriter::default();
        let root = rewriter.rewrite(program.expression(), 1)?;
        if gives_no_truth(&root.expr) {
            let message = "An expression has to be true or false, such as metadata.plan == \"free\".";
            return Err(ConditionProblem::new(ProblemCode::E07, message));
        }
        Ok(Self { source, root: Arc::new(root), operands: rewriter.operands, patterns: rewriter.patterns })
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// Judges values given in the order of the operands.
    pub(super) fn evaluate(&self, values: &[Option<Scalar>]) -> Evaluated {
        let readings = Readings { values, patterns: &self.patterns };
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.set_variable_resolver(&readings);
        let result = Value::resolve(&self.root, &context);
        let named = || self.operands.iter().zip(values);
        let mut notes = Vec::new();
        let matched = match result {
            Ok(Value::Bool(matched)) => matched,
            Ok(_) => {
                notes.push("the expression is neither true nor false".to_owned());
                false
            }
            Err(error) => {
                notes.extend(named().filter_map(|(operand, value)| unreadable(operand, value.as_ref())));
                if notes.is_empty() {
                    notes.push(mismatch(&error));
                }
                false
            }
        };
        let reason = if notes.is_empty() {
            let seen: Vec<String> = named()
                .map(|(operand, value)| match value {
                    Some(value) => format!("{operand} is {}", quoted(value)),
                    None => format!("{operand} is missing"),
                })
                .collect();
            seen.join("; ")
        } else {
            notes.join("; ")
        };
        Evaluated { matched, reason, seen: Vec::new(), notes }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expression").field("source", &self.source).finish_non_exhaustive()
    }
}

// === impl Rewriter ===

impl Rewriter {
    fn rewrite(&mut self, node: &IdedExpr, depth: usize) -> Result<IdedExpr, ConditionProblem> {
        if depth > EXPRESSION_DEPTH_MAX {
            return Err(too_deep());
        }
        if let Some(path) = path(node)? {
            return Ok(variable(node, 'v', self.operand(&path)?));
        }
        let expr = match &node.expr {
            Expr::Literal(literal) => Expr::Literal(literal.clone()),
            Expr::List(list) => {
                let mut list = list.clone();
                for element in &mut list.elements {
                    *element = self.rewrite(element, depth + 1)?;
                }
                Expr::List(list)
            }
            Expr::Call(call) if call.func_name == operators::HAS && call.target.is_none() => {
                return self.presence(node, call);
            }
            Expr::Call(call) if call.func_name == "matches" => return self.pattern(node, call),
            Expr::Call(call) => Expr::Call(self.call(call, depth)?),
            Expr::Ident(name) => return Err(unknown(name, "isn't something a condition can read")),
            Expr::Select(select) => return Err(unknown(&select.field, "has to follow a constant path")),
            Expr::Map(_) | Expr::Struct(_) => return Err(unknown("{", "can't be used in a condition")),
            Expr::Comprehension(_) | Expr::Unspecified => return Err(unknown("…", "can't be used in a condition")),
        };
        Ok(IdedExpr { id: node.id, expr })
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Result<CallExpr, ConditionProblem> {
        let name = call.func_name.as_str();
        let is_known = OPERATORS.contains(&name) || name == operators::NEGATE || FUNCTIONS.contains(&name);
        if !is_known {
            return Err(match name {
                operators::INDEX => unknown("[", "has to follow metadata, headers or body"),
                other => unknown(other, "isn't a function that conditions have"),
            });
        }
        let target = match &call.target {
            Some(target) => Some(Box::new(self.rewrite(target, depth + 1)?)),
            None => None,
        };
        let args: Result<Vec<IdedExpr>, _> = call.args.iter().map(|arg| self.rewrite(arg, depth + 1)).collect();
        Ok(CallExpr { func_name: call.func_name.clone(), target, args: args? })
    }

    /// `has(metadata.plan)`
    fn presence(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<IdedExpr, ConditionProblem> {
        match call.args.as_slice() {
            [of] if let Some(path) = path(of)? => Ok(variable(node, 'h', self.operand(&path)?)),
            _ => Err(unknown("has", "needs one path, such as has(metadata.plan)")),
        }
    }

    /// `metadata.email.matches("@example[.]com$")`
    fn pattern(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<IdedExpr, ConditionProblem> {
        let (of, pattern) = match (call.target.as_deref(), call.args.as_slice()) {
            (Some(of), [pattern]) | (None, [of, pattern]) => (of, pattern),
            _ => return Err(unknown("matches", "needs a path and a pattern")),
        };
        let (Some(path), Expr::Literal(LiteralValue::String(pattern))) = (path(of)?, &pattern.expr) else {
            return Err(unknown("matches", "needs a path and a constant pattern"));
        };
        if self.patterns.len() >= PATTERNS_MAX {
            let message = format!("This expression has more than {PATTERNS_MAX} patterns.");
            return Err(ConditionProblem::new(ProblemCode::E16, message));
        }
        let operand = self.operand(&path)?;
        self.patterns.push((operand, Pattern::compile(pattern.inner(), "")?));
        let places: usize = self.patterns.iter().map(|(_, pattern)| pattern.places()).sum();
        if places > PATTERN_PLACES_MAX {
            return Err(pattern::too_large());
        }
        Ok(variable(node, 'm', self.patterns.len() - 1))
    }

    fn operand(&mut self, path: &str) -> Result<usize, ConditionProblem> {
        let operand = Operand::parse(path).map_err(|error| ConditionProblem::of_operand(path, error))?;
        Ok(self.operands.iter().position(|known| *known == operand).unwrap_or_else(|| {
            self.operands.push(operand);
            self.operands.len() - 1
        }))
    }
}

// === impl Readings ===

impl VariableResolver for Readings<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let (kind, index) = variable.strip_prefix('@')?.split_at_checked(1)?;
        let index: usize = index.parse().ok()?;
        match kind {
            "h" => Some(CowVal::owned(CelBool::from(self.values.get(index)?.is_some()))),
            "m" => {
                let (operand, pattern) = self.patterns.get(index)?;
                let Some(Scalar::Text(text)) = self.values.get(*operand)? else { return None };
                Some(CowVal::owned(CelBool::from(pattern.is_in(text)?)))
            }
            _ => match self.values.get(index)?.as_ref()? {
                Scalar::Bool(value) => Some(CowVal::owned(CelBool::from(*value))),
                Scalar::Number(number) => Some(number_value(*number)),
                Scalar::Text(text) if text.len() > SEARCHED_BYTES_MAX => None,
                Scalar::Text(text) => Some(CowVal::owned(CelString::from(&**text))),
            },
        }
    }
}

/// JSON has one kind of number; whole ones are CEL's `int`, so that `body.max_tokens % 2 == 0` works.
fn number_value<'b>(number: f64) -> CowVal<'b, 'b> {
    // Up to 2⁵³ every whole number is exact.
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        CowVal::owned(CelInt::from(number as i64))
    } else {
        CowVal::owned(CelDouble::from(number))
    }
}

fn variable(node: &IdedExpr, kind: char, index: usize) -> IdedExpr {
    IdedExpr { id: node.id, expr: Expr::Ident(format!("@{kind}{index}")) }
}

/// The dotted spelling of `metadata.plan`, `headers["x-tier"]`, `body.stop[0]`; `None` for what is no path.
fn path(node: &IdedExpr) -> Result<Option<String>, ConditionProblem> {
    let below = |parent: &IdedExpr, key: &str| Ok(path(parent)?.map(|parent| format!("{parent}.{key}")));
    match &node.expr {
        Expr::Ident(root) if ROOTS.contains(&root.as_str()) => Ok(Some(root.clone())),
        Expr::Select(select) if !select.test => below(&select.operand, &select.field),
        Expr::Call(CallExpr { func_name, args, target: None }) if func_name == operators::INDEX => {
            match args.as_slice() {
                [parent, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }] => below(parent, key.inner()),
                [parent, IdedExpr { expr: Expr::Literal(LiteralValue::Int(index)), .. }] => {
                    below(parent, &index.inner().to_string())
                }
                [parent, _] if path(parent)?.is_some() => {
                    Err(ConditionProblem::new(ProblemCode::E07, "Paths are constant: write headers[\"x-team\"]."))
                }
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

/// How deep brackets nest, how many choices `?` there are and how long a run of signs is, whichever is most. Text in
/// quotation marks does not count. One pass, so that nothing recurses before this is known.
fn nesting(source: &str) -> usize {
    let (mut open, mut choices, mut signs, mut most) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut bytes = source.bytes();
    while let Some(byte) = bytes.next() {
        signs = if matches!(byte, b'!' | b'-') { signs + 1 } else { 0 };
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'?' => choices += 1,
            b'"' | b'\'' => {
                let mut is_escaped = false;
                // A raw text may end earlier than this believes; the parser's own bound and its stack remain.
                for inner in bytes.by_ref() {
                    if inner == byte && !is_escaped {
                        break;
                    }
                    is_escaped = inner == b'\\' && !is_escaped;
                }
            }
            _ => {}
        }
        most = most.max(open + choices).max(signs);
    }
    most
}

/// The tree's root is a value that cannot be true or false.
fn gives_no_truth(root: &Expr) -> bool {
    match root {
        Expr::Literal(literal) => !matches!(literal, LiteralValue::Boolean(_)),
        Expr::List(_) => true,
        Expr::Call(call) => {
            ARITHMETIC.contains(&call.func_name.as_str())
                || matches!(call.func_name.as_str(), "size" | "int" | "double" | "string")
        }
        _ => false,
    }
}

fn unreadable(operand: &Operand, value: Option<&Scalar>) -> Option<String> {
    match value {
        None => Some(format!("{operand} is missing")),
        Some(Scalar::Text(text)) if text.len() > SEARCHED_BYTES_MAX => Some(format!("{operand} is too long to read")),
        Some(_) => None,
    }
}

fn mismatch(error: &ExecutionError) -> String {
    match error {
        ExecutionError::UndeclaredReference(_) => "a pattern was asked of what is no text".to_owned(),
        other => format!("values of another kind: {}", cut(&other.to_string(), 2 * QUOTED_CHARS_MAX)),
    }
}

fn unknown(name: &str, what: &str) -> ConditionProblem {
    ConditionProblem::new(ProblemCode::E07, format!("`{}` {what}.", cut(name, QUOTED_CHARS_MAX)))
}

fn too_deep() -> ConditionProblem {
    let message = format!("This expression is nested deeper than {EXPRESSION_DEPTH_MAX}.");
    ConditionProblem::new(ProblemCode::E16, message)
}
