//! A second connection that looks who is in the way while a statement waits, because afterwards
//! they may be gone.

use super::blockers::{Blocker, end_idle, of_process};
use super::connection::Connection;
use super::event::{Event, Observer};
use super::limits::OnBlocker;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The watcher of a session.
pub(super) struct Watch {
    sender: Option<Sender<Message>>,
    seen: Arc<Mutex<Vec<Blocker>>>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    /// A statement was sent; look after this time, then again and again.
    Sent { version: String, look_after: Duration },
    /// It ended.
    Ended,
}

impl Watch {
    /// Watches the session of this process on the server, from another connection.
    pub fn start(
        connection: Connection,
        pid: i64,
        on_blocker: OnBlocker,
        idle_for: Duration,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let (sender, receiver) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let watcher =
            Watcher { connection, pid, on_blocker, idle_for, observer, seen: Arc::clone(&seen) };
        let thread = std::thread::spawn(move || watcher.run(&receiver));
        Self { sender: Some(sender), seen, thread: Some(thread) }
    }

    /// Watches nothing: where one session cannot see another.
    pub fn none() -> Self {
        Self { sender: None, seen: Arc::default(), thread: None }
    }

    /// A statement is about to be sent.
    pub fn sent(&self, version: &str, look_after: Duration) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.clear();
        }
        self.tell(Message::Sent { version: version.to_owned(), look_after });
    }

    /// It ended; gives who was in its way.
    pub fn ended(&self) -> Vec<Blocker> {
        self.tell(Message::Ended);
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }

    fn tell(&self, message: Message) {
        if let Some(sender) = &self.sender {
            // A watcher that lost its connection is missed, and nothing else.
            let _ = sender.send(message);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Watcher {
    connection: Connection,
    pid: i64,
    on_blocker: OnBlocker,
    idle_for: Duration,
    observer: Arc<dyn Observer>,
    seen: Arc<Mutex<Vec<Blocker>>>,
}

/// How often people are told that a statement without a limit still waits.
const REMIND: Duration = Duration::from_secs(15);

impl Watcher {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            let Message::Sent { version, look_after } = message else { continue };
            let mut pause = look_after;
            let mut waited = Duration::ZERO;
            let mut told = Duration::ZERO;
            loop {
                match messages.recv_timeout(pause) {
                    Ok(Message::Ended) => break,
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(Message::Sent { .. }) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                waited += pause;
                pause = Duration::from_millis(500);
                let Ok(blockers) = of_process(&mut self.connection, self.pid) else { return };
                if blockers.is_empty() {
                    continue;
                }
                if self.on_blocker == OnBlocker::CancelIdle {
                    self.end_idle(&version, &blockers);
                }
                if waited >= told + REMIND {
                    told = waited;
                    self.observer.tell(&Event::Waiting {
                        version: version.clone(),
                        reason: "still waits".to_owned(),
                        blockers: blockers.clone(),
                        again_in_ms: 0,
                    });
                }
                if let Ok(mut seen) = self.seen.lock() {
                    *seen = blockers;
                }
            }
        }
    }

    fn end_idle(&mut self, version: &str, blockers: &[Blocker]) {
        let old = |blocker: &&Blocker| blocker.age_seconds >= self.idle_for.as_secs().max(1);
        let idle: Vec<Blocker> =
            blockers.iter().filter(|blocker| blocker.is_idle()).filter(old).cloned().collect();
        for blocker in idle {
            if end_idle(&mut self.connection, &blocker).unwrap_or(false) {
                self.observer.tell(&Event::Ended { version: version.to_owned(), blocker });
            }
        }
    }
}
