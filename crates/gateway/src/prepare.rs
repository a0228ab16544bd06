//! One upstream call, made ready: provider, key, address, body in the provider's format, headers that may travel. Here,
//! and only here, a stored key is opened.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use waypost_graph::ModelNode;
use waypost_types::{Fault, FaultClass, Secret, WireFormat};
use waypost_upstream::catalogue::{Place, StoredKey, Target, auth::CREDENTIAL_HEADERS};
use waypost_wire::{
    formats::{self, Losses},
    json::Splice,
};

use crate::{
    Refusal,
    decode::{Asked, Message},
    identify::Caller,
    refusal::RefusalKind,
    snapshot::{Gateway, Provider},
};

/// A call that is ready to go.
pub struct Prepared {
    /// Who is called.
    pub provider: Arc<Provider>,
    /// Where; `None` for the built-in provider.
    pub target: Option<Target>,
    /// What is sent.
    pub request: Request<Bytes>,
    /// How the answer passes.
    pub manner: Manner,
    /// The answer is a conversation for sure.
    pub is_certain: bool,
    /// A stream was asked for.
    pub stream: bool,
    /// The caller asked for usage at the end of the stream.
    pub includes_usage: bool,
    /// A stored key was used: its alias.
    pub stored_alias: Option<String>,
    /// Keys that no message may repeat (A81).
    pub secrets: Arc<[Secret]>,
    /// What the request's conversion could not carry.
    pub losses: Losses,
}

/// How an answer passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The caller's own format.
    Same {
        /// The format.
        format: WireFormat,
        /// We asked for the usage-only event: the caller did not.
        withhold_usage_only: bool,
    },
    /// The provider speaks another format.
    Translated {
        /// The provider's.
        from: WireFormat,
        /// The caller's.
        to: WireFormat,
    },
    /// Nothing that we read.
    Opaque,
}

/// Why a call could not be made ready.
pub struct Unready {
    /// What the walk is told.
    pub fault: Fault,
    /// What a plain call answers instead of the usual words.
    pub refusal: Option<Box<Refusal>>,
}

impl From<Fault> for Unready {
    fn from(fault: Fault) -> Self {
        Self { fault, refusal: None }
    }
}

/// Everything that preparing reads.
pub struct Workbench<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// What is asked.
    pub asked: &'a Asked,
    /// What to send.
    pub message: &'a Message,
    /// The model's element.
    pub node: &'a ModelNode,
}

struct Key<'a> {
    /// Signs the request; `None` where the caller's own headers travel as they are, or none is needed.
    token: Option<Secret>,
    stored: Option<(&'a str, &'a StoredKey)>,
    /// The caller's own keys that travel in headers.
    travelling: Vec<Secret>,
}

impl Workbench<'_> {
    /// Makes the call ready.
    ///
    /// # Errors
    /// No key, an address that the configuration does not allow, a request that the provider's format cannot say.
    pub fn prepare(&self, provider: &Arc<Provider>) -> Result<Prepared, Unready> {
        if self.message.native.is_none() && !provider.upstream.is_mock() && !provider.upstream.is_compat() {
            return Err(self.native_only(provider));
        }
        let key = self.key(provider)?;
        static NOWHERE: Place = Place::NONE;
        let place = key.stored.map_or(&NOWHERE, |(_, stored)| &stored.place);
        let written = self.write(provider, place)?;
        let target = match (&written.rest, provider.upstream.is_mock()) {
            (_, true) => None,
            (rest, false) => Some(provider.upstream.target(rest, place).map_err(Fault::from)?),
        };
        let mut headers = self.headers(&written.manner, provider);
        let mut secrets = key.travelling;
        if let Some(token) = &key.token {
            provider.upstream.spec.auth.sign(&mut headers, token)?;
            secrets.push(token.clone());
        }
        let mut request = Request::new(written.body);
        *request.method_mut() = self.message.native.as_ref().map_or(Method::POST, |native| native.method.clone());
        if let Some(target) = &target {
            *request.uri_mut() = Uri::from(target.path.clone());
        }
        *request.headers_mut() = headers;
        Ok(Prepared {
            target,
            request,
            manner: written.manner,
            is_certain: self.message.native.as_ref().is_none_or(|native| native.is_certain),
            stream: self.message.stream,
            includes_usage: self.message.peek.as_ref().is_some_and(|peek| peek.includes_usage),
            stored_alias: key.stored.map(|(alias, _)| alias.to_owned()),
            secrets: secrets.into(),
            losses: written.losses,
            provider: provider.clone(),
        })
    }

    /// The caller's own key first, then the stored one; in a route the other way round, since nothing says for which of
    /// its providers the caller's key is.
    fn key(&self, provider: &Provider) -> Result<Key<'_>, Unready> {
        let travelling = self.travelling_credentials();
        if !travelling.is_empty() {
            return Ok(Key { token: None, stored: None, travelling });
        }
        let own = self.own_token(provider);
        let controls = &self.message.controls;
        let alias = controls.byok_alias.as_deref().or(self.node.byok_alias.as_deref());
        let is_route = self.asked.live.is_some();
        let may_use_stored = self.caller.may_use_stored_keys(self.gateway);
        let stored = may_use_stored.then(|| self.gateway.provider_key(&provider.slug, alias)).flatten();

        if let (Some(token), true) = (&own, !is_route || stored.is_none()) {
            return Ok(Key { token: Some(token.clone()), stored: None, travelling });
        }
        match stored {
            Some(found) => match &found.key {
                // Opened here to sign the request to its provider.
                Some(key) => Ok(Key { token: Some(key.secret.clone()), stored: Some((&found.alias, key)), travelling }),
                None => {
                    let words = format!("the stored key \"{}\" of {} can't be decrypted", found.alias, provider.name());
                    Err(Fault::new(FaultClass::KeyUnusable, words).into())
                }
            },
            None if provider.is_keyless => Ok(Key { token: None, stored: None, travelling }),
            None => Err(self.no_key(provider, alias.filter(|_| may_use_stored))),
        }
    }

    fn no_key(&self, provider: &Provider, alias: Option<&str>) -> Unready {
        let aliases = self.gateway.provider_key_aliases(&provider.slug);
        let refusal = match alias {
            Some(alias) if !aliases.is_empty() => {
                let words = format!(
                    "No key named \"{alias}\" is stored for {}. Stored: {}.",
                    provider.name(),
                    aliases.join(", ")
                );
                Refusal::new(RefusalKind::ByokAliasUnknown, words).param("cf-aig-byok-alias")
            }
            _ if !self.caller.may_use_stored_keys(self.gateway) => {
                let words = format!(
                    "This gateway has no authentication, so that stored keys stay unused. Send your own key for {}.",
                    provider.name()
                );
                Refusal::new(RefusalKind::ProviderNoKey, words)
            }
            _ => Refusal::new(
                RefusalKind::ProviderNoKey,
                format!("No key is stored for {}. Add one under Providers.", provider.name()),
            ),
        };
        Unready { fault: Fault::new(FaultClass::NoKey, refusal.message.clone()), refusal: Some(Box::new(refusal)) }
    }

    /// A route over several providers does not say for which of them the caller's key is, so that none gets it (D15).
    fn names_one_provider(&self) -> bool {
        self.asked.live.is_none() || self.asked.route.models().all(|(_, model)| model.provider == self.node.provider)
    }

    fn native_only(&self, provider: &Provider) -> Unready {
        let words = format!("{} can only be called by its own paths (…/{}/…)", provider.name(), provider.slug);
        Fault::new(FaultClass::Inexpressible, words).into()
    }

    /// In a provider's own API the caller's credential headers travel as they are, whichever of them the provider reads: a
    /// stored key beside them would be the one that pays.
    fn travelling_credentials(&self) -> Vec<Secret> {
        if self.message.native.is_none() {
            return Vec::new();
        }
        let travels = |(name, value): (&HeaderName, &HeaderValue)| -> Option<Secret> {
            if !is_credential(name) || self.caller.keeps(name, value) {
                return None;
            }
            let text = value.to_str().ok()?.trim();
            let token = text.split_once(' ').map_or(text, |(_, token)| token).trim();
            (!token.is_empty()).then(|| Secret::new(token.to_owned()))
        };
        self.message.headers.iter().filter_map(travels).collect()
    }

    /// The provider key that came with the request: in the provider's own header, or, where the caller speaks OpenAI's
    /// format to all providers, in `Authorization`.
    fn own_token(&self, provider: &Provider) -> Option<Secret> {
        if !self.names_one_provider() {
            return None;
        }
        let scheme = &provider.upstream.spec.auth;
        let value = |name: &str| {
            let name = HeaderName::try_from(name).ok()?;
            let value = self.message.headers.get(&name).filter(|value| !self.caller.keeps(&name, value))?;
            Some(value.to_str().ok()?.trim().to_owned())
        };
        if !scheme.header.is_empty()
            && let Some(text) = value(&scheme.header)
        {
            let token = text.split_once(' ').map_or(text.as_str(), |(_, token)| token.trim());
            return (!token.is_empty()).then(|| Secret::new(token.to_owned()));
        }
        let text = value("authorization")?;
        let token = text.split_once(' ').map_or(text.as_str(), |(_, token)| token.trim());
        (!token.is_empty()).then(|| Secret::new(token.to_owned()))
    }
}

/// The body as it is sent.
struct Written<'a> {
    rest: Cow<'a, str>,
    body: Bytes,
    manner: Manner,
    losses: Losses,
}

impl Workbench<'_> {
    fn write(&self, provider: &Provider, place: &Place) -> Result<Written<'_>, Unready> {
        match (&self.message.native, self.message.format) {
            (Some(native), None) => Ok(Written {
                rest: Cow::Borrowed(&native.rest),
                body: self.message.body.clone(),
                manner: Manner::Opaque,
                losses: Losses::default(),
            }),
            (Some(native), Some(format)) => {
                let (body, withhold_usage_only) = self.splice(provider, format, None);
                let manner = Manner::Same { format, withhold_usage_only };
                Ok(Written { rest: Cow::Borrowed(&native.rest), body, manner, losses: Losses::default() })
            }
            (None, format) => self.write_chat(provider, place, format.unwrap_or(WireFormat::OpenaiChat)),
        }
    }

    fn write_chat(&self, provider: &Provider, place: &Place, to: WireFormat) -> Result<Written<'_>, Unready> {
        let model = &*self.node.model;
        if provider.upstream.is_mock() {
            return self.write_for(provider, Cow::Borrowed(""), WireFormat::OpenaiChat, to, model);
        }
        let Some(api) = provider.upstream.chat_for(to) else { return Err(self.native_only(provider)) };
        let rest = api.rest(model, self.message.stream, place).map_err(Fault::from)?;
        self.write_for(provider, rest, api.format, to, model)
    }

    fn write_for(
        &self,
        provider: &Provider,
        rest: Cow<'static, str>,
        from: WireFormat,
        to: WireFormat,
        model: &str,
    ) -> Result<Written<'_>, Unready> {
        let is_foreign = from == to && formats::carries_foreign_thoughts(to, &self.message.body, model);
        if is_foreign {
            // Another provider's signed thoughts: this one would refuse the body as it is.
            let includes_usage = self.message.peek.as_ref().is_some_and(|peek| peek.includes_usage);
            let (body, losses) = self.rewrite(provider, from, to, model)?;
            let withhold_usage_only = to == WireFormat::OpenaiChat && self.message.stream && !includes_usage;
            return Ok(Written { rest, body, manner: Manner::Same { format: to, withhold_usage_only }, losses });
        }
        if from == to {
            let (body, withhold_usage_only) = self.splice(provider, to, Some(model));
            let manner = Manner::Same { format: to, withhold_usage_only };
            return Ok(Written { rest, body, manner, losses: Losses::default() });
        }
        let (body, losses) = self.rewrite(provider, from, to, model)?;
        Ok(Written { rest, body, manner: Manner::Translated { from, to }, losses })
    }

    /// The request read and written anew in the provider's format.
    fn rewrite(
        &self,
        provider: &Provider,
        from: WireFormat,
        to: WireFormat,
        model: &str,
    ) -> Result<(Bytes, Losses), Unready> {
        let (body, losses) = if self.node.parameters.is_empty() {
            let prompt = self.message.prompt().map_err(inexpressible)?;
            formats::encode_request(from, prompt, model, self.message.stream)
        } else {
            let (spliced, _) = self.splice(provider, to, Some(model));
            let prompt = formats::decode_request(to, &spliced).map_err(|error| {
                inexpressible(Refusal::body_invalid(&error.path, &format!("The body can't be read: {error}.")))
            })?;
            formats::encode_request(from, &prompt, model, self.message.stream)
        };
        Ok((body.into(), losses))
    }

    /// The caller's own bytes with what must change spliced in; every other byte stays (I6). The second value says that
    /// the usage-only event at the end of the stream is ours to withhold.
    fn splice(&self, provider: &Provider, format: WireFormat, model: Option<&str>) -> (Bytes, bool) {
        let Some(document) = self.message.document() else { return (self.message.body.clone(), false) };
        let mut splice = Splice::new(&document);
        let named = self.message.peek.as_ref().and_then(|peek| peek.model.as_deref());
        let names_model_in_body = matches!(format, WireFormat::OpenaiChat | WireFormat::AnthropicMessages);
        match model {
            Some(model) if names_model_in_body && named != Some(model) => splice.set_text(&["model"], model),
            // Elsewhere the URL names it, and a second name is one too many.
            Some(_) if !names_model_in_body && named.is_some() => splice.remove(&["model"]),
            _ => {}
        }
        if !self.node.parameters.is_empty() {
            splice.merge(&self.node.parameters);
        }
        let wants_usage = format == WireFormat::OpenaiChat
            && self.message.stream
            && self.message.peek.as_ref().is_some_and(|peek| !peek.includes_usage)
            && provider.upstream.spec.quirks.stream_options;
        if wants_usage {
            splice.set(&["stream_options", "include_usage"], "true");
        }
        let body = if splice.is_empty() { self.message.body.clone() } else { Bytes::from(splice.apply()) };
        (body, wants_usage)
    }

    /// All headers but hop-by-hop, routing and gateway ones (rule S10). A translated body starts afresh: the caller's
    /// headers were meant for another API.
    fn headers(&self, manner: &Manner, provider: &Provider) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.message.headers.len() + 4);
        let is_translated = matches!(manner, Manner::Translated { .. });
        let is_native = self.message.native.is_some();
        for (name, value) in &self.message.headers {
            let travels = if is_translated {
                matches!(*name, header::USER_AGENT) || matches!(name.as_str(), "traceparent" | "tracestate")
            } else {
                travels(name) && (is_native || !is_credential(name))
            };
            if travels && !self.caller.keeps(name, value) {
                headers.append(name.clone(), value.clone());
            }
        }
        for (name, value) in &provider.extra_headers {
            headers.insert(name.clone(), value.clone());
        }
        for (name, value) in provider.upstream.spec.headers {
            headers.entry(*name).or_insert(HeaderValue::from_static(value));
        }
        if !matches!(manner, Manner::Opaque) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        // What is metered, translated or masked must come in the clear.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers
    }
}

fn inexpressible(refusal: Refusal) -> Unready {
    Unready { fault: Fault::new(FaultClass::Inexpressible, refusal.message.clone()), refusal: Some(Box::new(refusal)) }
}

fn is_credential(name: &HeaderName) -> bool {
    CREDENTIAL_HEADERS.contains(&name.as_str())
}

/// May this request header go to a provider? The body has been decompressed and is framed anew.
fn travels(name: &HeaderName) -> bool {
    let is_hop = matches!(
        *name,
        header::HOST
            | header::CONTENT_LENGTH
            | header::CONTENT_ENCODING
            | header::TRANSFER_ENCODING
            | header::CONNECTION
            | header::TE
            | header::TRAILER
            | header::UPGRADE
            | header::EXPECT
            | header::PROXY_AUTHORIZATION
            | header::PROXY_AUTHENTICATE
            | header::COOKIE
            | header::FORWARDED
    );
    let text = name.as_str();
    let is_ours = text.starts_with("cf-")
        || text.starts_with("waypost-")
        || text.starts_with("x-forwarded-")
        || matches!(text, "keep-alive" | "proxy-connection" | "x-real-ip");
    !is_hop && !is_ours
}

/// May this answer header go to the caller? (Rule S10.)
pub fn returns(name: &HeaderName) -> bool {
    let is_hop = matches!(
        *name,
        header::CONNECTION
            | header::TRANSFER_ENCODING
            | header::CONTENT_LENGTH
            | header::TE
            | header::TRAILER
            | header::UPGRADE
            | header::PROXY_AUTHENTICATE
            | header::SET_COOKIE
    );
    let text = name.as_str();
    let is_ours = text.starts_with("cf-aig-") || text.starts_with("waypost-");
    !is_hop && !is_ours && !matches!(text, "keep-alive" | "proxy-connection" | "alt-svc") && !is_credential(name)
}
