//! Requests of the Playground: the data plane itself, run on the management runtime with connections and a journal lane of
//! its own, so that the cores keep serving applications.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{Method, Request, Response, StatusCode, Uri},
};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use tokio::sync::mpsc;
use waypost_admin::playground::{Call, DataPlane};
use waypost_gateway::{
    Outgoing,
    core::Core,
    inside::{self, Inside},
    serve,
};
use waypost_store::BoxFuture;

/// Frames of an answer that wait for the core that writes them.
const FRAMES_MAX: usize = 16;

/// The data plane of the management runtime.
pub struct Playground(pub Arc<Core>);

impl DataPlane for Playground {
    fn call(&self, call: Call) -> BoxFuture<'static, Response<Body>> {
        let core = self.0.clone();
        Box::pin(async move {
            let Ok(request) = request(call) else {
                let mut response = Response::new(Body::from("This gateway can't be addressed."));
                *response.status_mut() = StatusCode::BAD_REQUEST;
                return response;
            };
            serve(core, request).await.into_response().map(handed_over)
        })
    }
}

fn request(call: Call) -> Result<Request<Full<Bytes>>, axum::http::uri::InvalidUri> {
    let path = format!("/v1/{}/{}/compat/chat/completions", call.gateway.account, call.gateway.id);
    let mut request = Request::new(Full::new(call.body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse::<Uri>()?;
    *request.headers_mut() = call.headers;
    let pinned = call.pinned.map(|pinned| {
        let pinned = inside::Pinned {
            gateway: call.gateway,
            route_id: pinned.route_id,
            name: pinned.name,
            version_id: pinned.version_id,
            version: pinned.version,
            compiled: pinned.compiled,
        };
        Arc::new(pinned.into())
    });
    request.extensions_mut().insert(Inside { user: call.user, pinned });
    Ok(request)
}

/// An answer that is still coming is read here, frame by frame; the core's connection only writes it. When the caller
/// leaves, reading ends at once.
fn handed_over(mut answer: Outgoing) -> Body {
    if matches!(answer, Outgoing::Full(_)) {
        return Body::new(answer);
    }
    let (sender, frames) = mpsc::channel(FRAMES_MAX);
    tokio::spawn(async move {
        loop {
            let frame = tokio::select! {
                frame = answer.frame() => frame,
                () = sender.closed() => return,
            };
            let Some(frame) = frame else { return };
            if sender.send(frame.map_err(Into::into)).await.is_err() {
                return;
            }
        }
    });
    Body::new(Frames(frames))
}

type Sent = Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>;

struct Frames(mpsc::Receiver<Sent>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Sent>> {
        self.0.poll_recv(cx)
    }
}
