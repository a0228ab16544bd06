//! One connection, and as much of HTTP/1.1 as answers to it need.

use std::{net::SocketAddr, time::Instant};

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Expect;
use crate::upstream::{ANSWER_ID, EVENTS};

pub(super) struct Connection {
    stream: TcpStream,
    /// Received and not yet used.
    bytes: Vec<u8>,
    body: Vec<u8>,
}

enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, bytes: Vec::with_capacity(32 * 1024), body: Vec::with_capacity(32 * 1024) })
    }

    /// Sends the request and reads its whole answer; when the first byte of the body came.
    pub(super) async fn exchange(&mut self, request: &[u8], expect: Expect) -> Result<Instant, String> {
        self.stream.write_all(request).await.map_err(|error| format!("send: {error}"))?;
        let (status, framing) = self.head().await?;
        self.body.clear();
        if self.bytes.is_empty() {
            self.more().await?;
        }
        let first = Instant::now();
        match framing {
            Framing::Length(length) => self.take(length).await?,
            Framing::Chunked => self.chunks().await?,
        }
        verify(status, &self.body, expect)?;
        Ok(first)
    }

    async fn head(&mut self) -> Result<(u16, Framing), String> {
        let end = loop {
            if let Some(end) = memmem::find(&self.bytes, b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = std::str::from_utf8(self.bytes.get(..end).unwrap_or_default()).map_err(|_| "head is no text")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let status = status.ok_or("no status")?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let mut framing = None;
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("content-length") {
                framing = value.trim().parse().ok().map(Framing::Length);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                framing = Some(Framing::Chunked);
            }
        }
        let framing = framing.ok_or("an answer without a length")?;
        self.bytes.drain(..end + 4);
        Ok((status, framing))
    }

    async fn chunks(&mut self) -> Result<(), String> {
        let mut at = 0;
        loop {
            let line = loop {
                let rest = self.bytes.get(at..).unwrap_or_default();
                match memmem::find(rest, b"\r\n") {
                    Some(end) => break end,
                    None => self.more().await?,
                }
            };
            let size = self.bytes.get(at..at + line).and_then(|size| std::str::from_utf8(size).ok());
            let size = size.and_then(|size| usize::from_str_radix(size.trim(), 16).ok()).ok_or("chunk size")?;
            let (begin, end) = (at + line + 2, at + line + 2 + size);
            while self.bytes.len() < end + 2 {
                self.more().await?;
            }
            self.body.extend_from_slice(self.bytes.get(begin..end).unwrap_or_default());
            at = end + 2;
            if size == 0 {
                self.bytes.drain(..at);
                return Ok(());
            }
        }
    }

    async fn take(&mut self, length: usize) -> Result<(), String> {
        while self.bytes.len() < length {
            self.more().await?;
        }
        self.body.extend(self.bytes.drain(..length));
        Ok(())
    }

    async fn more(&mut self) -> Result<(), String> {
        match self.stream.read_buf(&mut self.bytes).await {
            Ok(0) => Err("closed in the middle of an answer".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("receive: {error}")),
        }
    }
}

fn verify(status: u16, body: &[u8], expect: Expect) -> Result<(), String> {
    let is_right = match expect {
        Expect::Plain => memmem::find(body, ANSWER_ID.as_bytes()).is_some() && body.ends_with(b"}"),
        Expect::Stream => memmem::find_iter(body, b"data: {").count() == EVENTS && body.ends_with(b"data: [DONE]\n\n"),
    };
    if status == 200 && is_right {
        return Ok(());
    }
    let text = String::from_utf8_lossy(body);
    Err(format!("status {status}, {} bytes: {}", body.len(), text.chars().take(300).collect::<String>()))
}
