//! Turns a script and a request into what goes out: a head, and pieces of body with pauses.

use std::io::Write;

use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};

use crate::{
    request::Received,
    said::{Said, error, nth_token},
    script::{Cut, Encoding, Framing, LineEnding, Script},
};

/// An answer ready to be written.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Status.
    pub status: u16,
    /// Names in lower case, without framing.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub parts: Vec<Part>,
    /// A length is announced (`true`) or chunks are sent.
    pub has_length: bool,
    /// How it breaks off after the parts.
    pub cut: Option<Cut>,
    /// Input tokens, if there is an answer of 2xx.
    pub input_tokens: u64,
}

/// Bytes that are written together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Milliseconds to wait before.
    pub pause_ms: u64,
    /// What is written.
    pub bytes: Vec<u8>,
    /// Output tokens that end in it.
    pub tokens: u64,
}

/// Plays a script.
pub fn play(script: &Script, received: &Received) -> Performance {
    let is_success = (200..300).contains(&script.status);
    let said = received
        .format
        .filter(|_| is_success && script.body.is_none())
        .map(|format| (Said::to(received, script), format));
    let is_stream = received.stream && said.is_some();
    let is_sse =
        received.format != Some(waypost_types::WireFormat::GeminiGenerateContent) || received.query.contains("alt=sse");
    let (mut parts, input_tokens) = match &said {
        Some((said, format)) if is_stream => (stream(said, *format, script, is_sse), said.input_tokens),
        Some((said, format)) => {
            let body = said.whole(*format, script).to_string().into_bytes();
            (vec![Part { pause_ms: 0, bytes: body, tokens: said.output_tokens }], said.input_tokens)
        }
        None => (vec![Part { pause_ms: 0, bytes: other_body(script, received), tokens: 0 }], 0),
    };

    let mut headers = vec![
        (
            "content-type".to_owned(),
            if is_stream && is_sse { "text/event-stream" } else { "application/json" }.to_owned(),
        ),
        ("x-request-id".to_owned(), format!("req-{}", received.index)),
    ];
    if let Some(name) = encode(&mut parts, &script.encoding) {
        headers.push(("content-encoding".to_owned(), name));
    }
    for (name, value) in &script.headers {
        headers.retain(|(known, _)| known != &name.to_ascii_lowercase());
        headers.push((name.to_ascii_lowercase(), value.clone()));
    }
    cut_bytes(&mut parts, script.cut.and_then(|cut| cut.after_bytes));
    let mut parts = split(parts, script);
    if let Some(first) = parts.first_mut() {
        first.pause_ms = script.delay_ms.first_event;
    }
    Performance {
        status: script.status,
        has_length: !is_stream && script.framing != Framing::BrokenChunk,
        cut: script.cut,
        headers,
        parts,
        input_tokens,
    }
}

fn stream(said: &Said, format: waypost_types::WireFormat, script: &Script, is_sse: bool) -> Vec<Part> {
    let mut pieces = said.pieces(format, script, is_sse);
    // A tool call has no words; it is said once the stream is.
    if said.words.is_empty()
        && let Some(last) = pieces.last_mut()
    {
        last.tokens = said.output_tokens;
    }
    if let Some(count) = script.cut.and_then(|cut| cut.after_pieces)
        && let Some(at) = nth_token(&pieces, count)
    {
        pieces.truncate(at);
    }
    let ending = match script.line_ending {
        LineEnding::Lf => None,
        LineEnding::CrLf => Some("\r\n"),
        LineEnding::Cr => Some("\r"),
    };
    let part = |piece: crate::said::Piece| {
        let text = match ending {
            Some(ending) => piece.text.replace("\r\n", "\n").replace('\n', ending),
            None => piece.text,
        };
        Part { pause_ms: script.delay_ms.between, bytes: text.into_bytes(), tokens: piece.tokens }
    };
    pieces.into_iter().map(part).collect()
}

fn other_body(script: &Script, received: &Received) -> Vec<u8> {
    if let Some(body) = &script.body {
        return body.clone().into_bytes();
    }
    if (200..300).contains(&script.status) {
        return serde_json::json!({"object": "test", "method": received.method, "path": received.path})
            .to_string()
            .into_bytes();
    }
    let usual = format!("the test provider answers {}", script.status);
    let message = script.error_message.as_deref().unwrap_or(&usual);
    error(received.format, script.status, message).to_string().into_bytes()
}

fn encode(parts: &mut Vec<Part>, encoding: &Encoding) -> Option<String> {
    let (name, bytes) = match encoding {
        Encoding::Identity => return None,
        Encoding::Named(name) => return Some(name.clone()),
        Encoding::Gzip => ("gzip", gzip(&whole(parts))),
        Encoding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder
                .write_all(&whole(parts))
                .and_then(|()| encoder.finish())
                .map_or(("deflate", Vec::new()), |bytes| ("deflate", bytes))
        }
        Encoding::BrokenGzip => {
            let mut bytes = gzip(&whole(parts));
            bytes.truncate(bytes.len() / 2);
            ("gzip", bytes)
        }
        Encoding::Bomb(mib) => ("gzip", gzip(&vec![0; mib << 20])),
    };
    let tokens = parts.iter().map(|part| part.tokens).sum();
    *parts = vec![Part { pause_ms: 0, bytes, tokens }];
    Some(name.to_owned())
}

fn whole(parts: &[Part]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.bytes.iter().copied()).collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn cut_bytes(parts: &mut Vec<Part>, after: Option<usize>) {
    let Some(mut left) = after else { return };
    parts.retain_mut(|part| {
        let keeps = left.min(part.bytes.len());
        if keeps < part.bytes.len() {
            part.tokens = 0;
        }
        part.bytes.truncate(keeps);
        left -= keeps;
        keeps > 0
    });
}

/// Cuts parts where the script wants separate writes; a millisecond apart, so that they arrive as such.
fn split(parts: Vec<Part>, script: &Script) -> Vec<Part> {
    if script.split_at.is_empty() && script.drip.is_none() {
        return parts;
    }
    let mut offset = 0;
    let mut pieces = Vec::new();
    for part in parts {
        let length = part.bytes.len();
        let mut cuts: Vec<usize> = script
            .split_at
            .iter()
            .filter_map(|at| at.checked_sub(offset))
            .filter(|at| *at > 0 && *at < length)
            .collect();
        if let Some(drip) = script.drip {
            cuts.extend((drip.bytes.max(1)..length).step_by(drip.bytes.max(1)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let between_ms = script.drip.map_or(1, |drip| drip.every_ms);
        let mut from = 0;
        for to in cuts.into_iter().chain([length]) {
            let pause_ms = if from == 0 { part.pause_ms } else { between_ms };
            let tokens = if to == length { part.tokens } else { 0 };
            pieces.push(Part { pause_ms, bytes: part.bytes[from..to].to_vec(), tokens });
            from = to;
        }
        offset += length;
    }
    pieces
}
