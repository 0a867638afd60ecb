//! Running one program to its end: its input written, its output read, its time limited.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::model::Program;

/// Of each stream so much is kept; the rest is read, and lost.
const KEPT: usize = 16 * 1024;

/// Whoever leaves a process behind that holds its streams open is not waited for longer than this.
const LEFT_OPEN: Duration = Duration::from_millis(500);

/// What a run may take beside the program's own time: to start it, and to hear of its end.
pub(super) const AROUND: Duration = Duration::from_secs(1);

/// The environment that programs get: that of hookctl, without what is hookctl's own or a secret.
#[derive(Debug, Clone, Default)]
pub struct Surroundings(Vec<(OsString, OsString)>);

impl Surroundings {
    /// The variables of this process without those that begin with `HOOKCTL_` (secrets are among them) and without
    /// `hidden`, which hold others.
    pub fn without(hidden: &[String]) -> Self {
        let keeps = |name: &OsString| {
            let name = name.to_string_lossy();
            !name.starts_with("HOOKCTL_") && !hidden.iter().any(|hidden| *hidden == name)
        };
        Self(std::env::vars_os().filter(|(name, _)| keeps(name)).collect())
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It took too long, and was killed with all that it had started.
    TimedOut,
    /// It never began; why.
    NotStarted(String),
}

impl Ended {
    /// Whether it says that all is well.
    pub fn is_well(&self) -> bool {
        *self == Self::Exited(0)
    }

    fn of(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        status.code().map_or_else(|| Self::Signalled(status.signal().unwrap_or_default()), Self::Exited)
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub ended: Ended,
    /// What it wrote to standard output, or the beginning of that.
    pub stdout: Vec<u8>,
    /// Likewise for standard error.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub took: Duration,
}

/// Runs a program in a process group of its own, with `input` on standard input.
pub async fn run(
    program: &Program,
    surroundings: &Surroundings,
    variables: &[(&'static str, String)],
    input: Bytes,
    limit: Duration,
) -> Ran {
    let start = Instant::now();
    let mut command = Command::new(program.name());
    command.args(program.arguments()).env_clear().envs(surroundings.0.iter().map(|(name, value)| (name, value)));
    command.envs(variables.iter().map(|(name, value)| (name, value.replace('\0', "\u{fffd}"))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let ended = Ended::NotStarted(reason(&error));
            return Ran { ended, stdout: Vec::new(), stderr: Vec::new(), took: start.elapsed() };
        }
    };
    let stdin = child.stdin.take();
    // A program that does not read its input breaks the pipe, which is its right.
    let feeding = tokio::spawn(async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&input).await;
        }
    });
    let (over, ends) = watch::channel(());
    let stdout = tokio::spawn(read(child.stdout.take(), ends.clone()));
    let stderr = tokio::spawn(read(child.stderr.take(), ends));
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let ended = match timeout_at(start + limit, child.wait()).await {
        Ok(Ok(status)) => Ended::of(status),
        Ok(Err(error)) => Ended::NotStarted(reason(&error)),
        Err(_) => {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.kill().await;
            Ended::TimedOut
        }
    };
    let took = start.elapsed();
    feeding.abort();
    drop(over);
    Ran { ended, stdout: stdout.await.unwrap_or_default(), stderr: stderr.await.unwrap_or_default(), took }
}

/// Reads a stream to its end, or for a little longer than the program runs.
async fn read(stream: Option<impl AsyncRead + Unpin>, mut ends: watch::Receiver<()>) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else { return kept };
    let mut piece = vec![0; 8 * 1024];
    let over = async {
        // Never sent to: it resolves when the other end is dropped.
        let _ = ends.changed().await;
        sleep(LEFT_OPEN).await;
    };
    tokio::pin!(over);
    loop {
        let count = tokio::select! {
            biased;
            read = stream.read(&mut piece) => read.unwrap_or(0),
            () = &mut over => 0,
        };
        if count == 0 {
            return kept;
        }
        kept.extend_from_slice(&piece[..count.min(KEPT - kept.len())]);
    }
}

/// Why a program could not be started.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such program".to_owned(),
        ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str, input: &'static [u8], limit: Duration) -> Ran {
        let program = Program::of_words(["sh", "-c", script].map(str::to_owned).to_vec()).expect("a program");
        let variables = [("HOOKCTL_X", "a\0b".to_owned())];
        run(&program, &Surroundings::without(&[]), &variables, Bytes::from_static(input), limit).await
    }

    #[tokio::test]
    async fn input_variables_output_and_code_are_passed() {
        static LARGE: [u8; 1 << 20] = [b'x'; 1 << 20];
        let long = Duration::from_mins(1);
        let ran = shell("cat; printf \"$HOOKCTL_X\" >&2; exit 3", b"\xff\x00body", long).await;
        assert_eq!(ran.ended, Ended::Exited(3));
        assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (&b"\xff\x00body"[..], "a\u{fffd}b".as_bytes()));
        // One that reads nothing of a large input, writes more than is kept, and ends by a signal.
        let ran = shell("head -c 100000 /dev/zero; kill -TERM $$", &LARGE, long).await;
        assert_eq!((ran.ended, ran.stdout.len()), (Ended::Signalled(15), KEPT));
        let nothing: Program = "/nowhere/at/all".parse().expect("a program");
        let ran = run(&nothing, &Surroundings::default(), &[], Bytes::new(), long).await;
        assert!(matches!(ran.ended, Ended::NotStarted(_)), "{ran:?}");
    }

    #[tokio::test]
    async fn what_takes_too_long_ends_with_all_that_it_started() {
        let begun = Instant::now();
        let ran = shell("sleep 600 & sleep 600", b"", Duration::from_millis(50)).await;
        assert_eq!(ran.ended, Ended::TimedOut);
        assert!(begun.elapsed() < Duration::from_mins(5), "neither holds its streams open");
        // One that leaves something behind is not waited for.
        let ran = shell("printf said; sleep 60 & exit 0", b"", Duration::from_mins(5)).await;
        assert_eq!((ran.ended, ran.stdout.as_slice()), (Ended::Exited(0), &b"said"[..]));
        assert!(begun.elapsed() < Duration::from_mins(1));
    }
}
