//! What is sent about thinking, and what follows from it.

use waypost_types::WireFormat;

use crate::{
    formats::{
        Losses, Scope,
        tree::{Json, object},
    },
    prompt::{Effort, Message, Part, PartBody, Prompt, Reasoning, Role, ToolChoice},
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

/// What is sent where the caller says nothing: Anthropic wants a number.
const MAX_TOKENS_DEFAULT: u64 = 4_096;

/// Anthropic refuses smaller budgets for thoughts.
const THINKING_BUDGET_MIN: u64 = 1_024;

/// What is sent about thoughts, and what follows from it.
pub(super) struct Plan {
    pub(super) max_tokens: u64,
    pub(super) thinking: Option<Json>,
    pub(super) effort: Option<Effort>,
    pub(super) thinks: bool,
}

impl Plan {
    pub(super) fn of(prompt: &Prompt, model: &str, scope: &mut Scope<'_>) -> Self {
        let asked = prompt.sampling.max_output_tokens;
        let mut plan =
            Self { max_tokens: asked.unwrap_or(MAX_TOKENS_DEFAULT), thinking: None, effort: None, thinks: false };
        if scope.is_home() {
            plan.repeat(&prompt.reasoning);
        } else if prompt.reasoning.is_off() {
            plan.thinking = Some(object! { "type": "disabled" });
        } else if !prompt.reasoning.is_unset() {
            match why_not(prompt) {
                Some(reason) => scope.losses.add(reason),
                None if knows_effort(model) => plan.adapt(&prompt.reasoning),
                None => plan.spend(&prompt.reasoning, asked, scope.losses),
            }
        }
        if asked.is_none() {
            scope.losses.add(format!("`max_tokens` was absent; {} was sent", plan.max_tokens));
        }
        plan
    }

    /// Anthropic's own words go back as they were.
    fn repeat(&mut self, reasoning: &Reasoning) {
        self.effort = reasoning.effort;
        let display = display_of(reasoning);
        self.thinking = match reasoning.budget_tokens {
            Some(0) => Some(object! { "type": "disabled" }),
            Some(tokens) => Some(object! { "type": "enabled", "budget_tokens": tokens, "display": display }),
            None if reasoning.is_adaptive => Some(object! { "type": "adaptive", "display": display }),
            None => None,
        };
    }

    /// Newer models take a word and decide for themselves.
    fn adapt(&mut self, reasoning: &Reasoning) {
        let effort = reasoning.effort.or_else(|| reasoning.budget_tokens.map(Effort::of_budget));
        self.effort = effort.map(|effort| effort.max(Effort::Low));
        self.thinking = Some(object! { "type": "adaptive", "display": display_of(reasoning) });
        self.thinks = true;
    }

    /// Older models take a number of tokens, which must stay below `max_tokens`.
    fn spend(&mut self, reasoning: &Reasoning, asked: Option<u64>, losses: &mut Losses) {
        let effort = reasoning.effort.unwrap_or(Effort::Medium);
        let wanted = reasoning.budget_tokens.unwrap_or_else(|| effort.budget_tokens()).max(THINKING_BUDGET_MIN);
        let budget = match asked {
            Some(limit) => wanted.min(limit.saturating_sub(1)),
            None => wanted,
        };
        if budget < THINKING_BUDGET_MIN {
            losses.add("thinking was left out: `max_tokens` leaves no room for it");
            return;
        }
        self.max_tokens = asked.unwrap_or(budget + MAX_TOKENS_DEFAULT);
        self.thinking = Some(object! { "type": "enabled", "budget_tokens": budget, "display": display_of(reasoning) });
        self.thinks = true;
    }
}

fn display_of(reasoning: &Reasoning) -> Option<&'static str> {
    reasoning.shows_thoughts.map(|shows| if shows { "summarized" } else { "omitted" })
}

/// Anthropic refuses to think when a tool is forced, and in a tool loop whose last turn has no signed thought.
fn why_not(prompt: &Prompt) -> Option<&'static str> {
    let is_forced = matches!(
        prompt.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Function(_) | ToolChoice::OneOf { is_required: true, .. })
    );
    if is_forced {
        return Some("thinking was left out: Anthropic does not think when a tool is forced");
    }
    let is_own = |part: &Part| part.signature.as_ref().is_some_and(|signature| signature.origin == OWN);
    let says_something = |message: &&Message| {
        message.role == Role::User && message.parts.iter().any(|part| !matches!(part.body, PartBody::ToolResult(_)))
    };
    let is_unsigned = |message: &&Message| {
        message.parts.iter().any(|part| part.as_tool_call().is_some())
            && !message.parts.iter().any(|part| part.is_reasoning() && is_own(part))
    };
    let loop_turns = prompt.messages.iter().rev().take_while(|message| !says_something(message));
    let is_broken = loop_turns.filter(|message| message.role == Role::Assistant).any(|message| is_unsigned(&message));
    is_broken.then_some("thinking was left out: the calls before it carry no thoughts that Anthropic signed")
}

/// Models since 4.6 take `effort` and `adaptive`; names without a version are aliases of newer models.
/// Source: `platform.claude.com/docs/en/build-with-claude/adaptive-thinking` (2026-11).
fn knows_effort(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    let mut version = name.split(['-', '.', '@', ':']).filter_map(|word| word.parse::<u32>().ok()).filter(|&n| n < 100);
    match (version.next(), version.next()) {
        (None, _) => true,
        (Some(major), minor) => (major, minor.unwrap_or(0)) >= (4, 6),
    }
}
