//! Keys in a terminal, and the panel that shows what they act on.
//!
//! ```text
//! mod.rs      reading keys, drawing the panel, giving the terminal back
//! acting.rs   what keys do with a delivery
//! ```
//!
//! Keys are read on a thread of their own and acted on by another one: neither receiving nor printing ever waits for them.

pub(super) mod acting;
#[cfg(test)]
mod tests;

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::model::Summary;
use crate::output::human::line::Line;
use crate::output::panel::{Act, Entry, Panel};
use crate::output::{Output, keys};

/// What keys see and do. Dropping it gives the terminal back.
pub(super) struct Keys<'a> {
    output: &'a Output,
    panel: Mutex<Panel>,
    /// Whether the terminal is ours to draw on; held while that is about to change.
    ours: Mutex<bool>,
    ended: AtomicBool,
}

impl<'a> Keys<'a> {
    /// Keys, where a person can press some.
    pub(super) fn of(output: &'a Output) -> Option<Self> {
        let (panel, ours, ended) = (Mutex::default(), Mutex::new(false), AtomicBool::new(false));
        output.takes_keys().then_some(Self { output, panel, ours, ended })
    }

    /// A delivery can be selected from now on; says whether its line is to be printed.
    pub(super) fn arrived(&self, number: i64, summary: &Summary, line: Line) -> bool {
        let (provider, event) = (summary.provider.clone(), summary.event_type.clone());
        self.panel().add(Entry { number, provider, event, line })
    }

    /// Draws the panel as it is now.
    pub(super) fn draw(&self) {
        // Held until it is drawn: whoever takes the panel away meanwhile would find it there again.
        let ours = held(&self.ours);
        if *ours && !self.ended.load(Ordering::Relaxed) {
            let lines = self.output.size().map(|size| self.panel().lines(size));
            self.output.pin(lines.as_ref());
        }
    }

    /// Reads keys until the end, and hands over what they ask for.
    pub(super) fn read(&self, acts: &SyncSender<Act>) {
        let (mut reader, mut size) = (keys::Reader::default(), None);
        while !self.ended.load(Ordering::Relaxed) {
            if !self.claim() {
                thread::sleep(keys::TICK);
                continue;
            }
            let now = self.output.size();
            if size != now {
                size = now;
                self.draw();
            }
            for key in reader.read() {
                let act = self.panel().press(&key);
                self.draw();
                match act {
                    // As Ctrl-C does, for whoever listens to it: also a replay that is under way.
                    Some(Act::Quit) => drop(kill_process(getpid(), Signal::INT)),
                    Some(act) if acts.try_send(act).is_err() => self.output.note("busy with earlier keys"),
                    _ => {}
                }
            }
        }
    }

    /// Asks for the terminal, if it can be had: it may be somebody else's now.
    fn claim(&self) -> bool {
        let mut ours = held(&self.ours);
        let was = *ours;
        *ours = keys::are_ours() && keys::take().is_ok();
        let came = *ours && !was;
        let is = *ours;
        drop(ours);
        if came {
            self.draw();
        }
        is
    }

    /// Gives the terminal back for as long as this process is stopped: by Ctrl-Z, or for good by Ctrl-\.
    pub(super) async fn stopping(&self) {
        let stop = signal(SignalKind::from_raw(Signal::TSTP.as_raw()));
        let (Ok(mut stop), Ok(mut quit)) = (stop, signal(SignalKind::quit())) else { return pending().await };
        loop {
            let last = tokio::select! {
                _ = stop.recv() => Signal::STOP,
                _ = quit.recv() => Signal::KILL,
            };
            let mut ours = held(&self.ours);
            *ours = false;
            self.output.pin(None);
            keys::release();
            // It returns when somebody lets the process go on.
            let _ = kill_process(getpid(), last);
        }
    }

    /// Nothing more is drawn, and no key acts.
    pub(super) fn end(&self) {
        let _ours = held(&self.ours);
        self.ended.store(true, Ordering::Relaxed);
        self.output.pin(None);
    }

    fn panel(&self) -> MutexGuard<'_, Panel> {
        held(&self.panel)
    }
}

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        self.end();
        keys::release();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
