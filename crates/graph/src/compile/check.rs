//! One element under examination: where it looks things up and reports to.

use std::collections::HashMap;

use serde_json::Value;
use waypost_types::{Operand, facts::OperandError};

use crate::{
    problem::{Code, PathStep, Problem},
    route::NodeIx,
    spec::{Element, RouteSpec},
    surroundings::Surroundings,
};

/// One element, its document and the list of problems.
pub(crate) struct Check<'a> {
    pub(crate) spec: &'a RouteSpec,
    pub(crate) around: &'a dyn Surroundings,
    pub(crate) ids: &'a HashMap<&'a str, usize>,
    pub(crate) titles: &'a [String],
    pub(crate) at: usize,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl<'a> Check<'a> {
    pub(crate) fn element(&self) -> Option<&'a Element> {
        self.spec.elements.get(self.at)
    }

    pub(crate) fn title(&self) -> &'a str {
        self.titles.get(self.at).map_or("", String::as_str)
    }

    pub(crate) fn property(&self, name: &str) -> Option<&'a Value> {
        self.element()?.properties.get(name).filter(|value| !value.is_null())
    }

    /// Reports a problem of this element.
    pub(crate) fn report(&mut self, code: Code, field: &str, message: impl Into<String>) {
        let id = self.element().map_or("", |element| &element.id);
        self.problems.push(Problem::at(code, self.at, id, field, message));
    }

    /// Reports a problem of one output of this element.
    pub(crate) fn report_output(&mut self, code: Code, output: &str, message: impl Into<String>) {
        let id = self.element().map_or("", |element| &element.id);
        let problem = Problem::at(code, self.at, id, "outputs", message);
        self.problems.push(problem.under(PathStep::Key(output.to_owned())));
    }

    /// Where an output leads. An open one is reported as E02 (E01 for Start), a lost one as E14.
    pub(crate) fn required(&mut self, output: &str) -> Option<NodeIx> {
        let element = self.element()?;
        if element.target(output).is_none() {
            let label = element.output_title(output);
            let (code, message) = match element.kind {
                crate::spec::ElementKind::Start => (Code::E01, "Start isn't connected.".to_owned()),
                _ => (Code::E02, format!("*{}* needs a node on **{label}**.", self.title())),
            };
            self.report_output(code, output, message);
            return None;
        }
        self.optional(output)
    }

    /// Where an output leads, when it leads anywhere.
    pub(crate) fn optional(&mut self, output: &str) -> Option<NodeIx> {
        let element = self.element()?;
        let target = element.target(output)?;
        if let Some(at) = self.ids.get(target) {
            return u16::try_from(*at).ok().map(NodeIx);
        }
        let label = element.output_title(output);
        let message = format!("**{label}** of *{}* leads to *{target}*, which doesn't exist.", self.title());
        self.report_output(Code::E14, output, message);
        None
    }

    /// A property with one of a few words; the first is the default.
    pub(crate) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let default = words.first().map(|(_, value)| *value);
        let Some(value) = self.property(name) else { return default };
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word)).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let message = format!("`{name}` is {}.", known.join(" or "));
            self.report(Code::E05, &format!("properties.{name}"), message);
        }
        found
    }

    /// Reads an operand; unknown ones are E06, secrets and prompts E17.
    pub(crate) fn operand(&mut self, field: &str, text: &str) -> Option<Operand> {
        let (code, message) = match Operand::parse(text) {
            Ok(operand) => return Some(operand),
            Err(error) => operand_problem(text, error),
        };
        self.report(code, field, message);
        None
    }
}

/// The words for a text that is no operand.
pub(crate) fn operand_problem(text: &str, error: OperandError) -> (Code, String) {
    match error {
        OperandError::Secret => (Code::E17, format!("`{text}` can't be used here: it is a secret.")),
        OperandError::Prompt => (Code::E17, format!("`{text}` can't be used here: prompts stay out of routing.")),
        OperandError::Unknown if text.contains('.') => (
            Code::E06,
            format!(
                "`{text}` isn't a field of a request. There are `metadata.…`, `headers.…`, `body.…`, `request.input_tokens`, `request.message_count`, `key.id`, `key.label` and `time.hour`."
            ),
        ),
        OperandError::Unknown => {
            (Code::E06, format!("`{text}` isn't a field of a request. Did you mean `metadata.{text}`?"))
        }
    }
}
