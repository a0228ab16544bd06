//! A plain HTTP/1.1 client: one connection per call, so that dropping a call is what a caller that leaves looks like.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// No call of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that is being written.
#[derive(Clone, Debug)]
pub struct Call {
    address: SocketAddr,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// A request without headers and body.
    pub fn new(address: SocketAddr, method: Method, path: impl Into<String>) -> Self {
        Self { address, method, path: path.into(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Adds a header, once more when it is there already.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header name");
        self.headers.append(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// Takes a header away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// `cf-aig-metadata`.
    #[must_use]
    pub fn metadata(self, metadata: &Value) -> Self {
        self.header("cf-aig-metadata", &metadata.to_string())
    }

    /// Another API key than the usual one.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.without("authorization").header("authorization", &format!("Bearer {key}"))
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }

    /// A body of any bytes; of type JSON unless a header says otherwise.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        self
    }

    /// Sends it and reads the whole answer.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// Sends it and reads the whole answer; an error when the connection does not give one.
    pub async fn try_send(self) -> Result<Answer, hyper::Error> {
        self.open_checked().await?.try_rest().await
    }

    /// Sends it and waits for the head of the answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn open(self) -> OpenAnswer {
        self.open_checked().await.expect("an answer")
    }

    /// The same; `None` when nobody listens, or nobody answers.
    pub async fn try_open(self) -> Option<OpenAnswer> {
        let stream = TcpStream::connect(self.address).await.ok()?;
        self.open_over(stream).await.ok()
    }

    async fn open_checked(self) -> Result<OpenAnswer, hyper::Error> {
        let stream = TcpStream::connect(self.address).await.expect("the gateway listens");
        self.open_over(stream).await
    }

    async fn open_over(self, stream: TcpStream) -> Result<OpenAnswer, hyper::Error> {
        let host = self.address.to_string();
        stream.set_nodelay(true).expect("a socket takes options");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = Connection(tokio::spawn(async move {
            // What goes wrong here is told to whoever waits for the answer.
            let _ = connection.await;
        }));
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers;
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::try_from(host).expect("a host"));
        let response = patiently(sender.send_request(request)).await?;
        let (parts, body) = response.into_parts();
        Ok(OpenAnswer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            pending: Vec::new(),
            connection,
            sender,
        })
    }
}

/// Closes the connection when dropped.
#[derive(Debug)]
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An answer whose body is still coming. Dropping it closes the connection.
#[derive(Debug)]
pub struct OpenAnswer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    body: Incoming,
    pending: Vec<u8>,
    connection: Connection,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl OpenAnswer {
    /// The next piece of the body; `None` at its end, or where the connection broke.
    pub async fn piece(&mut self) -> Option<Bytes> {
        loop {
            let frame = patiently(self.body.frame()).await?.ok()?;
            if let Ok(data) = frame.into_data() {
                return Some(data);
            }
        }
    }

    /// The next event of a stream, without the empty line that ends it.
    pub async fn event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.pending.windows(2).position(|pair| pair == b"\n\n") {
                let event = self.pending.drain(..end + 2).collect::<Vec<u8>>();
                return Some(String::from_utf8_lossy(&event[..end]).into_owned());
            }
            let piece = self.piece().await?;
            self.pending.extend_from_slice(&piece);
        }
    }

    /// Id of the log row.
    ///
    /// # Panics
    /// When the header is missing.
    pub fn log_id(&self) -> String {
        self.headers["cf-aig-log-id"].to_str().expect("text").to_owned()
    }

    /// Reads to the end.
    ///
    /// # Panics
    /// When the connection breaks in a way that HTTP notices.
    pub async fn rest(self) -> Answer {
        self.try_rest().await.expect("the whole answer")
    }

    /// Reads to the end; an error when the connection breaks in a way that HTTP notices.
    pub async fn try_rest(mut self) -> Result<Answer, hyper::Error> {
        let mut body = std::mem::take(&mut self.pending);
        while let Some(frame) = patiently(self.body.frame()).await {
            if let Ok(data) = frame?.into_data() {
                body.extend_from_slice(&data);
            }
        }
        drop(self.sender);
        drop(self.connection);
        Ok(Answer { status: self.status, headers: self.headers, body: body.into() })
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header's value; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Id of the log row.
    ///
    /// # Panics
    /// When the header is missing.
    pub fn log_id(&self) -> String {
        assert!(self.headers.contains_key("cf-aig-log-id"), "{self:?}");
        self.header("cf-aig-log-id").to_owned()
    }

    /// Payloads of the `data:` lines, in order.
    pub fn events(&self) -> Vec<String> {
        self.text().lines().filter_map(|line| Some(line.strip_prefix("data:")?.trim_start().to_owned())).collect()
    }

    /// What the assistant says: in a whole OpenAI answer, or over all pieces of its stream.
    pub fn said(&self) -> String {
        if let Ok(body) = serde_json::from_slice::<Value>(&self.body) {
            return body["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned();
        }
        let delta = |event: String| {
            let event: Value = serde_json::from_str(&event).ok()?;
            Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned())
        };
        self.events().into_iter().filter_map(delta).collect()
    }
}

/// Sends bytes as they are and reads what comes until the connection closes or a second passes without a byte.
///
/// # Panics
/// When nobody listens.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    stream.write_all(bytes).await.expect("the socket takes bytes");
    let (mut answer, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The same where the gateway may answer and close while bytes are still on their way.
///
/// # Panics
/// When nobody listens.
pub async fn raw_half(address: SocketAddr, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(address).await.expect("the gateway listens");
    let (mut reader, mut writer) = stream.into_split();
    let bytes = bytes.to_vec();
    let writing = tokio::spawn(async move {
        // The gateway need not take all of it.
        let _ = writer.write_all(&bytes).await;
        writer
    });
    let (mut answer, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(PATIENCE, reader.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..count]);
        if answer.windows(4).any(|window| window == b"\r\n\r\n") && answer.ends_with(b"}") {
            break;
        }
    }
    writing.abort();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn patiently<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("within 20 s")
}
