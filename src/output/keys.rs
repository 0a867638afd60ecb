//! Keys, one by one, as they are pressed.
//!
//! The terminal is asked to hand them over at once and not to show them; its signals stay, so that Ctrl-C and Ctrl-Z do
//! what they always do. Nobody waits for a key longer than a tenth of a second, so whoever reads can end, and notice a new
//! window size; and nobody waits in a read, which would stop a process that has gone to the background meanwhile.
//! (`console` reads keys, too, but waits for ever and leaves the terminal as it is then when the process ends.)

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Key;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// The longest time that anybody waits for a key.
pub const TICK: Duration = Duration::from_millis(100);

/// How the terminal was before, while its keys are ours. There is one terminal, whoever ends the process.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Asks for keys. Does nothing if they are ours already.
///
/// # Errors
/// Standard input is no terminal, or not one that can be asked.
pub fn take() -> io::Result<()> {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if before.is_some() {
        return Ok(());
    }
    let found = tcgetattr(io::stdin())?;
    let mut ours = found.clone();
    ours.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    ours.special_codes[SpecialCodeIndex::VMIN] = 0;
    ours.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(io::stdin(), OptionalActions::Now, &ours)?;
    *before = Some(found);
    Ok(())
}

/// Leaves the terminal as it was.
pub fn release() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    // Whoever has it now has made it as they want it.
    if let Some(before) = before.filter(|_| are_ours()) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

/// Whether the terminal is ours now: a job in the background would be stopped if it read from it.
pub fn are_ours() -> bool {
    // Of a terminal that does not control us nobody can say so, and nobody stops us there.
    tcgetpgrp(io::stdin()).map_or(true, |foreground| foreground == getpgrp())
}

/// Reads keys.
#[derive(Debug, Default)]
pub struct Reader {
    /// Bytes that may be the beginning of one.
    begun: Vec<u8>,
}

impl Reader {
    /// The keys that were pressed, after a tenth of a second at most.
    pub fn read(&mut self) -> Vec<Key> {
        let (mut buffer, started) = ([0; 256], Instant::now());
        if is_pressed() {
            match rustix::io::read(io::stdin(), &mut buffer) {
                Ok(length) if length > 0 => return self.feed(&buffer[..length]),
                // A terminal that is gone says at once that there is nothing.
                _ => std::thread::sleep(TICK.saturating_sub(started.elapsed())),
            }
        }
        // What did not go on was a key of its own.
        let alone = self.begun == [ESCAPE];
        self.begun.clear();
        if alone { vec![Key::Escape] } else { Vec::new() }
    }

    fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.begun.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((key, length)) = first(&self.begun) {
            keys.extend(key);
            self.begun.drain(..length);
        }
        keys
    }
}

/// Waits for a key.
fn is_pressed() -> bool {
    let stdin = io::stdin();
    let tick = TICK.try_into().expect("a tenth of a second");
    poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&tick)).is_ok_and(|ready| ready > 0)
}

const ESCAPE: u8 = 0x1b;

/// The first key, and how many bytes it takes; `None` as long as it is not there whole.
fn first(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match bytes {
        [] | [ESCAPE] => None,
        [ESCAPE, b'[' | b'O', rest @ ..] => {
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            Some((named(&rest[..=end]), end + 3))
        }
        // Twice Escape, or with Alt: the first one is a key of its own.
        [ESCAPE, ..] => Some((Some(Key::Escape), 1)),
        [b'\r' | b'\n', ..] => Some((Some(Key::Enter), 1)),
        [0x7f | 0x08, ..] => Some((Some(Key::Backspace), 1)),
        [byte, ..] => {
            let length = match byte {
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => 1,
            };
            let text = std::str::from_utf8(bytes.get(..length)?);
            Some((text.ok().and_then(|text| text.chars().next()).map(Key::Char), length))
        }
    }
}

/// What a terminal's sequence means, from behind its introduction on.
fn named(sequence: &[u8]) -> Option<Key> {
    Some(match sequence {
        b"A" => Key::ArrowUp,
        b"B" => Key::ArrowDown,
        b"H" | b"1~" | b"7~" => Key::Home,
        b"F" | b"4~" | b"8~" => Key::End,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_however_their_bytes_come() {
        let pressed = "j\u{1b}[A\u{1b}OB\u{1b}[5~\u{1b}[1;5Aé漢\r\u{7f}/".as_bytes();
        let keys = [
            Key::Char('j'),
            Key::ArrowUp,
            Key::ArrowDown,
            Key::PageUp,
            // With Ctrl: no key of ours, and no text either.
            Key::Char('é'),
            Key::Char('漢'),
            Key::Enter,
            Key::Backspace,
            Key::Char('/'),
        ];
        for pieces in [pressed.len(), 1, 2, 3] {
            let mut reader = Reader::default();
            let found: Vec<Key> = pressed.chunks(pieces).flat_map(|piece| reader.feed(piece)).collect();
            assert_eq!(found, keys, "{pieces} bytes at once");
        }
        let mut reader = Reader::default();
        assert_eq!(reader.feed(b"\x1b"), []);
        assert_eq!(reader.feed(b"\x1bq"), [Key::Escape, Key::Escape, Key::Char('q')]);
        assert_eq!(reader.feed(b"\xff\xc3"), []);
    }
}
