//! One counter: what is used in its windows, and what that means for the next request.

use serde::{Deserialize, Serialize};
use waypost_types::{Booking, UnixMs};

use super::{Rule, WindowAt};

/// Amounts of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The window.
    pub window: WindowAt,
    /// Known amounts: requests let through, money spent.
    pub settled: i64,
    /// Estimates of calls that are under way.
    pub reserved: i64,
}

/// The amounts of one bucket in its current window, the one before, and in older ones as long as a call that was opened
/// there is under way. Windows are apart and in order of time.
///
/// The bucket's own time never runs backwards: a moment before its current window counts as that window's start. A clock
/// that is set back therefore opens no second budget (A58); limits stay tight until it has caught up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketState {
    current: Slot,
    previous: Slot,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    older: Vec<Slot>,
}

/// Whether an amount fits, before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// It fits.
    pub admits: bool,
    /// What was used, reservations included.
    pub used: i64,
    /// The window that the amount has to be booked in.
    pub window: WindowAt,
}

// === impl Slot ===

impl Slot {
    /// Settled and reserved together; a reservation will most likely settle.
    pub const fn total(&self) -> i64 {
        self.settled.saturating_add(self.reserved)
    }

    const fn is_empty(&self) -> bool {
        self.window.length_ms() <= 0
    }
}

// === impl BucketState ===

impl BucketState {
    /// A state from what [`Self::slots`] gave, in any order; slots of one window are added up.
    pub fn from_slots(slots: impl IntoIterator<Item = Slot>) -> Self {
        let mut state = Self::default();
        for slot in slots {
            let kept = state.slot_mut(slot.window);
            kept.settled = kept.settled.saturating_add(slot.settled.max(0));
            kept.reserved = kept.reserved.saturating_add(slot.reserved.max(0));
            state.forget_older();
        }
        state
    }

    /// What has to be kept to continue: windows and their amounts.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.older.iter().chain([&self.previous, &self.current]).filter(|slot| !slot.is_empty())
    }

    /// The window that a request at this moment counts in.
    pub fn window_at(&self, rule: &Rule, now: UnixMs) -> WindowAt {
        if now < self.current.window.end {
            return self.current.window;
        }
        let window = rule.span.window_at(now);
        // A changed time zone moves the borders of calendar windows; the first window after it starts late.
        WindowAt {
            start: if self.current.is_empty() { window.start } else { window.start.max(self.current.window.end) },
            ..window
        }
    }

    /// What counts as used: ⌊previous × overlap⌋ + current settled + current reserved (D5), where overlap is the share
    /// of the previous window that lies within one window length before now; a fixed window has none.
    pub fn used(&self, rule: &Rule, now: UnixMs) -> i64 {
        self.used_in(self.window_at(rule, now), rule, now)
    }

    /// What is left of the limit, at least 0.
    pub fn remaining(&self, rule: &Rule, now: UnixMs) -> i64 {
        rule.limit.saturating_sub(self.used(rule, now)).max(0)
    }

    /// Whether the amount fits now, and where to book it. Writes nothing.
    pub fn decide(&self, rule: &Rule, amount: i64, now: UnixMs) -> Decision {
        let window = self.window_at(rule, now);
        let used = self.used_in(window, rule, now);
        Decision { admits: used <= rule.room(amount), used, window }
    }

    /// Holds the booking's amount in its window.
    pub fn reserve(&mut self, booking: &Booking) {
        let slot = self.slot_mut(window_of(booking));
        slot.reserved = slot.reserved.saturating_add(booking.amount.max(0));
    }

    /// Ends a reservation with what it really came to, in the window of its booking.
    pub fn settle(&mut self, booking: &Booking, actual: i64) {
        let slot = self.slot_mut(window_of(booking));
        slot.reserved = slot.reserved.saturating_sub(booking.amount.max(0)).max(0);
        slot.settled = slot.settled.saturating_add(actual.max(0));
        self.forget_older();
    }

    /// Ends a reservation that came to nothing.
    pub fn void(&mut self, booking: &Booking) {
        self.settle(booking, 0);
    }

    /// Counts at once, without a reservation.
    pub fn count(&mut self, booking: &Booking) {
        let slot = self.slot_mut(window_of(booking));
        slot.settled = slot.settled.saturating_add(booking.amount.max(0));
        self.forget_older();
    }

    /// Takes a count back, as when the answer came from the cache.
    pub fn refund(&mut self, booking: &Booking) {
        let slot = self.slot_mut(window_of(booking));
        slot.settled = slot.settled.saturating_sub(booking.amount.max(0)).max(0);
        self.forget_older();
    }

    /// The first moment, from now on, at which the amount would fit if nothing else came in between. An amount that no
    /// window has room for gets the moment at which everything used now has left the bucket.
    pub fn free_at(&self, rule: &Rule, amount: i64, now: UnixMs) -> UnixMs {
        let window = self.window_at(rule, now);
        let room = rule.room(amount);
        if self.used_in(window, rule, now) <= room {
            return now;
        }
        let (previous, current) = self.totals(window);
        if !rule.slides() {
            return window.end;
        }
        let next = WindowAt { start: window.end, end: window.end.plus_ms(window.length_ms()) };
        if let Some(at) = slides_below(previous, room.saturating_sub(current), window) {
            return at.max(now);
        }
        slides_below(current, room, next).unwrap_or(next.end).max(now)
    }

    /// Nothing in the bucket can influence a decision any more: no reservation is open, and the current window and one
    /// more of its length have passed.
    pub fn is_idle(&self, now: UnixMs) -> bool {
        let window = self.current.window;
        let is_reserved = self.slots().any(|slot| slot.reserved != 0);
        !is_reserved && now >= window.end.plus_ms(window.length_ms())
    }

    fn used_in(&self, window: WindowAt, rule: &Rule, now: UnixMs) -> i64 {
        let (previous, current) = self.totals(window);
        if !rule.slides() {
            return current;
        }
        let length = window.length_ms().max(1);
        let elapsed = now.since_ms(window.start).clamp(0, length);
        let weighted = i128::from(previous) * i128::from(length - elapsed) / i128::from(length);
        i64::try_from(weighted).unwrap_or(i64::MAX).saturating_add(current)
    }

    /// Amounts of the window before and of the window itself, which is the current one or a later one.
    fn totals(&self, window: WindowAt) -> (i64, i64) {
        let before = |slot: &Slot| if slot.window.end == window.start { slot.total() } else { 0 };
        if window == self.current.window {
            (before(&self.previous), self.current.total())
        } else {
            (before(&self.current), 0)
        }
    }

    /// The slot of a window, made where it is missing.
    fn slot_mut(&mut self, window: WindowAt) -> &mut Slot {
        if window.start > self.current.window.start || self.current.is_empty() {
            self.roll(window);
        }
        if window.start >= self.current.window.start {
            return &mut self.current;
        }
        if self.previous.window.start < window.start || self.previous.is_empty() {
            let before = std::mem::replace(&mut self.previous, Slot { window, ..Slot::default() });
            self.keep_older(before);
        }
        if window.start >= self.previous.window.start {
            return &mut self.previous;
        }
        let index = match self.older.binary_search_by_key(&window.start, |slot| slot.window.start) {
            Ok(index) => index,
            Err(index) => {
                self.older.insert(index, Slot { window, ..Slot::default() });
                index
            }
        };
        // The index was found or filled just above.
        self.older.get_mut(index).unwrap_or(&mut self.previous)
    }

    fn roll(&mut self, window: WindowAt) {
        let before = std::mem::replace(&mut self.current, Slot { window, ..Slot::default() });
        if before.is_empty() {
            return;
        }
        let older = std::mem::replace(&mut self.previous, before);
        self.keep_older(older);
    }

    fn keep_older(&mut self, slot: Slot) {
        if slot.reserved != 0 {
            self.older.push(slot);
        }
    }

    fn forget_older(&mut self) {
        self.older.retain(|slot| slot.reserved != 0);
    }
}

/// When ⌊amount × (end − t) ÷ length⌋ is at most `room`, as time goes through the window; `None` if not within it.
fn slides_below(amount: i64, room: i64, window: WindowAt) -> Option<UnixMs> {
    let room = i128::from(room);
    if room < 0 {
        return None;
    }
    let bound = (room + 1) * i128::from(window.length_ms()) - 1;
    let left_ms = bound / i128::from(amount.max(1));
    let left_ms = i64::try_from(left_ms).unwrap_or(i64::MAX).min(window.length_ms());
    Some(window.end.plus_ms(-left_ms))
}

fn window_of(booking: &Booking) -> WindowAt {
    WindowAt { start: booking.window_start, end: booking.window_end }
}
