//! A document that was checked: what the walk runs on.

use std::sync::Arc;

use crate::kinds::{
    conditional::ConditionalNode, model::ModelNode, model::ModelStep, percentage::PercentageNode, rate::RateNode,
    start::StartNode,
};
use waypost_types::{Operand, Text};

/// Position of an element in its compiled route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub u16);

impl NodeIx {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A route without errors: one Start, no loops, every edge leads somewhere, every limit and condition is ready to be asked.
#[derive(Debug)]
pub struct CompiledRoute {
    pub(crate) nodes: Vec<Node>,
    pub(crate) start: NodeIx,
    pub(crate) body_paths: Vec<Arc<str>>,
    pub(crate) headers: Vec<Arc<str>>,
    /// Settings of a model node beat the request's headers: steps of the universal endpoint (D21).
    pub(crate) steps_beat_headers: bool,
}

/// One element.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: Arc<str>,
    pub(crate) title: Arc<str>,
    pub(crate) kind: Kind,
}

/// What an element does.
#[derive(Debug)]
pub(crate) enum Kind {
    Start(StartNode),
    Conditional(ConditionalNode),
    Percentage(PercentageNode),
    Rate(RateNode),
    Model(ModelStep),
    End,
}

impl CompiledRoute {
    /// Body paths that conditions, limits and splits read, without `body.`, sorted.
    pub fn body_paths(&self) -> &[Arc<str>] {
        &self.body_paths
    }

    /// Headers that they read, in lower case, sorted.
    pub fn headers(&self) -> &[Arc<str>] {
        &self.headers
    }

    /// The settings of a model node; `None` for elements of another kind.
    pub fn model(&self, node: NodeIx) -> Option<&ModelNode> {
        match self.node(node).map(|node| &node.kind) {
            Some(Kind::Model(step)) => Some(&step.node),
            _ => None,
        }
    }

    /// The settings of a limit; `None` for elements of another kind.
    pub fn limit(&self, node: NodeIx) -> Option<&RateNode> {
        match self.node(node).map(|node| &node.kind) {
            Some(Kind::Rate(rate)) => Some(rate),
            _ => None,
        }
    }

    /// The id of an element, to be kept.
    pub fn node_text(&self, node: NodeIx) -> Text {
        self.node(node).map_or_else(Text::default, |node| Text::from(&node.id))
    }

    /// The id of an element; empty for a position that is none.
    pub fn node_id(&self, node: NodeIx) -> &str {
        self.node(node).map_or("", |node| &node.id)
    }

    /// What an element is called.
    pub fn title(&self, node: NodeIx) -> &str {
        self.node(node).map_or("", |node| &node.title)
    }

    /// The element with an id.
    pub fn find(&self, id: &str) -> Option<NodeIx> {
        self.indexed().find(|(_, node)| &*node.id == id).map(|(at, _)| at)
    }

    /// Every model, in the order of the document.
    pub fn models(&self) -> impl Iterator<Item = (NodeIx, &ModelNode)> {
        self.indexed().filter_map(|(at, node)| match &node.kind {
            Kind::Model(step) => Some((at, &step.node)),
            _ => None,
        })
    }

    /// Every limit, in the order of the document.
    pub fn limits(&self) -> impl Iterator<Item = (NodeIx, &RateNode)> {
        self.indexed().filter_map(|(at, node)| match &node.kind {
            Kind::Rate(rate) => Some((at, rate)),
            _ => None,
        })
    }

    pub(crate) fn model_step(&self, at: NodeIx) -> Option<&ModelStep> {
        match self.node(at).map(|node| &node.kind) {
            Some(Kind::Model(step)) => Some(step),
            _ => None,
        }
    }

    pub(crate) fn node(&self, at: NodeIx) -> Option<&Node> {
        self.nodes.get(at.index())
    }

    pub(crate) fn indexed(&self) -> impl Iterator<Item = (NodeIx, &Node)> {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeIx(u16::try_from(at).unwrap_or(u16::MAX)), node))
    }

    /// Puts checked elements together and collects what they read (D10).
    pub(crate) fn assemble(nodes: Vec<Node>, start: NodeIx) -> Self {
        let mut route = Self { nodes, start, body_paths: Vec::new(), headers: Vec::new(), steps_beat_headers: false };
        let mut body_paths = Vec::new();
        let mut headers = Vec::new();
        for node in &route.nodes {
            for operand in node.kind.operands() {
                match operand {
                    Operand::Body(path) => body_paths.push(path),
                    Operand::Header(name) => headers.push(name),
                    _ => {}
                }
            }
        }
        for list in [&mut body_paths, &mut headers] {
            list.sort();
            list.dedup();
        }
        (route.body_paths, route.headers) = (body_paths, headers);
        route
    }
}

impl Kind {
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Conditional(_) => "conditional",
            Self::Percentage(_) => "percentage",
            Self::Rate(_) => "rate",
            Self::Model(_) => "model",
            Self::End => "end",
        }
    }

    /// Every output that leads somewhere: its name and where.
    pub(crate) fn targets(&self) -> Vec<(&str, NodeIx)> {
        let detour = |to: &Option<NodeIx>| to.map(|to| ("fallback", to));
        match self {
            Self::Start(node) => vec![("next", node.next)],
            Self::Conditional(node) => vec![("true", node.yes), ("false", node.no)],
            Self::Percentage(node) => node.branches.iter().map(|branch| (&*branch.name, branch.to)).collect(),
            Self::Rate(node) => [("success", node.success)].into_iter().chain(detour(&node.fallback)).collect(),
            Self::Model(step) => [("success", step.success)].into_iter().chain(detour(&step.fallback)).collect(),
            Self::End => Vec::new(),
        }
    }

    fn operands(&self) -> Vec<Operand> {
        match self {
            Self::Conditional(node) => node.operands(),
            Self::Percentage(node) => node.sticky.iter().cloned().collect(),
            Self::Rate(node) => node.operand().cloned().into_iter().collect(),
            Self::Start(_) | Self::Model(_) | Self::End => Vec::new(),
        }
    }
}

impl Node {
    /// What an output is called in the editor.
    pub(crate) fn output_title(&self, output: &str) -> String {
        use waypost_types::LimitKind::Cost;
        let title = match (&self.kind, output) {
            (Kind::Conditional(_), "true") => "True",
            (Kind::Conditional(_), "false") => "False",
            (Kind::Percentage(_), "else") => "Else",
            (Kind::Rate(rate), "success") if rate.rule.kind == Cost => "Within budget",
            (Kind::Rate(rate), "fallback") if rate.rule.kind == Cost => "Over budget",
            (Kind::Rate(_), "success") => "Within limit",
            (Kind::Rate(_), "fallback") => "Over limit",
            (Kind::Model(_), "success") => "Success",
            (Kind::Model(_), "fallback") => "On failure",
            (_, other) => other,
        };
        title.to_owned()
    }
}
