//! What is wrong with a route document, in the words of the route editor.

use std::fmt;

use serde::{Serialize, Serializer};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Blocks deploying.
    Error,
    /// Worth knowing; blocks nothing.
    Warning,
}

/// The kind of problem. The numbers are shown to people and looked up by scripts; a number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Not a route document at all: broken JSON, no list of elements, an element that is no object.
    E00,
    /// Start leads nowhere.
    E01,
    /// A required output leads nowhere.
    E02,
    /// The flow loops.
    E03,
    /// Shares do not add up to 100 %.
    E04,
    /// A number is missing or out of its range.
    E05,
    /// A limit does not say what it counts per.
    E06,
    /// A condition is missing or wrong.
    E07,
    /// No model, or no such provider.
    E08,
    /// A budget guards a model without a price.
    E10,
    /// An id is missing or used twice, or a type is unknown.
    E11,
    /// No path reaches a model.
    E12,
    /// A model's *Success* leads somewhere else than to End.
    E13,
    /// An output leads to an id that does not exist.
    E14,
    /// Not exactly one Start.
    E15,
    /// Too many nodes, or a condition nested too deep.
    E16,
    /// A condition or key reads a secret or a prompt.
    E17,
    /// Nothing leads to a node.
    W01,
    /// A limit comes after the model it could stop.
    W02,
    /// A metadata key that no recent request carried.
    W03,
    /// A metadata key that callers set themselves decides.
    W04,
    /// A split without a sticky key.
    W05,
    /// All outputs lead to the same node.
    W06,
    /// All fallbacks use one provider.
    W07,
    /// *Over budget* leads to a model that costs more.
    W08,
    /// Timeouts and tries add up to more than callers wait.
    W09,
    /// A split that the common format cannot hold; only when exporting.
    W10,
    /// API keys that set their own cost can pass a budget.
    W11,
    /// No stored key for a provider.
    W12,
}

impl Code {
    /// Every code, for tables and tests.
    pub const ALL: [Self; 29] = [
        Self::E00,
        Self::E01,
        Self::E02,
        Self::E03,
        Self::E04,
        Self::E05,
        Self::E06,
        Self::E07,
        Self::E08,
        Self::E10,
        Self::E11,
        Self::E12,
        Self::E13,
        Self::E14,
        Self::E15,
        Self::E16,
        Self::E17,
        Self::W01,
        Self::W02,
        Self::W03,
        Self::W04,
        Self::W05,
        Self::W06,
        Self::W07,
        Self::W08,
        Self::W09,
        Self::W10,
        Self::W11,
        Self::W12,
    ];

    /// The code as it is shown: `E02`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::E00 => "E00",
            Self::E01 => "E01",
            Self::E02 => "E02",
            Self::E03 => "E03",
            Self::E04 => "E04",
            Self::E05 => "E05",
            Self::E06 => "E06",
            Self::E07 => "E07",
            Self::E08 => "E08",
            Self::E10 => "E10",
            Self::E11 => "E11",
            Self::E12 => "E12",
            Self::E13 => "E13",
            Self::E14 => "E14",
            Self::E15 => "E15",
            Self::E16 => "E16",
            Self::E17 => "E17",
            Self::W01 => "W01",
            Self::W02 => "W02",
            Self::W03 => "W03",
            Self::W04 => "W04",
            Self::W05 => "W05",
            Self::W06 => "W06",
            Self::W07 => "W07",
            Self::W08 => "W08",
            Self::W09 => "W09",
            Self::W10 => "W10",
            Self::W11 => "W11",
            Self::W12 => "W12",
        }
    }

    /// Errors block deploying, warnings do not.
    pub fn severity(self) -> Severity {
        if self.as_str().starts_with('E') { Severity::Error } else { Severity::Warning }
    }

    /// The document cannot even be kept as an invalid version: the API refuses it at once (D13).
    pub const fn is_structural(self) -> bool {
        matches!(self, Self::E00 | Self::E03 | Self::E11 | Self::E14 | Self::E15 | Self::E16 | Self::E17)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One step of a path into the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathStep {
    /// A member of an object.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
}

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// Id of the element, where it concerns one.
    pub node: Option<String>,
    /// Field of the element, dotted: `properties.limit`, `outputs.true`, `properties.branches.0`.
    pub field: Option<String>,
    /// One sentence for people. Titles stand in `*…*`, outputs in `**…**`, names from the document in backticks.
    pub message: String,
    /// Where in the document as it is written by [`crate::RouteSpec::to_json`]: `["elements", 1, "properties", "limit"]`.
    pub path: Vec<PathStep>,
}

impl Problem {
    /// A problem of the whole document.
    pub fn whole(code: Code, message: impl Into<String>) -> Self {
        Self { code, node: None, field: None, message: message.into(), path: vec![PathStep::Key("elements".into())] }
    }

    /// A problem of one element: its position, its id and a dotted field (empty for the element itself).
    pub fn at(code: Code, index: usize, id: &str, field: &str, message: impl Into<String>) -> Self {
        let mut path = vec![PathStep::Key("elements".into()), PathStep::Index(index)];
        path.extend(field.split('.').filter(|step| !step.is_empty()).map(|step| PathStep::Key(step.to_owned())));
        Self {
            code,
            node: (!id.is_empty()).then(|| id.to_owned()),
            field: (!field.is_empty()).then(|| field.to_owned()),
            message: message.into(),
            path,
        }
    }

    /// The same problem one step deeper: at a member whose name may hold dots, or at a position.
    #[must_use]
    pub fn under(mut self, step: PathStep) -> Self {
        let name = match &step {
            PathStep::Key(key) => key.clone(),
            PathStep::Index(index) => index.to_string(),
        };
        self.field = Some(match self.field {
            Some(field) => format!("{field}.{name}"),
            None => name,
        });
        self.path.push(step);
        self
    }

    /// Position of the element it concerns.
    pub(crate) fn index(&self) -> Option<usize> {
        match self.path.get(1) {
            Some(PathStep::Index(index)) => Some(*index),
            _ => None,
        }
    }

    /// Error or warning.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Blocks deploying.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }

    /// See [`Code::is_structural`].
    pub const fn is_structural(&self) -> bool {
        self.code.is_structural()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut out = serializer.serialize_struct("Problem", 6)?;
        out.serialize_field("code", &self.code)?;
        out.serialize_field("severity", &self.severity())?;
        out.serialize_field("node", &self.node)?;
        out.serialize_field("field", &self.field)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("path", &self.path)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_say_what_they_block() {
        let mut texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
        let structural: Vec<&str> =
            Code::ALL.iter().filter(|code| code.is_structural()).map(|code| code.as_str()).collect();
        assert_eq!(structural, ["E00", "E03", "E11", "E14", "E15", "E16", "E17"]);
        assert!(Code::ALL.iter().all(|code| !code.is_structural() || code.severity() == Severity::Error));
    }
}
