//! Document in, checked route out; or everything that is wrong with it, all at once.

mod advice;
mod check;
mod money;
mod shape;

use std::collections::HashMap;

use crate::{
    kinds::{self, conditional, model, percentage, rate, start},
    limits::{ELEMENTS_MAX, ELEMENTS_READ_MAX},
    problem::{Code, Problem},
    read::too_many_nodes,
    route::{CompiledRoute, Kind, Node, NodeIx},
    spec::{ElementKind, RouteSpec},
    surroundings::Surroundings,
};
pub(crate) use check::Check;
pub(crate) use shape::Shape;

/// What [`compile`] found.
#[derive(Debug)]
pub struct Compiled {
    /// The route; `None` when there are errors.
    pub route: Option<CompiledRoute>,
    /// Every problem, errors first, in the order of the document.
    pub problems: Vec<Problem>,
}

impl Compiled {
    /// No errors; it may be deployed (invariant I13).
    pub const fn is_valid(&self) -> bool {
        self.route.is_some()
    }

    /// Some problem is structural: the API refuses the document at once (D13).
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(Problem::is_structural)
    }
}

/// Checks a document and makes it ready to run. Returns every problem, not the first.
///
/// The work is bounded by [`ELEMENTS_READ_MAX`] elements; longer documents get E16 alone.
pub fn compile(spec: &RouteSpec, around: &dyn Surroundings) -> Compiled {
    let count = spec.elements.len();
    let mut problems = Vec::new();
    if count > ELEMENTS_MAX {
        problems.push(Problem::whole(Code::E16, too_many_nodes(count)));
    }
    if count > ELEMENTS_READ_MAX {
        return Compiled { route: None, problems };
    }
    let titles = spec.titles();
    let ids = index(spec, &mut problems);
    let start = find_start(spec, &mut problems);
    let kinds: Vec<Option<Kind>> = (0..count)
        .map(|at| kind(&mut Check { spec, around, ids: &ids, titles: &titles, at, problems: &mut problems }))
        .collect();
    let shape = Shape::new(spec, &ids, start);
    shape.judge(spec, &titles, &mut problems);
    let scene = money::Scene { spec, titles: &titles, shape: &shape, kinds: &kinds, around };
    scene.judge_money(&mut problems);
    scene.advise(&mut problems);
    problems.sort_by_key(|problem| (problem.severity(), problem.index()));
    let route = if problems.iter().any(Problem::is_error) { None } else { assemble(spec, titles, kinds, start) };
    Compiled { route, problems }
}

/// Ids and their positions; the first of two wins.
fn index<'a>(spec: &'a RouteSpec, problems: &mut Vec<Problem>) -> HashMap<&'a str, usize> {
    let mut ids = HashMap::with_capacity(spec.elements.len());
    let mut reported: Vec<&str> = Vec::new();
    for (at, element) in spec.elements.iter().enumerate() {
        let id = element.id.as_str();
        if id.is_empty() {
            problems.push(Problem::at(Code::E11, at, "", "id", format!("Node {} has no id.", at + 1)));
        } else if ids.contains_key(id) {
            if !reported.contains(&id) {
                reported.push(id);
                let twins = spec.elements.iter().filter(|twin| twin.id == id).count();
                let count = if twins == 2 { "Two".to_owned() } else { twins.to_string() };
                problems.push(Problem::at(Code::E11, at, id, "id", format!("{count} nodes have the id *{id}*.")));
            }
        } else {
            ids.insert(id, at);
        }
        if let ElementKind::Unknown(kind) = &element.kind {
            problems.push(Problem::at(Code::E11, at, id, "type", format!("Unknown node type *{kind}*.")));
        }
    }
    ids
}

fn find_start(spec: &RouteSpec, problems: &mut Vec<Problem>) -> Option<usize> {
    let is_start = |at: &usize| spec.elements.get(*at).is_some_and(|element| element.kind == ElementKind::Start);
    let starts: Vec<usize> = (0..spec.elements.len()).filter(is_start).collect();
    if starts.len() != 1 {
        let count = if starts.is_empty() { "none".to_owned() } else { starts.len().to_string() };
        problems.push(Problem::whole(Code::E15, format!("A flow has one Start; this one has {count}.")));
    }
    starts.first().copied()
}

fn kind(check: &mut Check<'_>) -> Option<Kind> {
    match check.element()?.kind {
        ElementKind::Start => start::check(check).map(Kind::Start),
        ElementKind::Conditional => conditional::check(check).map(Kind::Conditional),
        ElementKind::Percentage => percentage::check(check).map(Kind::Percentage),
        ElementKind::Rate => rate::check(check).map(Kind::Rate),
        ElementKind::Model => model::check(check).map(Kind::Model),
        ElementKind::End => Some(kinds::end::check()),
        ElementKind::Unknown(_) => None,
    }
}

fn assemble(
    spec: &RouteSpec,
    titles: Vec<String>,
    kinds: Vec<Option<Kind>>,
    start: Option<usize>,
) -> Option<CompiledRoute> {
    let elements = spec.elements.iter().zip(titles).zip(kinds);
    let nodes: Option<Vec<Node>> = elements
        .map(|((element, title), kind)| {
            kind.map(|kind| Node { id: element.id.as_str().into(), title: title.into(), kind })
        })
        .collect();
    let start = NodeIx(u16::try_from(start?).ok()?);
    let mut route = CompiledRoute::assemble(nodes?, start);
    model::look_ahead(&mut route);
    Some(route)
}

#[cfg(test)]
mod tests;
