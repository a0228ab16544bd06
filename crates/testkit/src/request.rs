//! What arrived.

use serde::Serialize;
use serde_json::Value;
use waypost_types::WireFormat;

/// One request as it arrived, and what the judge says of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Received {
    /// Counted from 0 since the start or the last reset.
    pub index: u64,
    /// Which connection, counted from 0.
    pub connection: u64,
    /// Over HTTP/2.
    pub http2: bool,
    /// `POST`.
    pub method: String,
    /// Without query.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// In order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text; bytes that are not UTF-8 replaced.
    pub body: String,
    /// The bytes themselves.
    #[serde(skip)]
    pub body_bytes: Vec<u8>,
    /// Parsed, where it is JSON.
    pub json: Option<Value>,
    /// The grammar that path and host imply.
    pub format: Option<WireFormat>,
    /// From body or path.
    pub model: String,
    /// From body or path.
    pub stream: bool,
    /// Header and value, `key` for the query's.
    pub credentials: Vec<(String, String)>,
    /// Name of the script played.
    pub script: String,
    /// What is wrong with it; empty when the vendor would have taken it.
    pub problems: Vec<String>,
    /// Input tokens by the fixed rule.
    pub input_tokens: u64,
    /// Output tokens of the answer, as far as it was sent.
    pub output_tokens: u64,
    /// The answer was written to its end.
    pub finished: bool,
    /// The caller closed before the end.
    pub caller_left: bool,
}

impl Received {
    /// Reads method, target, headers and body into facts.
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        let mut received = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
            credentials: credentials(&headers, query),
            body_bytes: body,
            headers,
            ..Self::default()
        };
        received.stream = json.as_ref().is_some_and(|json| json["stream"] == true);
        received.model = json.as_ref().and_then(|json| json["model"].as_str()).unwrap_or_default().to_owned();
        received.json = json;
        received.read_path();
        received
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The name after `test/` (or `test-`, where a model cannot hold a slash) that picks a script.
    pub fn script_name(&self) -> Option<&str> {
        let from = |mark: &str| {
            let at = self.model.find(mark)?;
            (at == 0 || self.model[..at].ends_with('/')).then(|| &self.model[at + mark.len()..])
        };
        from("test/").or_else(|| from("test-"))
    }

    fn read_path(&mut self) {
        let path = percent_decode(&self.path);
        if path.ends_with("/chat/completions") {
            self.format = Some(WireFormat::OpenaiChat);
            if let Some((_, deployment)) = path.trim_end_matches("/chat/completions").rsplit_once("/deployments/") {
                self.model = deployment.to_owned();
            }
        } else if path.ends_with("/messages") {
            self.format = Some(WireFormat::AnthropicMessages);
        } else if let Some((before, method)) = path.rsplit_once(':')
            && matches!(method, "generateContent" | "streamGenerateContent")
        {
            self.format = Some(WireFormat::GeminiGenerateContent);
            self.stream = method == "streamGenerateContent";
            self.model = before.split_once("models/").map_or(before, |(_, model)| model).to_owned();
        } else if let Some(at) = path.find("/@cf/").or_else(|| path.find("/@hf/")) {
            self.format = Some(WireFormat::WorkersAi);
            self.model = path[at + 1..].to_owned();
        }
    }
}

fn credentials(headers: &[(String, String)], query: &str) -> Vec<(String, String)> {
    let names = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];
    let in_headers = headers.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned();
    let in_query = query.split('&').filter_map(|pair| pair.strip_prefix("key="));
    in_headers.chain(in_query.map(|key| ("key".to_owned(), key.to_owned()))).collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match tail.get(..2).filter(|_| *byte == b'%').and_then(hex) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_models_and_scripts_are_read_from_paths() {
        for (target, body, format, model, stream, script) in [
            ("/v1/chat/completions", r#"{"model":"test/500"}"#, WireFormat::OpenaiChat, "test/500", false, Some("500")),
            (
                "/x/v1beta/models/test%2Fslow:streamGenerateContent?alt=sse&key=k",
                "{}",
                WireFormat::GeminiGenerateContent,
                "test/slow",
                true,
                Some("slow"),
            ),
            (
                "/v1/projects/p/locations/l/publishers/google/models/test-ok:generateContent",
                "{}",
                WireFormat::GeminiGenerateContent,
                "test-ok",
                false,
                Some("ok"),
            ),
            (
                "/ai/run/@cf/test/reset",
                r#"{"stream":true}"#,
                WireFormat::WorkersAi,
                "@cf/test/reset",
                true,
                Some("reset"),
            ),
            (
                "/v1/messages",
                r#"{"model":"claude-latest-1"}"#,
                WireFormat::AnthropicMessages,
                "claude-latest-1",
                false,
                None,
            ),
            (
                "/openai/deployments/test-429/chat/completions?api-version=1",
                "{}",
                WireFormat::OpenaiChat,
                "test-429",
                false,
                Some("429"),
            ),
        ] {
            let received = Received::new("POST", target, Vec::new(), body.as_bytes().to_vec());
            assert_eq!(
                (received.format, received.model.as_str(), received.stream, received.script_name()),
                (Some(format), model, stream, script),
                "{target}"
            );
        }
    }
}
