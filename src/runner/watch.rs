//! A second connection that looks who is in the way while a statement waits, because afterwards
//! they may be gone.
//!
//! The watcher wakes by itself a few times a second; a statement that is quick costs it nothing.

use super::blockers::{Blocker, end_idle, of_process};
use super::connection::Connection;
use super::event::{Event, Observer};
use super::limits::{Limits, OnBlocker};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The watcher of a session.
pub(super) struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// The statement that runs: its migration, and since when.
    current: Option<(String, Instant)>,
    /// Who was in its way.
    seen: Vec<Blocker>,
    /// Nothing more will be watched.
    over: bool,
}

impl Shared {
    /// Whoever panicked left plain data behind.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Watches the session of this process on the server, from another connection.
    pub fn start(
        connection: Connection,
        pid: i64,
        limits: &Limits,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let watcher = Watcher {
            connection,
            pid,
            on_blocker: limits.on_blocker,
            lock_timeout: limits.lock_timeout,
            observer,
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::spawn(move || watcher.run());
        Self { shared, thread: Some(thread) }
    }

    /// Watches nothing: where one session cannot see another.
    pub fn none() -> Self {
        Self { shared: Arc::default(), thread: None }
    }

    /// A statement is about to be sent.
    pub fn sent(&self, version: &str) {
        let mut state = self.shared.state();
        state.seen.clear();
        state.current = Some((version.to_owned(), Instant::now()));
    }

    /// It ended; gives who was in its way.
    pub fn ended(&self) -> Vec<Blocker> {
        let mut state = self.shared.state();
        state.current = None;
        std::mem::take(&mut state.seen)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.state().over = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            // A watcher that died is missed, and nothing else.
            let _ = thread.join();
        }
    }
}

struct Watcher {
    connection: Connection,
    pid: i64,
    on_blocker: OnBlocker,
    lock_timeout: Duration,
    observer: Arc<dyn Observer>,
    shared: Arc<Shared>,
}

/// How often people are told that a statement without a limit still waits.
const REMIND: Duration = Duration::from_secs(15);

impl Watcher {
    fn run(mut self) {
        let tick =
            (self.lock_timeout / 4).clamp(Duration::from_millis(20), Duration::from_millis(250));
        let mut told: Option<Instant> = None;
        let shared = Arc::clone(&self.shared);
        loop {
            let state = shared.state();
            let waited = shared.ended.wait_timeout(state, tick);
            let state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.over {
                return;
            }
            let Some((version, since)) = state.current.clone() else { continue };
            drop(state);
            if since.elapsed() < self.lock_timeout / 2 {
                continue;
            }
            let Ok(blockers) = of_process(&mut self.connection, self.pid) else { return };
            if blockers.is_empty() {
                continue;
            }
            if self.on_blocker == OnBlocker::CancelIdle {
                self.end_idle(&version, &blockers);
            }
            if since.elapsed() > REMIND && told.is_none_or(|told| told.elapsed() > REMIND) {
                told = Some(Instant::now());
                self.observer.tell(&Event::Waiting {
                    version,
                    reason: "still waits".to_owned(),
                    blockers: blockers.clone(),
                    again_in_ms: 0,
                });
            }
            let mut state = shared.state();
            if state.current.as_ref().is_some_and(|(_, now)| *now == since) {
                state.seen = blockers;
            }
        }
    }

    fn end_idle(&mut self, version: &str, blockers: &[Blocker]) {
        let least = self.lock_timeout.as_secs().max(1);
        let idle = blockers.iter().filter(|one| one.is_idle() && one.age_seconds >= least);
        for blocker in idle {
            if end_idle(&mut self.connection, blocker).unwrap_or(false) {
                let (version, blocker) = (version.to_owned(), blocker.clone());
                self.observer.tell(&Event::Ended { version, blocker });
            }
        }
    }
}
