//! What the published format cannot hold (W10).

use crate::{
    problem::{Code, Problem},
    spec::{ElementKind, RouteSpec},
};

/// Branches of a split in the published format.
const PUBLISHED_BRANCHES_MAX: usize = 5;

/// Problems of writing a document for another system: splits whose branches share a percentage, that have more than
/// five branches, or an *Else*.
pub fn export_problems(spec: &RouteSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, element) in spec.elements.iter().enumerate().filter(|(_, element)| element.kind == ElementKind::Percentage)
    {
        let branches = element.properties.get("branches").and_then(serde_json::Value::as_array);
        let weights: Vec<f64> = match branches {
            Some(branches) => branches.iter().filter_map(|branch| branch.get("weight")?.as_f64()).collect(),
            None => element.outputs.iter().filter_map(|output| output.name.strip_suffix('%')?.parse().ok()).collect(),
        };
        let twin =
            weights.iter().enumerate().find(|(at, weight)| weights.iter().take(*at).any(|other| other == *weight));
        let reason = if let Some((_, weight)) = twin {
            format!("two branches share {weight} %")
        } else if element.outputs.len() > PUBLISHED_BRANCHES_MAX {
            format!("it has {} branches, more than {PUBLISHED_BRANCHES_MAX}", element.outputs.len())
        } else if element.target("else").is_some() {
            "it has an Else".to_owned()
        } else {
            continue;
        };
        let message = format!("This split can't be written in the common format: {reason}.");
        problems.push(Problem::at(Code::W10, at, &element.id, "outputs", message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{example, spec};

    #[test]
    fn w10_equal_shares_and_else_cannot_be_exported() {
        let message = |name: &str| {
            export_problems(&spec(example(name))).into_iter().map(|problem| problem.to_string()).collect::<String>()
        };
        assert_eq!(
            message("ab-test"),
            "W10 This split can't be written in the common format: two branches share 50 %."
        );
        assert_eq!(message("gradual-rollout"), "W10 This split can't be written in the common format: it has an Else.");
        assert_eq!(message("smart-route"), "");
    }
}
