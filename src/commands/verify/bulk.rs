//! Judging an export of any length: read once from front to back, judged by all processors, told in its order, in memory for
//! a few blocks of it.

use std::collections::VecDeque;
use std::io::Read;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Judged, Judging, LOOKED_INTO, Sum};
use crate::commands::capture;
use crate::diagnosis::Diagnosis;
use crate::error::Failure;
use crate::formats::{Block, Capture, blocks};
use crate::model::Verdict;
use crate::signature::Checks;

/// Judges every line of an export.
///
/// # Errors
/// The first line that cannot be read, after what stands before it was judged and told.
pub(super) fn run(
    judging: &Judging<'_>,
    reader: Box<dyn Read + Send>,
    name: &str,
    sum: &mut Sum,
) -> Result<(), Failure> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let work = Work { judging, name, invalid: AtomicU64::new(0) };
    let (to_judge, jobs) = sync_channel::<Job>(threads);
    let jobs = Mutex::new(jobs);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work.until_the_end(&jobs));
        }
        // Dropped with this block: the threads end when no more can come.
        let to_judge = to_judge;
        let mut waiting: VecDeque<Receiver<Vec<Piece>>> = VecDeque::new();
        for block in blocks(reader, name) {
            let block = match block {
                Ok(block) => block,
                Err(error) => {
                    tell_until(judging, &mut waiting, 0, sum)?;
                    return Err(error.into());
                }
            };
            // Of blocks with a line beyond the usual there is one in memory.
            let others = if block.is_large() { 0 } else { 2 * threads };
            tell_until(judging, &mut waiting, others, sum)?;
            if judging.context.output.is_closed() {
                break;
            }
            let (done, result) = sync_channel(1);
            waiting.push_back(result);
            // Only a panic of all threads can close the channel, and the scope tells of it.
            let _ = to_judge.send(Job { block, done });
            if others == 0 {
                tell_until(judging, &mut waiting, 0, sum)?;
            }
        }
        tell_until(judging, &mut waiting, 0, sum)
    })
}

/// Some lines to judge, and where the result is awaited.
struct Job {
    block: Block,
    done: SyncSender<Vec<Piece>>,
}

/// What came of some lines, in their order.
enum Piece {
    /// Valid ones, as they are told.
    Valid { count: u64, text: String },
    /// One that is to be told in full, and why it is not valid, if that was looked into.
    Other(Box<Judged>, Option<Diagnosis>),
    /// Nothing behind this is judged.
    Failed(Failure),
}

struct Work<'a> {
    judging: &'a Judging<'a>,
    name: &'a str,
    /// Those that are not valid, found so far by all threads.
    invalid: AtomicU64,
}

impl Work<'_> {
    fn until_the_end(&self, jobs: &Mutex<Receiver<Job>>) {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { block, done }) = job else { return };
            // Nobody waits any more once something has failed.
            let _ = done.send(self.block(&block));
        }
    }

    fn block(&self, block: &Block) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut count, mut text) = (0, String::new());
        for line in block.lines() {
            let judged = line.read(self.name).map_err(Failure::from).and_then(|record| self.line(record.capture));
            let piece = match judged {
                Ok((judged, _)) if self.is_brief(&judged) => {
                    count += 1;
                    text.push_str(&self.judging.shown_briefly(&judged));
                    text.push('\n');
                    continue;
                }
                Ok((judged, diagnosis)) => Piece::Other(Box::new(judged), diagnosis),
                Err(failure) => Piece::Failed(failure),
            };
            if count > 0 {
                pieces.push(Piece::Valid { count: std::mem::take(&mut count), text: std::mem::take(&mut text) });
            }
            let failed = matches!(piece, Piece::Failed(_));
            pieces.push(piece);
            if failed {
                return pieces;
            }
        }
        if count > 0 {
            pieces.push(Piece::Valid { count, text });
        }
        pieces
    }

    /// Whether the verdict is all there is to tell. That a file brought its own secret is worth telling.
    fn is_brief(&self, judged: &Judged) -> bool {
        let args = self.judging.args;
        let wants_all = args.explain || args.show_secrets || self.judging.context.output.is_verbose();
        judged.is_valid() && !wants_all && judged.capture.secret.is_none()
    }

    /// Judges a request by the shortest way, and looks at it again if there is more to say.
    fn line(&self, mut capture: Capture) -> Result<(Judged, Option<Diagnosis>), Failure> {
        capture::complete(&mut capture, self.judging.args);
        if self.judging.judge.needs_address(&capture)? {
            capture::tell_address(&mut capture, self.judging.judge.public_url());
        }
        let mut judged = self.judging.judged(capture, Checks::off())?;
        if self.is_brief(&judged) {
            return Ok((judged, None));
        }
        capture::tell_address(&mut judged.capture, self.judging.judge.public_url());
        let judged = self.judging.judged(judged.capture, self.judging.checks())?;
        if matches!(judged.judgement.verdict, Verdict::Valid | Verdict::UnknownProvider) {
            return Ok((judged, None));
        }
        // The first ones are looked into when they are told: only then it is known that they are the first.
        if self.invalid.fetch_add(1, Ordering::Relaxed) < LOOKED_INTO {
            return Ok((judged, None));
        }
        let diagnosis = self.judging.diagnosed(&judged, self.judging.effort(LOOKED_INTO))?;
        Ok((judged, Some(diagnosis)))
    }
}

/// Tells what came of the blocks that were handed out first, until so many are left.
fn tell_until(
    judging: &Judging<'_>,
    waiting: &mut VecDeque<Receiver<Vec<Piece>>>,
    left: usize,
    sum: &mut Sum,
) -> Result<(), Failure> {
    while waiting.len() > left {
        let pieces = waiting.pop_front().and_then(|first| first.recv().ok()).unwrap_or_default();
        for piece in pieces {
            match piece {
                Piece::Valid { count, text } => {
                    sum.count_valid(count);
                    judging.context.output.text(&text);
                }
                Piece::Other(judged, brief) => {
                    let diagnosis = match brief.filter(|_| sum.0.invalid >= LOOKED_INTO) {
                        Some(brief) => brief,
                        None => judging.diagnosed(&judged, judging.effort(sum.0.invalid))?,
                    };
                    sum.count(judged.judgement.verdict, &diagnosis);
                    judging.show(&judged, &diagnosis);
                }
                Piece::Failed(failure) => return Err(failure),
            }
        }
    }
    Ok(())
}
