//! The document as a graph: loops, dead ends, nodes that nothing leads to.

use std::collections::HashMap;

use crate::{
    limits::{ELEMENTS_MAX, LOOPS_MAX},
    problem::{Code, Problem},
    read::known_outputs,
    spec::{Element, ElementKind, RouteSpec},
};

/// One edge.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) output: String,
    pub(crate) to: usize,
}

/// Edges of the document by position; outputs that lead nowhere are left out.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) edges: Vec<Vec<Edge>>,
    pub(crate) start: Option<usize>,
    /// From Start, by any output.
    pub(crate) reachable: Vec<bool>,
    /// Every node after the nodes that it leads to, as far as there are no loops.
    pub(crate) last_first: Vec<usize>,
    loops: Vec<Vec<usize>>,
}

impl Shape {
    pub(crate) fn new(spec: &RouteSpec, ids: &HashMap<&str, usize>, start: Option<usize>) -> Self {
        let edges: Vec<Vec<Edge>> = spec.elements.iter().map(|element| edges_of(element, ids)).collect();
        let mut shape = Self { edges, start, reachable: Vec::new(), last_first: Vec::new(), loops: Vec::new() };
        shape.reachable = shape.reach(start, |_, _| true);
        shape.sort();
        shape
    }

    pub(crate) const fn has_loops(&self) -> bool {
        !self.loops.is_empty()
    }

    pub(crate) fn edges(&self, at: usize) -> &[Edge] {
        self.edges.get(at).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn target(&self, at: usize, output: &str) -> Option<usize> {
        self.edges(at).iter().find(|edge| edge.output == output).map(|edge| edge.to)
    }

    /// Every node on the way from some nodes (themselves included), along the edges that pass.
    pub(crate) fn reach(
        &self,
        from: impl IntoIterator<Item = usize>,
        passes: impl Fn(usize, &Edge) -> bool,
    ) -> Vec<bool> {
        let mut seen = vec![false; self.edges.len()];
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(at) = open.pop() {
            match seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            open.extend(self.edges(at).iter().filter(|edge| passes(at, edge)).map(|edge| edge.to));
        }
        seen
    }

    /// Depth first without recursion: order, and every edge that leads back into the current path.
    fn sort(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            OnPath,
            Done,
        }
        let mut marks = vec![Mark::New; self.edges.len()];
        let set = |marks: &mut Vec<Mark>, at: usize, mark: Mark| {
            if let Some(place) = marks.get_mut(at) {
                *place = mark;
            }
        };
        for root in self.start.into_iter().chain(0..self.edges.len()) {
            if marks.get(root) != Some(&Mark::New) {
                continue;
            }
            let mut path = vec![(root, 0)];
            set(&mut marks, root, Mark::OnPath);
            while let Some((at, next)) = path.last_mut() {
                let (from, edge) = (*at, self.edges.get(*at).and_then(|edges| edges.get(*next)));
                let Some(to) = edge.map(|edge| edge.to) else {
                    set(&mut marks, from, Mark::Done);
                    self.last_first.push(from);
                    path.pop();
                    continue;
                };
                *next += 1;
                match marks.get(to) {
                    Some(Mark::New) => {
                        set(&mut marks, to, Mark::OnPath);
                        path.push((to, 0));
                    }
                    Some(Mark::OnPath) if self.loops.len() < LOOPS_MAX => {
                        let turn = path.iter().position(|(at, _)| *at == to).unwrap_or_default();
                        self.loops.push(path.iter().skip(turn).map(|(at, _)| *at).chain([to]).collect());
                    }
                    _ => {}
                }
            }
        }
    }

    /// Reports what the graph alone shows.
    pub(crate) fn judge(&self, spec: &RouteSpec, titles: &[String], problems: &mut Vec<Problem>) {
        let title = |at: usize| titles.get(at).map_or("", String::as_str);
        for path in &self.loops {
            let names: Vec<String> = path.iter().map(|at| format!("*{}*", title(*at))).collect();
            let at = path.first().copied().unwrap_or_default();
            let id = spec.elements.get(at).map_or("", |element| &element.id);
            problems.push(Problem::at(Code::E03, at, id, "", format!("This flow loops: {}.", names.join(" → "))));
        }
        let is_model = |at: usize| spec.elements.get(at).is_some_and(|element| element.kind == ElementKind::Model);
        // Without a connected Start nothing is reachable; one problem says so, not one per node.
        let is_entered = self.start.is_some_and(|start| !self.edges(start).is_empty());
        if is_entered && !(0..self.edges.len()).any(|at| is_model(at) && self.is_reachable(at)) {
            problems.push(Problem::whole(Code::E12, "No path reaches a model."));
        }
        for (at, element) in spec.elements.iter().enumerate() {
            let mut report = |code, field: &str, message: String| {
                problems.push(Problem::at(code, at, &element.id, field, message));
            };
            if let Some(message) = self.chain(spec, titles, at, element) {
                report(Code::E13, "outputs.success", message);
            }
            if is_entered && !self.is_reachable(at) && element.kind != ElementKind::Start {
                report(Code::W01, "", format!("Nothing leads to *{}*.", title(at)));
            }
            if let Some(model) = self.too_late(spec, at, element) {
                let message = format!("*{}* comes after *{}*, so it can't stop that call.", title(at), title(model));
                report(Code::W02, "", message);
            }
            if let Some(message) = self.same_target(at, element) {
                report(Code::W06, "outputs", message.to_owned());
            }
        }
    }

    pub(crate) fn is_reachable(&self, at: usize) -> bool {
        self.reachable.get(at).copied().unwrap_or(false)
    }

    /// *Success* of a model that does not lead to End.
    fn chain(&self, spec: &RouteSpec, titles: &[String], at: usize, element: &Element) -> Option<String> {
        if element.kind != ElementKind::Model {
            return None;
        }
        let to = self.target(at, "success")?;
        let title = |at: usize| titles.get(at).map_or("", String::as_str);
        let target = match spec.elements.get(to).map(|element| &element.kind)? {
            ElementKind::End => return None,
            ElementKind::Model => "another model".to_owned(),
            _ => format!("*{}*", title(to)),
        };
        let title = title(at);
        Some(format!("**Success** of *{title}* leads to {target}. An answer has begun by then; lead it to End."))
    }

    /// The model before a limit that can stop no call any more: behind its *Success*, or behind a failure with no model
    /// left to come.
    fn too_late(&self, spec: &RouteSpec, at: usize, element: &Element) -> Option<usize> {
        // One search per limit and model; a document that is too long anyway is spared it.
        if element.kind != ElementKind::Rate || self.edges.len() > ELEMENTS_MAX {
            return None;
        }
        let kind = |at: usize| spec.elements.get(at).map(|element| &element.kind);
        let behind = self.reach(self.target(at, "success"), |_, _| true);
        let guards = behind.iter().enumerate().any(|(at, seen)| *seen && kind(at) == Some(&ElementKind::Model));
        (0..self.edges.len()).filter(|model| kind(*model) == Some(&ElementKind::Model)).find(|model| {
            let from = self.edges(*model).iter().filter(|edge| !guards || edge.output == "success");
            let after = self.reach(from.map(|edge| edge.to), |_, _| true);
            after.get(at).copied().unwrap_or(false)
        })
    }

    fn same_target(&self, at: usize, element: &Element) -> Option<&'static str> {
        let splits = matches!(element.kind, ElementKind::Conditional | ElementKind::Percentage | ElementKind::Rate);
        let (first, rest) = self.edges(at).split_first()?;
        let same = splits && !rest.is_empty() && rest.iter().all(|edge| edge.to == first.to);
        same.then_some(match rest.len() {
            1 => "Both outputs lead to the same node.",
            _ => "All outputs lead to the same node.",
        })
    }
}

/// Outputs that mean something and lead somewhere.
fn edges_of(element: &Element, ids: &HashMap<&str, usize>) -> Vec<Edge> {
    let known = known_outputs(&element.kind);
    let outputs =
        element.outputs.iter().filter(|output| known.is_none_or(|known| known.contains(&output.name.as_str())));
    outputs
        .filter_map(|output| Some(Edge { output: output.name.clone(), to: *ids.get(output.target.as_str())? }))
        .collect()
}
