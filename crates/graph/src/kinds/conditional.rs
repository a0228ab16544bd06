//! Condition: two ways on, by what the request carries.

use serde_json::Value;
use waypost_policy::condition::{Condition, ConditionProblem, PathPart, ProblemCode};
use waypost_types::Operand;

use crate::{
    compile::Check,
    limits::ELEMENTS_MAX,
    problem::{Code, PathStep, Problem},
    route::NodeIx,
};

/// A checked condition.
#[derive(Debug)]
pub(crate) struct ConditionalNode {
    pub(crate) condition: Condition,
    pub(crate) yes: NodeIx,
    pub(crate) no: NodeIx,
}

pub(crate) fn check(check: &mut Check<'_>) -> Option<ConditionalNode> {
    let condition = condition(check);
    let yes = check.required("true");
    let no = check.required("false");
    Some(ConditionalNode { condition: condition?, yes: yes?, no: no? })
}

fn condition(check: &mut Check<'_>) -> Option<Condition> {
    if check.spec.elements.len() > ELEMENTS_MAX {
        return None;
    }
    let conditions = check.property("conditions");
    let expression = check.property("expression").filter(|text| text.as_str() != Some(""));
    let (field, compiled) = match (conditions, expression) {
        (None, None) => {
            check.report(Code::E07, "properties.conditions", "The condition has no value.");
            return None;
        }
        (Some(_), Some(_)) => {
            let message = "A condition has either `conditions` or an `expression`, not both.";
            check.report(Code::E07, "properties.expression", message);
            return None;
        }
        (Some(filter), None) => ("properties.conditions", Condition::filter(filter)),
        (None, Some(Value::String(source))) => ("properties.expression", Condition::expression(source)),
        (None, Some(_)) => {
            check.report(Code::E07, "properties.expression", "`expression` is text.");
            return None;
        }
    };
    compiled.map_err(|problems| problems.into_iter().for_each(|problem| report(check, field, problem))).ok()
}

fn report(check: &mut Check<'_>, field: &str, found: ConditionProblem) {
    let code = match found.code {
        ProblemCode::E07 => Code::E07,
        ProblemCode::E16 => Code::E16,
        ProblemCode::E17 => Code::E17,
    };
    let id = check.element().map_or("", |element| &element.id);
    let mut problem = Problem::at(code, check.at, id, field, found.message);
    problem.path.extend(found.path.into_iter().map(|part| match part {
        PathPart::Index(index) => PathStep::Index(index),
        PathPart::Key(key) => PathStep::Key(key),
    }));
    check.problems.push(problem);
}

impl ConditionalNode {
    pub(crate) fn operands(&self) -> Vec<Operand> {
        self.condition.operands().to_vec()
    }
}
