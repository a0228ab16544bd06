//! Every way through a route, for the table *All paths*.

use serde::Serialize;

use crate::{
    limits::PATHS_MAX,
    route::{CompiledRoute, Kind, NodeIx},
};

/// One way through a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Path {
    /// What has to hold, in order: `metadata.plan equals free`, `not: …`, `within 10 requests per day …`.
    pub conditions: Vec<String>,
    /// Element and output at each step; the output is empty where the path ends.
    pub steps: Vec<(String, String)>,
    /// The model that answers; `None` where none does.
    pub model: Option<PathModel>,
    /// What the caller gets where no model answers.
    pub end: Option<String>,
}

/// The model at the end of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathModel {
    /// Element id.
    pub node: String,
    /// Provider slug.
    pub provider: String,
    /// Model name.
    pub model: String,
}

/// All paths of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Paths {
    /// In the order of outputs, detours last.
    pub paths: Vec<Path>,
    /// There are more than are listed ([`PATHS_MAX`]).
    pub more: bool,
}

/// Lists every path from Start to an answer or an end. Bounded by [`PATHS_MAX`].
pub fn all_paths(route: &CompiledRoute) -> Paths {
    let mut found = Paths::default();
    let mut open = vec![(route.start, Path::default())];
    while let Some((at, path)) = open.pop() {
        if found.paths.len() >= PATHS_MAX {
            found.more = true;
            break;
        }
        let mut next = ways(route, at, &path, &mut found.paths);
        next.reverse();
        open.append(&mut next);
    }
    found
}

/// The ways on from an element; complete paths go to `done`.
fn ways(route: &CompiledRoute, at: NodeIx, path: &Path, done: &mut Vec<Path>) -> Vec<(NodeIx, Path)> {
    let Some(node) = route.node(at) else { return Vec::new() };
    let on = |output: &str, condition: Option<String>| {
        let mut path = path.clone();
        path.steps.push((node.id.to_string(), output.to_owned()));
        path.conditions.extend(condition);
        path
    };
    let ends = |output: &str, condition: Option<String>, end: &str| Path {
        end: Some(end.to_owned()),
        ..on(output, condition)
    };
    match &node.kind {
        Kind::Start(start) => vec![(start.next, on("next", None))],
        Kind::Conditional(node) => vec![
            (node.yes, on("true", Some(node.condition.to_string()))),
            (node.no, on("false", Some(format!("not: {}", node.condition)))),
        ],
        Kind::Percentage(split) => {
            let branches = split.branches.iter().enumerate();
            let words = |at: usize, name: &str| match name.ends_with('%') {
                true => format!("{} % of requests", split.percent(at)),
                false => format!("branch {name}, {} %", split.percent(at)),
            };
            branches.map(|(at, branch)| (branch.to, on(&branch.name, Some(words(at, &branch.name))))).collect()
        }
        Kind::Rate(rate) => {
            let mut next = vec![(rate.success, on("success", Some(format!("within {}", rate.sentence()))))];
            let over = Some(format!("over {}", rate.sentence()));
            match rate.fallback {
                Some(to) => next.push((to, on("fallback", over))),
                None => done.push(ends("", over, "429 to the client")),
            }
            next
        }
        Kind::Model(step) => {
            let model = PathModel {
                node: node.id.to_string(),
                provider: step.node.provider.to_string(),
                model: step.node.model.to_string(),
            };
            done.push(Path { model: Some(model), ..on("success", None) });
            let fails = Some(format!("{} fails", node.title));
            match step.fallback {
                Some(to) => vec![(to, on("fallback", fails))],
                None => {
                    done.push(ends("", fails, "502 to the client, with the provider's words"));
                    Vec::new()
                }
            }
        }
        Kind::End => {
            done.push(ends("", None, "the last error"));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{example, route};

    #[test]
    fn every_path_of_the_smart_route() {
        let found = all_paths(&route(example("smart-route")));
        let lines: Vec<String> = found
            .paths
            .iter()
            .map(|path| {
                let end = path.model.as_ref().map(|model| model.model.as_str()).or(path.end.as_deref()).unwrap();
                format!("{} => {end}", path.conditions.join(" & "))
            })
            .collect();
        let admin = "metadata.user_id equals user-admin";
        let within = "within $1 per hour for each metadata.user_id";
        let over = "over $1 per hour for each metadata.user_id";
        let error = "502 to the client, with the provider's words";
        let expected = [
            format!("{admin} & {within} => large"),
            format!("{admin} & {within} & Large fails => small"),
            format!("{admin} & {within} & Large fails & Small fails => {error}"),
            format!("{admin} & {over} => small"),
            format!("{admin} & {over} & Small fails => {error}"),
            format!("not: {admin} => small"),
            format!("not: {admin} & Small fails => {error}"),
        ];
        assert_eq!(lines, expected);
        assert!(!found.more);
    }

    #[test]
    fn a_route_with_very_many_paths_is_cut() {
        let mut elements =
            vec![serde_json::json!({"id": "s", "type": "start", "outputs": {"next": {"elementId": "c0"}}})];
        for at in 0..40 {
            let next = if at == 39 { "m".to_owned() } else { format!("c{}", at + 1) };
            elements.push(serde_json::json!({"id": format!("c{at}"), "type": "conditional",
                "outputs": {"true": {"elementId": next}, "false": {"elementId": next}},
                "properties": {"conditions": {"metadata.a": at}}}));
        }
        elements.push(serde_json::json!({"id": "m", "type": "model", "outputs": {"success": {"elementId": "e"}},
            "properties": {"provider": "mock", "model": "small"}}));
        elements.push(serde_json::json!({"id": "e", "type": "end", "outputs": {}}));
        let found = all_paths(&route(serde_json::json!({ "elements": elements })));
        assert!(found.more);
        assert!(found.paths.len() <= PATHS_MAX + 2);
    }
}
