//! How long things may wait and take.

use super::gate::Class;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Limits of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a statement waits for a lock before everyone behind it is let through.
    pub lock_timeout: Duration,
    /// How long a change of the catalogue may take beyond that.
    pub statement: Duration,
    /// How long a transaction is tried again.
    pub retry_for: Duration,
    /// How long another runner is waited for.
    pub runner_wait: Duration,
    /// How far replicas may fall behind before batches pause.
    pub replica_lag: Duration,
    /// Whose session may be ended.
    pub on_blocker: OnBlocker,
}

/// What is done about a session in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBlocker {
    /// It is waited for.
    #[default]
    Wait,
    /// It is ended where it is idle in a transaction for longer than the lock timeout.
    CancelIdle,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(2),
            statement: Duration::from_secs(15),
            retry_for: Duration::from_secs(300),
            runner_wait: Duration::from_secs(300),
            replica_lag: Duration::from_secs(10),
            on_blocker: OnBlocker::Wait,
        }
    }
}

impl Limits {
    /// `statement_timeout` in milliseconds; 0 is none.
    pub(super) fn statement_ms(&self, class: Class) -> u128 {
        match class {
            Class::Catalogue => (self.lock_timeout + self.statement).as_millis(),
            Class::Work | Class::Online => 0,
        }
    }

    /// `lock_timeout` in milliseconds; 0 is none.
    pub(super) fn lock_ms(&self, class: Class) -> u128 {
        match class {
            Class::Online => 0,
            Class::Catalogue | Class::Work => self.lock_timeout.as_millis().max(1),
        }
    }

    /// How long to let others through before the next try: at least five times the lock timeout,
    /// and never the same twice, so that two who collide do not meet again.
    pub(super) fn pause(&self) -> Duration {
        let least = (self.lock_timeout * 5).max(Duration::from_millis(100));
        least + least.mul_f64(0.25 * random())
    }
}

/// Between 0 and 1. Hash keys are the standard library's randomness.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    // 53 bits fit exactly.
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_five_lock_timeouts_apart_and_not_alike() {
        let limits = Limits { lock_timeout: Duration::from_secs(1), ..Limits::default() };
        let pauses: Vec<Duration> = (0..20).map(|_| limits.pause()).collect();
        let range = Duration::from_secs(5)..=Duration::from_millis(6250);
        assert!(pauses.iter().all(|pause| range.contains(pause)), "{pauses:?}");
        assert!(pauses.windows(2).any(|two| two[0] != two[1]));
    }

    #[test]
    fn index_builds_without_locks_have_no_limit() {
        let limits = Limits::default();
        assert_eq!((limits.lock_ms(Class::Online), limits.statement_ms(Class::Online)), (0, 0));
        assert_eq!(limits.lock_ms(Class::Work), 2000);
        assert_eq!(limits.statement_ms(Class::Catalogue), 17_000);
    }
}
