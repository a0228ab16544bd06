//! HTML that a model wrote, shown in a frame where it can do nothing (S18): no script, no request, no session. It is kept in
//! memory for a few minutes, under an id that nobody can guess.

pub(crate) mod create;
pub(crate) mod get;

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use waypost_types::UnixMs;

use crate::limits::{PREVIEW_LIFE_MS, PREVIEWS_BYTES_MAX};

/// What is waiting to be looked at, oldest first.
#[derive(Default)]
pub struct Previews(Mutex<VecDeque<Preview>>);

struct Preview {
    id: String,
    html: Bytes,
    at: UnixMs,
}

impl Previews {
    fn put(&self, id: String, html: Bytes, now: UnixMs) {
        let mut kept = self.lock();
        kept.push_back(Preview { id, html, at: now });
        let mut bytes: usize = kept.iter().map(|preview| preview.html.len()).sum();
        while let Some(oldest) = kept.front()
            && (bytes > PREVIEWS_BYTES_MAX || is_over(oldest, now))
        {
            bytes -= oldest.html.len();
            kept.pop_front();
        }
    }

    fn get(&self, id: &str, now: UnixMs) -> Option<Bytes> {
        let kept = self.lock();
        kept.iter().find(|preview| preview.id == id && !is_over(preview, now)).map(|preview| preview.html.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Preview>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(preview: &Preview, now: UnixMs) -> bool {
    now.0.saturating_sub(preview.at.0) >= PREVIEW_LIFE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_bounded() {
        let previews = Previews::default();
        let large = Bytes::from(vec![b'x'; PREVIEWS_BYTES_MAX / 2]);
        for id in ["a", "b", "c"] {
            previews.put(id.to_owned(), large.clone(), UnixMs(0));
        }
        assert_eq!(previews.get("a", UnixMs(0)), None);
        assert!(previews.get("b", UnixMs(PREVIEW_LIFE_MS - 1)).is_some());
        assert_eq!(previews.get("c", UnixMs(PREVIEW_LIFE_MS)), None);
        previews.put("d".to_owned(), Bytes::new(), UnixMs(PREVIEW_LIFE_MS));
        assert_eq!(previews.lock().len(), 1);
    }
}
