//! The provider: it reads a request and answers with bytes that were prepared at start, so that it costs next to nothing.
//!
//! A body with `"stream":true` gets 50 events, each in an HTTP chunk of its own; with `"user":"paced"` they come one by one.
//! Asked for `include_usage`, it sends the usage in an event of its own, as OpenAI does.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Result;
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Events with text in a stream.
pub(crate) const EVENTS: usize = 50;
/// The id in every answer, by which callers know it.
pub(crate) const ANSWER_ID: &str = "chatcmpl-bench";

/// Requests larger than this are a mistake of the bench.
const REQUEST_BYTES_MAX: usize = 1 << 20;

struct Answers {
    plain: Vec<u8>,
    /// Head and chunks of a stream, without and with the usage event.
    streams: [Vec<Vec<u8>>; 2],
    ready: [Vec<u8>; 2],
    pace: Duration,
}

pub(crate) fn serve(listen: SocketAddr, pace_ms: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move { accept(TcpListener::bind(listen).await?, pace_ms).await })
}

/// Answers every connection, for ever.
pub(crate) async fn accept(listener: TcpListener, pace_ms: u64) -> Result<()> {
    let answers = Arc::new(Answers::new(Duration::from_millis(pace_ms)));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = answers.clone();
        tokio::spawn(async move {
            // A caller that leaves ends its connection, nothing else.
            let _ = answer_all(stream, &answers).await;
        });
    }
}

async fn answer_all(mut stream: TcpStream, answers: &Answers) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(16 * 1024);
    loop {
        let Some((head, total)) = read_request(&mut stream, &mut bytes).await? else { return Ok(()) };
        let body = bytes.get(head..total).unwrap_or_default();
        let has = |needle: &[u8]| memmem::find(body, needle).is_some();
        if has(b"\"stream\":true") {
            let with_usage = usize::from(has(b"\"include_usage\":true"));
            if has(b"\"user\":\"paced\"") {
                answers.pace_out(&mut stream, with_usage).await?;
            } else if let Some(ready) = answers.ready.get(with_usage) {
                stream.write_all(ready).await?;
            }
        } else {
            stream.write_all(&answers.plain).await?;
        }
        bytes.drain(..total);
    }
}

/// Reads until a request is whole; where its head and the request end. `None` when the caller has gone.
async fn read_request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<Option<(usize, usize)>> {
    loop {
        if let Some(end) = memmem::find(bytes, b"\r\n\r\n") {
            let head = end + 4;
            let total = head + content_length(bytes.get(..end).unwrap_or_default());
            if bytes.len() >= total {
                return Ok(Some((head, total)));
            }
        }
        if bytes.len() > REQUEST_BYTES_MAX || stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let lines = head.split(|&byte| byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    let mut values = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    values.next().unwrap_or(0)
}

impl Answers {
    fn new(pace: Duration) -> Self {
        let streams = [stream(false), stream(true)];
        Self { plain: plain(), ready: [streams[0].concat(), streams[1].concat()], streams, pace }
    }

    async fn pace_out(&self, stream: &mut TcpStream, with_usage: usize) -> std::io::Result<()> {
        let parts = self.streams.get(with_usage).map(Vec::as_slice).unwrap_or_default();
        for (index, part) in parts.iter().enumerate() {
            if index > 1 {
                tokio::time::sleep(self.pace).await;
            }
            stream.write_all(part).await?;
        }
        Ok(())
    }
}

fn plain() -> Vec<u8> {
    let content = "Measured words, one after another, until there are enough of them. ".repeat(10);
    let body = format!(
        "{{\"id\":\"{ANSWER_ID}\",\"object\":\"chat.completion\",\"created\":1763700000,\"model\":\"gpt-4o-mini-2024-07-18\",\
         \"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{content}\",\"refusal\":null}},\
         \"logprobs\":null,\"finish_reason\":\"stop\"}}],\
         \"usage\":{{\"prompt_tokens\":120,\"completion_tokens\":140,\"total_tokens\":260,\
         \"prompt_tokens_details\":{{\"cached_tokens\":0}},\"completion_tokens_details\":{{\"reasoning_tokens\":0}}}},\
         \"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\"}}"
    );
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// Head, then chunks.
fn stream(with_usage: bool) -> Vec<Vec<u8>> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut parts = vec![head.as_bytes().to_vec()];
    for index in 0..EVENTS {
        let choice = if index + 1 == EVENTS {
            "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}".to_owned()
        } else {
            format!(
                "{{\"index\":0,\"delta\":{{\"content\":\" word{index}\"}},\"logprobs\":null,\"finish_reason\":null}}"
            )
        };
        parts.push(chunk(&event(&format!("[{choice}]"), "null")));
    }
    if with_usage {
        let usage = "{\"prompt_tokens\":120,\"completion_tokens\":49,\"total_tokens\":169}";
        parts.push(chunk(&event("[]", usage)));
    }
    parts.push([chunk("data: [DONE]\n\n"), b"0\r\n\r\n".to_vec()].concat());
    parts
}

fn event(choices: &str, usage: &str) -> String {
    format!(
        "data: {{\"id\":\"{ANSWER_ID}\",\"object\":\"chat.completion.chunk\",\"created\":1763700000,\
         \"model\":\"gpt-4o-mini-2024-07-18\",\"system_fingerprint\":\"fp_bench\",\"choices\":{choices},\"usage\":{usage}}}\n\n"
    )
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}
