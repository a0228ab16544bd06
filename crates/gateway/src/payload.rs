//! Bodies on their way to the store: kept apart from rows, bounded, dropped first when the writer cannot follow.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use bytes::Bytes;
use waypost_types::{RequestId, record::RequestRecord};

use crate::limits::{PAYLOAD_QUEUE_BYTES_MAX, PAYLOAD_QUEUE_MAX};

/// The two bodies of a request. Large pieces are shared with what is sent, not copied.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    /// The request as the caller sent it.
    pub request: Bytes,
    /// The answer as the caller got it, in pieces.
    pub response: Vec<Bytes>,
    /// Bytes kept of each side.
    pub bytes_max: usize,
    /// Bytes of the request, whole.
    pub request_bytes: usize,
    /// Bytes of the answer, whole.
    pub response_bytes: usize,
}

impl Payload {
    /// Keeps the request and waits for the answer; at most `bytes_max` bytes of each.
    pub fn new(request: &Bytes, bytes_max: usize) -> Self {
        let kept = kept(request, bytes_max);
        Self { request: kept, response: Vec::new(), bytes_max, request_bytes: request.len(), response_bytes: 0 }
    }

    /// Bytes that it keeps.
    pub fn bytes(&self) -> usize {
        self.request.len() + self.response.iter().map(Bytes::len).sum::<usize>()
    }

    /// Adds a piece of the answer.
    pub fn push_response(&mut self, bytes: &Bytes) {
        let room = self.bytes_max.saturating_sub(self.response_bytes);
        self.response_bytes += bytes.len();
        if room > 0 {
            self.response.push(kept(bytes, room));
        }
    }
}

/// Pieces up to this size are copied: they are parts of a connection's read buffer, which then can be used again at once
/// instead of being freed on another thread.
const COPIED_BYTES_MAX: usize = 16 * 1024;

/// At most so many bytes: large pieces are shared, small ones and parts of larger buffers copied.
fn kept(bytes: &Bytes, bytes_max: usize) -> Bytes {
    let start = bytes.get(..bytes_max).unwrap_or(bytes);
    if start.len() < bytes.len() || start.len() <= COPIED_BYTES_MAX {
        Bytes::copy_from_slice(start)
    } else {
        bytes.clone()
    }
}

/// A payload with the request it belongs to.
pub struct PayloadItem {
    /// The request.
    pub id: RequestId,
    /// Its account.
    pub account: String,
    /// Its gateway.
    pub gateway: String,
    /// Content type of the request.
    pub request_content_type: Option<String>,
    /// Content type of the answer.
    pub response_content_type: Option<String>,
    /// The bodies.
    pub payload: Payload,
    /// Counts as waiting until the item is gone, also while the writer holds it back for its row.
    _weight: Weight,
}

/// Bytes that count against [`PAYLOAD_QUEUE_BYTES_MAX`] as long as this lives.
struct Weight {
    bytes: usize,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.waiting_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Where payloads wait for the writer. Offering never blocks.
pub struct Payloads {
    queue: SyncSender<PayloadItem>,
    waiting_bytes: Arc<AtomicUsize>,
    dropped: AtomicU64,
}

/// The reading end.
pub struct PayloadReader {
    queue: Receiver<PayloadItem>,
}

impl Payloads {
    /// A bounded queue and its reading end.
    pub fn new() -> (Self, PayloadReader) {
        let (sender, receiver) = sync_channel(PAYLOAD_QUEUE_MAX);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        (Self { queue: sender, waiting_bytes, dropped: AtomicU64::new(0) }, PayloadReader { queue: receiver })
    }

    /// Hands a payload over; a full queue drops it and counts.
    pub fn offer(&self, record: &RequestRecord, payload: Payload) {
        let bytes = payload.bytes();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let weight = Weight { bytes, waiting_bytes: self.waiting_bytes.clone() };
        let item = PayloadItem {
            id: record.id,
            account: record.account.to_string(),
            gateway: record.gateway.to_string(),
            request_content_type: record.request_content_type.as_ref().map(ToString::to_string),
            response_content_type: record.response_content_type.as_ref().map(ToString::to_string),
            payload,
            _weight: weight,
        };
        if waiting + bytes > PAYLOAD_QUEUE_BYTES_MAX || self.queue.try_send(item).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Payloads dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl PayloadReader {
    /// The next payloads, at most `max`. Never waits.
    pub fn take(&self, max: usize) -> Vec<PayloadItem> {
        self.queue.try_iter().take(max).collect()
    }
}

#[cfg(test)]
mod tests {
    use waypost_types::{Surface, UnixMs};

    use super::*;

    fn offer(payloads: &Payloads, bytes: usize) {
        let record = RequestRecord::arrived(RequestId::new(UnixMs(1), 1), UnixMs(1), Surface::Compat);
        payloads.offer(&record, Payload::new(&Bytes::from(vec![0; bytes]), bytes));
    }

    #[test]
    fn what_the_writer_holds_back_still_counts() {
        let (payloads, reader) = Payloads::new();
        offer(&payloads, PAYLOAD_QUEUE_BYTES_MAX - 10);
        let held = reader.take(10);
        offer(&payloads, 11);
        assert_eq!((held.len(), payloads.dropped()), (1, 1));
        drop(held);
        offer(&payloads, 11);
        assert_eq!((reader.take(10).len(), payloads.dropped()), (1, 1));
    }
}
