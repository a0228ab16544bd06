//! Third stage: body → what is asked. The body is scanned once and peeked at; nobody parses it whole unless a format must
//! change (I6, S11). What comes out is one route to walk, whatever the surface: a dynamic route as deployed, or a
//! built-in one around the model or the steps that the caller named.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use waypost_graph::{CompiledRoute, FallbackOn, ModelNode, NodeIx, TrySettings, builtin};
use waypost_types::{Operation, RequestFacts, UnixMs, WireFormat};
use waypost_upstream::catalogue::spelling::provider_of_author;
use waypost_wire::{
    formats::{self, DecodeError},
    json::{self, Document, JsonError, Tape},
    peek::{self, Peek},
    prompt::Prompt,
};

use crate::{
    Refusal,
    controls::Controls,
    identify::Caller,
    ingress::CallForm,
    limits::UNIVERSAL_STEPS_MAX,
    refusal::RefusalKind,
    snapshot::{Gateway, LiveRoute, Provider, Snapshot},
};

/// What a request asks for.
pub struct Asked {
    /// The route to walk.
    pub route: Arc<CompiledRoute>,
    /// The dynamic route that it is, where it is one.
    pub live: Option<Arc<LiveRoute>>,
    /// What routing may know.
    pub facts: RequestFacts,
    /// What to send: one message for every model, or one per step of a universal request.
    messages: Messages,
    /// Is it one model that the caller named (D2)?
    pub is_plain: bool,
    /// What the request itself says about tries; a universal step's own say stands in its element.
    pub tries: TrySettings,
}

enum Messages {
    One(Box<Message>),
    PerStep(BTreeMap<NodeIx, Message>),
}

impl Asked {
    /// What to send to a model.
    pub fn message(&self, node: NodeIx) -> Option<&Message> {
        match &self.messages {
            Messages::One(message) => Some(message),
            Messages::PerStep(steps) => steps.get(&node),
        }
    }

    /// The message that stands for the request in the log.
    pub fn first_message(&self) -> Option<&Message> {
        match &self.messages {
            Messages::One(message) => Some(message),
            Messages::PerStep(steps) => steps.values().next(),
        }
    }

    /// The 0-based step that a model node stands for.
    pub fn step(&self, node: NodeIx) -> u32 {
        match &self.messages {
            Messages::One(_) => 0,
            Messages::PerStep(steps) => steps.keys().position(|step| *step == node).unwrap_or(0) as u32,
        }
    }
}

/// One body with what belongs to it.
pub struct Message {
    /// The caller's format; `None` where we do not speak it.
    pub format: Option<WireFormat>,
    /// The bytes as the caller sent them.
    pub body: Bytes,
    tape: Option<Tape>,
    /// What was read from it.
    pub peek: Option<Peek>,
    /// The caller names the provider's own path.
    pub native: Option<NativeCall>,
    /// The caller wants a stream, by body or by URL.
    pub stream: bool,
    /// The caller's headers, or the step's.
    pub headers: HeaderMap,
    /// Control headers that hold for this message.
    pub controls: Controls,
    prompt: OnceLock<Result<Prompt, DecodeError>>,
}

/// A call by a provider's own path.
#[derive(Clone, Debug)]
pub struct NativeCall {
    /// Method.
    pub method: Method,
    /// Path and query below the provider's address.
    pub rest: String,
    /// The model, where the path names it.
    pub model: Option<String>,
    /// What it does there.
    pub operation: Operation,
    /// The path alone says that it is a conversation; elsewhere the answer may turn out to be a picture.
    pub is_certain: bool,
}

impl Message {
    /// The scanned body; `None` where it was not JSON that we read.
    pub fn document(&self) -> Option<Document<'_>> {
        self.tape.as_ref()?.over(&self.body)
    }

    /// Estimated tokens of the input.
    pub fn input_tokens(&self) -> u64 {
        self.peek.as_ref().map_or(0, |peek| waypost_policy::estimate::input_tokens(peek.text_bytes, peek.message_count))
    }

    /// The neutral form, made when the first model needs another format.
    ///
    /// # Errors
    /// The body is not what its format says.
    pub fn prompt(&self) -> Result<&Prompt, Refusal> {
        let format = self.format.unwrap_or(WireFormat::OpenaiChat);
        match self.prompt.get_or_init(|| formats::decode_request(format, &self.body)) {
            Ok(prompt) => Ok(prompt),
            Err(error) => Err(Refusal::body_invalid(&error.path, &format!("The body can't be read: {error}."))),
        }
    }
}

/// Everything that decoding reads beside the body.
pub struct Surround<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The gateway called.
    pub gateway: &'a Gateway,
    /// The configuration.
    pub snapshot: &'a Snapshot,
    /// Method of the request.
    pub method: &'a Method,
    /// Headers of the request.
    pub headers: HeaderMap,
    /// Control headers of the request.
    pub controls: Controls,
    /// A version of a route that is walked in place of the live one.
    pub pinned: Option<&'a Arc<LiveRoute>>,
    /// When it came.
    pub now: UnixMs,
}

impl Surround<'_> {
    /// Reads a body.
    ///
    /// # Errors
    /// Everything that `docs/reference/errors.md` says about bodies, models, routes and key scopes.
    pub fn decode(mut self, call: &CallForm<'_>, body: Bytes) -> Result<Asked, Refusal> {
        match call {
            CallForm::Compat | CallForm::AccountChat => {
                let message = self.unified(WireFormat::OpenaiChat, body)?;
                self.by_model_name(message, call)
            }
            CallForm::AccountMessages => {
                let message = self.unified(WireFormat::AnthropicMessages, body)?;
                self.by_model_name(message, call)
            }
            CallForm::Dynamic { route } => {
                let message = self.unified(WireFormat::OpenaiChat, body)?;
                self.route(self.find_route(route)?, message)
            }
            CallForm::Native { provider, rest } => self.native(provider, rest, body),
            CallForm::Universal => self.universal(&body),
        }
    }

    fn message(
        &self,
        format: WireFormat,
        body: Bytes,
        headers: HeaderMap,
        controls: Controls,
    ) -> Result<Box<Message>, Refusal> {
        let document = json::scan(&body).map_err(|error| json_refusal(&error))?;
        let peek = peek::peek(format, &document).map_err(|error| Refusal::body_invalid(&error.path, &error.message))?;
        let tape = document.into_tape();
        Ok(Box::new(Message {
            format: Some(format),
            stream: peek.stream,
            tape: Some(tape),
            peek: Some(peek),
            body,
            native: None,
            headers,
            controls,
            prompt: OnceLock::new(),
        }))
    }

    /// A body of the unified API, whose conversation is a list.
    fn unified(&mut self, format: WireFormat, body: Bytes) -> Result<Box<Message>, Refusal> {
        let (headers, controls) = (std::mem::take(&mut self.headers), std::mem::take(&mut self.controls));
        let message = self.message(format, body, headers, controls)?;
        demand_messages(&message)?;
        Ok(message)
    }

    /// `dynamic/{route}` or `{provider}/{model}`.
    fn by_model_name(&self, message: Box<Message>, call: &CallForm<'_>) -> Result<Asked, Refusal> {
        let Some(name) = message.peek.as_ref().and_then(|peek| peek.model.as_ref()) else {
            let words = "\"model\" is missing. Name a provider and its model, as in \"openai/gpt-4o-mini\", or a route, as in \"dynamic/<route>\".";
            return Err(Refusal::new(RefusalKind::ModelNotFound, words).param("model"));
        };
        if let Some(route) = name.strip_prefix("dynamic/") {
            let found = self.find_route(route)?;
            return self.route(found, message);
        }
        let is_account = matches!(call, CallForm::AccountChat | CallForm::AccountMessages);
        let Some((provider, model)) = split_model(name, is_account) else {
            return Err(Refusal::model_without_prefix(name, self.gateway.route(name).is_some()));
        };
        let provider = self.provider(provider)?;
        self.demand_scope_model(&provider.slug, model)?;
        let route = self.snapshot.callee(&self.gateway.account, &provider.slug, model).route.clone();
        Ok(self.plain(route, message))
    }

    fn provider(&self, slug: &str) -> Result<&Arc<Provider>, Refusal> {
        self.snapshot
            .provider(&self.gateway.account, slug)
            .ok_or_else(|| Refusal::provider_unknown(slug, self.snapshot.similar_provider(slug)))
    }

    fn plain(&self, route: Arc<CompiledRoute>, message: Box<Message>) -> Asked {
        Asked {
            route,
            live: None,
            facts: self.facts(&message),
            tries: tries(&message.controls),
            messages: Messages::One(message),
            is_plain: true,
        }
    }

    fn find_route(&self, name: &str) -> Result<&Arc<LiveRoute>, Refusal> {
        let pinned = self.pinned.filter(|pinned| pinned.name.eq_ignore_ascii_case(name));
        let Some(found) = pinned.or_else(|| self.gateway.route(name)) else {
            return Err(Refusal::route_not_found(name, self.gateway.similar_route(name)));
        };
        if let Some(key) = &self.caller.key
            && !key.allows_route(&found.name)
        {
            return Err(key_scope(&format!("dynamic/{}", found.name), &key.allowed_words()));
        }
        Ok(found)
    }

    fn route(&self, found: &Arc<LiveRoute>, message: Box<Message>) -> Result<Asked, Refusal> {
        let Some(compiled) = &found.compiled else {
            return Err(Refusal::route_not_deployed(&found.name));
        };
        let mut facts = self.facts(&message);
        if !compiled.body_paths().is_empty()
            && let Some(document) = message.document()
        {
            facts.body = peek::scalars(&document, compiled.body_paths());
        }
        facts.headers = compiled
            .headers()
            .iter()
            .filter_map(|name| Some((name.clone(), message.headers.get(&**name)?.to_str().ok()?.into())))
            .collect();
        Ok(Asked {
            route: compiled.clone(),
            live: Some(found.clone()),
            facts,
            tries: tries(&message.controls),
            messages: Messages::One(message),
            is_plain: false,
        })
    }

    fn facts(&self, message: &Message) -> RequestFacts {
        let peek = message.peek.as_ref();
        let key = self.caller.key.as_ref();
        RequestFacts {
            metadata: message.controls.metadata.clone(),
            headers: Vec::new(),
            body: Vec::new(),
            input_tokens: message.input_tokens(),
            message_count: peek.map_or(0, |peek| peek.message_count),
            max_output_tokens: peek.and_then(|peek| peek.max_output_tokens),
            answer_count: peek.map_or(1, |peek| peek.answer_count),
            stream: message.stream,
            key_id: key.map_or_else(|| Arc::from(""), |key| key.id.clone()),
            key_label: key.map_or_else(|| Arc::from(""), |key| key.label.clone()),
            hour: self.gateway.hour(self.now),
        }
    }

    fn demand_scope_model(&self, provider: &str, model: &str) -> Result<(), Refusal> {
        match &self.caller.key {
            Some(key) if !key.allows_model(provider, model) => {
                Err(key_scope(&format!("{provider}/{model}"), &key.allowed_words()))
            }
            _ => Ok(()),
        }
    }

    /// `{provider}/{rest}`: the provider's own API. Paths that we know are metered, all others pass as they are.
    fn native(&mut self, slug: &str, rest: &str, body: Bytes) -> Result<Asked, Refusal> {
        let (headers, controls) = (std::mem::take(&mut self.headers), std::mem::take(&mut self.controls));
        let provider = self.provider(slug)?;
        let message = self.native_message(provider, self.method.clone(), rest, body, headers, controls)?;
        let model = native_model(&message);
        self.demand_scope_model(&provider.slug, &model)?;
        let route = self.snapshot.callee(&self.gateway.account, &provider.slug, &model).route.clone();
        drop(model);
        Ok(self.plain(route, message))
    }

    fn native_message(
        &self,
        provider: &Provider,
        method: Method,
        rest: &str,
        body: Bytes,
        headers: HeaderMap,
        controls: Controls,
    ) -> Result<Box<Message>, Refusal> {
        let rest = crate::identify::without_gateway_keys(rest, self.caller);
        let recognised = provider.recognise(&method, &rest);
        let model = recognised.as_ref().and_then(|known| known.model.clone());
        let known = recognised.filter(|known| known.is_certain || is_conversation(&body));
        if let Some(known) = known {
            let mut message = self.message(known.format, body, headers, controls)?;
            message.stream = known.stream.unwrap_or(message.stream);
            let (operation, is_certain) = (Operation::Chat, known.is_certain);
            message.native = Some(NativeCall { method, rest, model, operation, is_certain });
            return Ok(message);
        }
        let tape = is_json(&headers).then(|| json::scan(&body).ok().map(Document::into_tape)).flatten();
        let stream = tape.as_ref().and_then(|tape| tape.over(&body)?.get("stream")?.as_bool()).unwrap_or(false);
        Ok(Box::new(Message {
            format: None,
            body,
            tape,
            peek: None,
            native: Some(NativeCall { method, rest, model, operation: Operation::Other, is_certain: true }),
            stream,
            headers,
            controls,
            prompt: OnceLock::new(),
        }))
    }

    /// An array of steps, or one step: tried in order, every failure falls through to the next.
    fn universal(&self, body: &Bytes) -> Result<Asked, Refusal> {
        let document = json::scan(body).map_err(|error| json_refusal(&error))?;
        let root = document.root();
        let steps: Vec<json::Value<'_>> = match root.kind() {
            json::Kind::List => root.elements().collect(),
            json::Kind::Object => vec![root],
            _ => return Err(Refusal::body_invalid("", "The body must be a step or a list of steps.")),
        };
        if steps.is_empty() || steps.len() > UNIVERSAL_STEPS_MAX {
            let words = format!("{} steps; 1 to {UNIVERSAL_STEPS_MAX} are allowed.", steps.len());
            return Err(Refusal::body_invalid("", &words));
        }
        if let [only] = steps.as_slice() {
            let step = Step::read(only, body, 0)?;
            if step.is_compat() {
                let headers = self.step_headers(&step);
                let controls = self.step_controls(&step, &headers)?;
                let message = self.message(WireFormat::OpenaiChat, step.query, headers, controls)?;
                demand_messages(&message)?;
                return self.by_model_name(message, &CallForm::Compat);
            }
        }

        let (mut nodes, mut messages) = (Vec::new(), Vec::new());
        for (index, step) in steps.iter().enumerate() {
            let (node, message) = self.step(&Step::read(step, body, index)?)?;
            nodes.push(node);
            messages.push(*message);
        }
        let facts = messages.first().map(|message| self.facts(message)).unwrap_or_default();
        let route = builtin::chain(nodes, &FallbackOn::Any);
        let at: Vec<NodeIx> = route.models().map(|(node, _)| node).collect();
        Ok(Asked {
            route: Arc::new(route),
            live: None,
            facts,
            messages: Messages::PerStep(at.into_iter().zip(messages).collect()),
            is_plain: false,
            tries: tries(&self.controls),
        })
    }

    fn step(&self, step: &Step) -> Result<(ModelNode, Box<Message>), Refusal> {
        let headers = self.step_headers(step);
        let controls = self.step_controls(step, &headers)?;
        let (provider, model, message) = if step.is_compat() {
            let message = self.message(WireFormat::OpenaiChat, step.query.clone(), headers, controls)?;
            demand_messages(&message)?;
            let name = message.peek.as_ref().and_then(|peek| peek.model.clone()).unwrap_or_default();
            if name.starts_with("dynamic/") {
                let words = "A dynamic route has fallbacks of its own: send it as the only step.";
                return Err(Refusal::body_invalid(&format!("{}.query.model", step.index), words));
            }
            let Some((slug, model)) = split_model(&name, false) else {
                return Err(Refusal::model_without_prefix(&name, self.gateway.route(&name).is_some()));
            };
            (self.provider(slug)?, model.to_owned(), message)
        } else {
            let provider = self.provider(&step.provider)?;
            let rest = &step.endpoint;
            let message = self.native_message(provider, Method::POST, rest, step.query.clone(), headers, controls)?;
            let model = native_model(&message).into_owned();
            (provider, model, message)
        };
        self.demand_scope_model(&provider.slug, &model)?;
        let node = ModelNode {
            provider: provider.slug.clone(),
            model: model.into(),
            // The controls hold the request's say too, which a step that says nothing inherits.
            retries: message.controls.max_attempts.map(|attempts| attempts.saturating_sub(1)),
            retry_delay_ms: message.controls.retry_delay_ms,
            backoff: message.controls.backoff,
            byok_alias: message.controls.byok_alias.clone(),
            fallback_on: FallbackOn::Any,
            ..ModelNode::default()
        };
        Ok((node, message))
    }

    /// The step's own headers; the outer request's stay outside, since its credentials are the gateway's.
    fn step_headers(&self, step: &Step) -> HeaderMap {
        let mut headers = step.headers.clone();
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        if let Some(agent) = self.headers.get(header::USER_AGENT) {
            headers.entry(header::USER_AGENT).or_insert(agent.clone());
        }
        headers
    }

    fn step_controls(&self, step: &Step, headers: &HeaderMap) -> Result<Controls, Refusal> {
        let mut all = headers.clone();
        // `config` says the same as the headers, and less prominently.
        for (name, value) in &step.config {
            all.entry(name).or_insert(value.clone());
        }
        self.controls.for_step(&all, self.caller)
    }
}

fn demand_messages(message: &Message) -> Result<(), Refusal> {
    let document = message.document();
    let kind = document.as_ref().and_then(|document| document.get("messages")).map(|messages| messages.kind());
    match kind {
        Some(json::Kind::List) => Ok(()),
        Some(other) => {
            let words = format!("\"messages\" must be a list of messages. Got {}.", other.in_words());
            Err(Refusal::body_invalid("messages", &words))
        }
        None => Err(Refusal::body_invalid("messages", "\"messages\" is missing. Send the conversation as a list.")),
    }
}

fn tries(controls: &Controls) -> TrySettings {
    TrySettings { max_attempts: controls.max_attempts, delay_ms: controls.retry_delay_ms, backoff: controls.backoff }
}

/// One step of a universal request.
struct Step {
    index: usize,
    provider: String,
    endpoint: String,
    headers: HeaderMap,
    config: Vec<(HeaderName, HeaderValue)>,
    query: Bytes,
}

/// `config` keys and the headers that say the same.
const STEP_CONFIG: [(&str, &str); 4] = [
    ("requestTimeout", "cf-aig-request-timeout"),
    ("maxAttempts", "cf-aig-max-attempts"),
    ("retryDelay", "cf-aig-retry-delay"),
    ("backoff", "cf-aig-backoff"),
];

impl Step {
    fn read(value: &json::Value<'_>, body: &Bytes, index: usize) -> Result<Self, Refusal> {
        let text = |name: &str| {
            value.get(name).and_then(|value| value.as_str()).map(std::borrow::Cow::into_owned).ok_or_else(|| {
                Refusal::body_invalid(&format!("{index}.{name}"), &format!("Step {index} needs a \"{name}\", as text."))
            })
        };
        let query = value.get("query").filter(json::Value::is_object).ok_or_else(|| {
            Refusal::body_invalid(
                &format!("{index}.query"),
                &format!("Step {index} needs a \"query\": the body to send."),
            )
        })?;
        let mut headers = HeaderMap::new();
        if let Some(given) = value.get("headers") {
            for member in given.members() {
                step_header(&mut headers, &member.key(), &member.value, index)?;
            }
        }
        // Old clients name the key beside the headers.
        if let Some(authorization) = value.get("authorization") {
            step_header(&mut headers, "authorization", &authorization, index)?;
        }
        let config = value.get("config");
        let config = STEP_CONFIG.iter().filter_map(|(key, name)| {
            let value = config?.get(key)?;
            let text = value.as_str().unwrap_or_else(|| value.raw_str().into());
            Some((HeaderName::from_static(name), HeaderValue::from_str(&text).ok()?))
        });
        Ok(Self {
            index,
            provider: text("provider")?,
            endpoint: text("endpoint")?.trim_start_matches('/').to_owned(),
            headers,
            config: config.collect(),
            query: body.slice(query.range()),
        })
    }

    /// The pseudo-provider through which clients reach the unified API and dynamic routes.
    fn is_compat(&self) -> bool {
        self.provider == "compat"
            && matches!(self.endpoint.trim_start_matches("v1/"), "chat/completions" | "chat/completion")
    }
}

fn step_header(headers: &mut HeaderMap, name: &str, value: &json::Value<'_>, index: usize) -> Result<(), Refusal> {
    // Clients write numbers, flags and objects as they are; on the wire a header is text.
    let text = value.as_str().unwrap_or_else(|| value.raw_str().into());
    match (HeaderName::try_from(name), HeaderValue::from_str(&text)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
            Ok(())
        }
        _ => {
            let words = format!("Header \"{}\" of step {index} isn't a valid header.", name.escape_debug());
            Err(Refusal::body_invalid(&format!("{index}.headers"), &words))
        }
    }
}

/// `{provider}/{model}`, where a model may hold slashes of its own. The account's URLs name authors instead of
/// providers, and Workers AI's models without any.
fn split_model(name: &str, is_account: bool) -> Option<(&str, &str)> {
    if name.starts_with("@cf/") || name.starts_with("@hf/") {
        return is_account.then_some(("workers-ai", name));
    }
    let (author, model) = name.split_once('/').filter(|(author, model)| !author.is_empty() && !model.is_empty())?;
    let provider = if is_account { provider_of_author(author).unwrap_or(author) } else { author };
    Some((provider, model))
}

fn native_model(message: &Message) -> Cow<'_, str> {
    let in_path = message.native.as_ref().and_then(|native| native.model.as_deref());
    let named = in_path.or_else(|| message.peek.as_ref()?.model.as_deref()).map(Cow::Borrowed);
    named
        .or_else(|| Some(message.document()?.get("model")?.as_str()?.chars().take(200).collect::<String>().into()))
        .unwrap_or(Cow::Borrowed("unknown"))
}

/// A path that serves tasks of all kinds takes a conversation when the body holds one.
fn is_conversation(body: &[u8]) -> bool {
    json::scan(body).is_ok_and(|document| document.get("messages").is_some() || document.get("prompt").is_some())
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

fn json_refusal(error: &JsonError) -> Refusal {
    let kind = if error.is_duplicate_key() { RefusalKind::BodyDuplicateKey } else { RefusalKind::BodyInvalidJson };
    Refusal::new(kind, error.sentence())
}

fn key_scope(asked: &str, allowed: &str) -> Refusal {
    Refusal::new(RefusalKind::KeyScope, format!("This key may not use \"{asked}\". Allowed: {allowed}."))
}
