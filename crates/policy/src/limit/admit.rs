//! All limits of a request, judged and written together.

use waypost_types::{Booking, BucketId, LimitKind, UnixMs};

use super::{Ask, BucketState, Verdict};

/// Whoever holds the counters, for the length of one atomic step.
pub trait Buckets {
    /// The state of a bucket; a new one where there is none.
    fn bucket(&mut self, id: BucketId) -> &mut BucketState;
}

/// What became of the asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// One verdict per ask, up to and including the first refusal.
    pub verdicts: Vec<Verdict>,
    /// Money reserved; empty after a refusal.
    pub reserved: Vec<Booking>,
    /// Requests counted; those before a refusal stay counted, since their limits let the request through.
    pub counted: Vec<Booking>,
}

impl Admission {
    /// Every ask passed.
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(Verdict::passes)
    }
}

/// Judges the asks in their order and books them. Money is all or nothing: the asks between two models stand for one
/// call. A limit that only watches books like any other, so that it shows what enforcing it would mean.
pub fn admit(asks: &[Ask], buckets: &mut impl Buckets, now: UnixMs) -> Admission {
    let mut admission = Admission::default();
    for ask in asks {
        let (verdict, booking) = judge(ask, buckets.bucket(ask.bucket), now);
        admission.verdicts.push(verdict);
        if !verdict.passes() {
            for booking in admission.reserved.drain(..) {
                buckets.bucket(booking.bucket).void(&booking);
            }
            break;
        }
        match booking.kind {
            LimitKind::Count if ask.held => {}
            LimitKind::Count => {
                buckets.bucket(ask.bucket).count(&booking);
                admission.counted.push(booking);
            }
            LimitKind::Cost => {
                buckets.bucket(ask.bucket).reserve(&booking);
                admission.reserved.push(booking);
            }
        }
    }
    admission
}

fn judge(ask: &Ask, bucket: &BucketState, now: UnixMs) -> (Verdict, Booking) {
    let decision = bucket.decide(&ask.rule, ask.amount, now);
    let used = decision.used;
    let is_counted = ask.held && ask.rule.kind == LimitKind::Count;
    let verdict = if decision.admits || is_counted {
        Verdict::Passed { used }
    } else {
        let retry_at = bucket.free_at(&ask.rule, ask.amount, now);
        match ask.rule.mode {
            super::Mode::Enforce => Verdict::Refused { used, retry_at },
            super::Mode::Watch => Verdict::WouldRefuse { used, retry_at },
        }
    };
    (verdict, ask.booking(decision.window))
}
