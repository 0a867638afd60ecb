//! Judging an export of any length: read once from front to back, judged by all processors, told in its order, in memory for
//! a few blocks of it.

use std::collections::VecDeque;
use std::io::Read;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Judged, Judging, LOOKED_INTO, Sum};
use crate::commands::capture;
use crate::diagnosis::Diagnosis;
use crate::error::Failure;
use crate::formats::{Block, Capture, blocks};
use crate::model::Verdict;
use crate::provider::Verifier;
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
    let work = Work { judging, name, is_brief: judging.is_brief(), invalid: AtomicU64::new(0) };
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
    /// Whether the verdict is all there is to tell of a valid one.
    is_brief: bool,
    /// Those that are not valid, found so far by all threads.
    invalid: AtomicU64,
}

impl Work<'_> {
    fn until_the_end(&self, jobs: &Mutex<Receiver<Job>>) {
        let mut kept = None;
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { block, done }) = job else { return };
            // Nobody waits any more once something has failed.
            let _ = done.send(self.block(&block, &mut kept));
        }
    }

    fn block(&self, block: &Block, kept: &mut Option<Arc<Verifier>>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut count, mut text) = (0, String::new());
        for line in block.lines() {
            let judged = line.read(self.name).map_err(Failure::from);
            let piece = match judged.and_then(|record| self.line(record.capture, kept, &mut text)) {
                Ok(None) => {
                    count += 1;
                    continue;
                }
                Ok(Some((judged, diagnosis))) => Piece::Other(Box::new(judged), diagnosis),
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

    /// Judges a request by the shortest way. `None`: all that there is to tell is in `text`.
    fn line(
        &self,
        mut capture: Capture,
        kept: &mut Option<Arc<Verifier>>,
        text: &mut String,
    ) -> Result<Option<(Judged, Option<Diagnosis>)>, Failure> {
        let Judging { judge, args, .. } = self.judging;
        capture::complete(&mut capture, args);
        let verifier = if self.is_brief { judge.verifier_of(&capture, kept)? } else { None };
        if let Some(verifier) = verifier {
            if verifier.signs_url() {
                capture::tell_address(&mut capture, judge.public_url());
            }
            let judgement = judge.judge_with(verifier, &capture, Checks::off());
            if judgement.verdict == Verdict::Valid {
                self.judging.show_briefly(&capture.source, &verifier.provider().name, &judgement, text);
                return Ok(None);
            }
        }
        // There is more to say of it.
        capture::tell_address(&mut capture, judge.public_url());
        let judged = self.judging.judged(capture, self.judging.checks())?;
        if matches!(judged.judgement.verdict, Verdict::Valid | Verdict::UnknownProvider) {
            return Ok(Some((judged, None)));
        }
        // The first ones are looked into when they are told: only then it is known that they are the first.
        if self.invalid.fetch_add(1, Ordering::Relaxed) < LOOKED_INTO {
            return Ok(Some((judged, None)));
        }
        let diagnosis = self.judging.diagnosed(&judged, self.judging.effort(LOOKED_INTO))?;
        Ok(Some((judged, Some(diagnosis))))
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
