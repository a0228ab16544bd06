use std::convert::Infallible;

use http::header;
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use super::*;
use crate::{connection::Farewell, system::SystemClock};

const SOON: Duration = Duration::from_secs(5);

type Answering = http_body_util::combinators::UnsyncBoxBody<Bytes, BrokenOff>;

/// A client's end, and what became of the connection.
struct Caller {
    stream: TcpStream,
    left: oneshot::Receiver<Option<Vec<u8>>>,
}

/// Serves one connection with `answer`.
async fn connect<F>(farewell: &Farewell, answer: impl Fn(Request<Inbound>) -> F + Send + Sync + 'static) -> Caller
where
    F: Future<Output = Response<Answering>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let lookout = Lookout::new(farewell.listen());
    let (tell, left) = oneshot::channel();
    let answer = move |request| {
        let answered = answer(request);
        async move { (answered.await, HeaderLines::default()) }
    };
    tokio::spawn(async move {
        let turned = match serve(accepted, lookout, Arc::new(SystemClock), SOON, answer).await {
            Left::Closed => None,
            Left::Turned(mut prefixed, _) => {
                let mut bytes = vec![0; 1024];
                let read = prefixed.read(&mut bytes).await.unwrap();
                bytes.truncate(read);
                Some(bytes)
            }
        };
        let _ = tell.send(turned);
    });
    Caller { stream, left }
}

fn full(text: impl Into<Bytes>) -> Answering {
    Full::new(text.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Says what it was sent.
async fn echo(request: Request<Inbound>) -> Response<Answering> {
    let line = format!("{} {} ", request.method(), request.uri());
    match request.into_body().collect().await {
        Ok(body) => Response::new(full([line.into_bytes(), body.to_bytes().to_vec()].concat())),
        Err(BrokenOff) => Response::builder().status(400).body(full("broke off")).unwrap(),
    }
}

impl Caller {
    async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    /// What comes, up to and with `end`.
    async fn read_to(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        let read = async {
            while !text.ends_with(end.as_bytes()) {
                let mut byte = [0];
                if self.stream.read(&mut byte).await.unwrap_or(0) == 0 {
                    break;
                }
                text.push(byte[0]);
            }
        };
        let _ = tokio::time::timeout(SOON, read).await;
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with(end), "{text:?} ends otherwise than {end:?}");
        text
    }

    async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        let read = tokio::time::timeout(SOON, self.stream.read(&mut byte)).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }

    async fn left(self) -> Option<Vec<u8>> {
        tokio::time::timeout(SOON, self.left).await.unwrap().unwrap()
    }
}

fn post(body: &str) -> String {
    format!("POST /v1/a/b/compat/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn requests_are_answered_one_after_the_other_however_they_are_split() {
    let farewell = Farewell::new();
    let mut caller = connect(&farewell, echo).await;
    caller.send(post("one")).await;
    let answer = caller.read_to("one").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\r\ndate: "), "{answer}");
    assert!(answer.contains("\r\ncontent-length: 40\r\n") && !answer.contains("connection:"), "{answer}");
    // The head first, the body byte by byte.
    let text = post("two");
    let (head, body) = text.split_at(text.len() - 3);
    caller.send(head).await;
    for byte in body.bytes() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        caller.send([byte]).await;
    }
    caller.read_to("two").await;
    // Several at once, the last one in half.
    let third = post("third");
    caller.send([post("first"), post("second"), third[..third.len() - 2].to_owned()].concat()).await;
    caller.read_to("first").await;
    caller.read_to("second").await;
    caller.send("rd").await;
    caller.read_to("third").await;
    drop(caller.stream);
    assert_eq!(caller.left.await.unwrap(), None);
}

#[tokio::test]
async fn large_bodies_come_whole_and_leave_whole() {
    let farewell = Farewell::new();
    let mut caller = connect(&farewell, echo).await;
    for bytes in [READ_BYTES, MAILBOX_BYTES_MAX + 1, 3_000_000] {
        let body: String = ('a'..='z').cycle().take(bytes - 1).chain(['!']).collect();
        let text = post(&body);
        let (mut reading, mut writing) = caller.stream.split();
        let read = async {
            let mut answer = Vec::new();
            while !answer.ends_with(b"!") {
                let mut piece = vec![0; 65_536];
                let read = reading.read(&mut piece).await.unwrap();
                assert!(read > 0);
                answer.extend_from_slice(&piece[..read]);
            }
            String::from_utf8(answer).unwrap()
        };
        let (sent, answer) = tokio::join!(writing.write_all(text.as_bytes()), read);
        sent.unwrap();
        assert!(answer.ends_with(&body), "{bytes} bytes came back changed");
    }
}

#[tokio::test]
async fn what_is_not_simple_is_turned_over_with_every_byte() {
    let farewell = Farewell::new();
    for text in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
        "HEAD /v1/a/b/openai/models HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /v1/a/b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "POST /v1/a/b HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/a/b HTTP/1.1\r\nContent-Le",
        "POST /v1/a/b HTTP/1.0\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let mut caller = connect(&farewell, echo).await;
        // Behind requests that are.
        caller.send(post("one")).await;
        caller.read_to("one").await;
        caller.send(text).await;
        assert_eq!(caller.left().await.as_deref(), Some(text.as_bytes()));
    }
}

/// A body whose frames a test hands over.
fn channel() -> (mpsc::UnboundedSender<Result<Frame<Bytes>, BrokenOff>>, Answering) {
    let (send, mut receive) = mpsc::unbounded_channel();
    let stream = futures_stream(move |cx| receive.poll_recv(cx));
    (send, StreamBody::new(stream).boxed_unsync())
}

struct PollFn<F>(F);

fn futures_stream<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>> + Unpin>(poll: F) -> PollFn<F> {
    PollFn(poll)
}

impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>> + Unpin> futures_core::Stream for PollFn<F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        (self.0)(cx)
    }
}

async fn streaming(farewell: &Farewell) -> (Caller, mpsc::UnboundedSender<Result<Frame<Bytes>, BrokenOff>>) {
    let (send, body) = channel();
    let body = Mutex::new(Some(body));
    let mut caller = connect(farewell, move |_| {
        let body = body.lock().unwrap().take().unwrap();
        async move { Response::builder().header(header::CONTENT_TYPE, "text/event-stream").body(body).unwrap() }
    })
    .await;
    caller.send(post("{}")).await;
    (caller, send)
}

#[tokio::test]
async fn streams_leave_piece_by_piece_in_chunks() {
    let farewell = Farewell::new();
    let (mut caller, send) = streaming(&farewell).await;
    // The head does not wait for the first piece.
    let head = caller.read_to("\r\n\r\n").await;
    assert!(head.contains("\r\ntransfer-encoding: chunked\r\n") && !head.contains("content-length"), "{head}");
    for piece in ["data: 1\n\n", "data: 22\n\n"] {
        send.send(Ok(Frame::data(piece.into()))).unwrap();
        assert_eq!(caller.read_to("\n\n\r\n").await, format!("{:x}\r\n{piece}\r\n", piece.len()));
    }
    let large = Bytes::from(vec![b'x'; JOINED_BYTES_MAX + 1]);
    send.send(Ok(Frame::data(large))).unwrap();
    drop(send);
    assert!(caller.read_to("x\r\n0\r\n\r\n").await.starts_with("4001\r\nx"));
}

#[tokio::test]
async fn f12_a_stream_that_breaks_off_ends_without_its_last_chunk() {
    let farewell = Farewell::new();
    let (mut caller, send) = streaming(&farewell).await;
    send.send(Ok(Frame::data("data: 1\n\n".into()))).unwrap();
    caller.read_to("1\n\n\r\n").await;
    send.send(Err(BrokenOff)).unwrap();
    assert!(caller.is_closed().await);
}

#[tokio::test]
async fn f33_a_caller_that_leaves_ends_what_is_done_for_it() {
    let farewell = Farewell::new();
    // While its answer is being made.
    let (told, mut dropped) = mpsc::unbounded_channel::<()>();
    let caller = {
        let mut caller = connect(&farewell, move |_| {
            let told = told.clone();
            async move {
                let _held = told;
                std::future::pending().await
            }
        })
        .await;
        caller.send(post("{}")).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        caller
    };
    drop(caller);
    assert_eq!(tokio::time::timeout(SOON, dropped.recv()).await.unwrap(), None);
    // While it is being written.
    let (caller, send) = streaming(&farewell).await;
    drop(caller);
    tokio::time::timeout(SOON, send.closed()).await.unwrap();
}

#[tokio::test]
async fn f33_a_body_that_breaks_off_is_told_to_its_reader() {
    let farewell = Farewell::new();
    let (told, mut outcomes) = mpsc::unbounded_channel();
    let mut caller = connect(&farewell, move |request: Request<Inbound>| {
        let told = told.clone();
        async move {
            told.send(request.into_body().collect().await.map(|_| ()).is_err()).unwrap();
            Response::new(full(""))
        }
    })
    .await;
    caller.send("POST /v1/a/b HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345").await;
    drop(caller);
    assert_eq!(tokio::time::timeout(SOON, outcomes.recv()).await.unwrap(), Some(true));
}

#[tokio::test]
async fn an_answer_before_the_body_reaches_a_caller_that_is_still_sending() {
    let farewell = Farewell::new();
    let mut caller =
        connect(&farewell, |_| async { Response::builder().status(413).body(full("too large")).unwrap() }).await;
    let bytes = 400_000;
    let head = format!("POST /v1/a/b HTTP/1.1\r\nContent-Length: {bytes}\r\n\r\n");
    caller.send(head).await;
    caller.send(vec![b'x'; bytes / 2]).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    caller.send(vec![b'x'; bytes / 2]).await;
    let answer = caller.read_to("too large").await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(caller.is_closed().await);
}

#[tokio::test]
async fn statuses_without_a_body_have_none() {
    let farewell = Farewell::new();
    let mut caller =
        connect(&farewell, |_| async { Response::builder().status(204).body(full("nobody reads this")).unwrap() })
            .await;
    for _ in 0..2 {
        caller.send(post("{}")).await;
        let answer = caller.read_to("\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 204 ") && !answer.contains("content-length"), "{answer}");
    }
}

#[tokio::test]
async fn f61_a_stopping_instance_finishes_what_it_answers_and_closes_what_is_idle() {
    let farewell = Farewell::new();
    let mut idle = connect(&farewell, echo).await;
    idle.send(post("one")).await;
    idle.read_to("one").await;
    let (mut busy, send) = streaming(&farewell).await;
    busy.read_to("\r\n\r\n").await;
    let said = tokio::spawn(farewell.say());
    assert!(idle.is_closed().await);
    assert!(!said.is_finished());
    send.send(Ok(Frame::data("last".into()))).unwrap();
    drop(send);
    busy.read_to("last\r\n0\r\n\r\n").await;
    assert!(busy.is_closed().await);
    tokio::time::timeout(SOON, said).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_when_its_time_is_over() {
    tokio::time::pause();
    let farewell = Farewell::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let answer = |request| async { (echo(request).await, HeaderLines::default()) };
    let left = serve(accepted, Lookout::new(farewell.listen()), Arc::new(SystemClock), Duration::ZERO, answer).await;
    assert!(matches!(left, Left::Closed));
}
