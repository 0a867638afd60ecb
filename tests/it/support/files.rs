//! What a program did, in order, from what `strace` saw of it; with the files of a folder, if it saw enough (`-f -y -xx -s` and a
//! large number).

use std::collections::HashMap;

/// Something that was done, in the order in which it was done.
pub(crate) enum Step {
    /// A file is there that may not have been.
    Create(String),
    /// It has no name any more.
    Remove(String),
    /// These bytes are written at this place.
    Write(String, usize, Vec<u8>),
    /// It is made so long.
    Length(String, usize),
    /// A thread has begun to sync a file, or the folder, which has no name; what it brings to disk was done before.
    SyncBegins(String, String),
    /// It has succeeded.
    SyncEnds(String),
    /// An acknowledgement leaves.
    Answer,
}

/// A call of a trace.
struct Call<'a> {
    thread: &'a str,
    text: String,
    ended: bool,
    began: bool,
}

/// The text of a line without escapes, in which every byte of a string is one character.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 3);
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        out.push_str(&rest[..at]);
        out.push(char::from(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two digits")));
        rest = &rest[at + 4..];
    }
    out + rest
}

/// The bytes of the first string of a call.
fn bytes(text: &str) -> Vec<u8> {
    let start = text.find("\"\\x").unwrap_or_else(|| text.find("\"\"").expect("a string")) + 1;
    let end = start + text[start..].find('"').expect("its end");
    plain(&text[start..end]).chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect()
}

/// The file of the descriptor that a call is about, below `folder`; "" for the folder itself.
fn file(text: &str, folder: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    let path = plain(rest.split_once('>')?.0);
    let name = path.strip_prefix(folder)?.trim_start_matches('/');
    // The index of the log is made anew at every start.
    (!name.ends_with("-shm")).then(|| name.to_owned())
}

/// The last number among a call's arguments.
fn last_number(text: &str) -> usize {
    let args = text.rsplit_once(')').map_or(text, |(args, _)| args).trim_end_matches("<unfinished ...").trim();
    args.rsplit(", ")
        .next()
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("a number: {text:.200}"))
}

/// The calls of a trace, each where it begins and where it ends.
fn calls(trace: &str) -> Vec<Call<'_>> {
    let mut open: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (thread, text) = line.split_once(' ').expect("a thread");
        let text = text.trim_start();
        if let Some(begun) = text.strip_suffix(" <unfinished ...>") {
            open.insert(thread, begun.to_owned());
            calls.push(Call { thread, text: begun.to_owned(), began: true, ended: false });
        } else if let Some((_, rest)) = text.split_once(" resumed>").filter(|_| text.starts_with("<... ")) {
            let begun = open.remove(thread).expect("it has begun");
            calls.push(Call { thread, text: begun + rest, began: false, ended: true });
        } else {
            calls.push(Call { thread, text: text.to_owned(), began: true, ended: true });
        }
    }
    calls
}

/// The calls of a trace that have ended, each in one piece, also those that others came between.
pub(crate) fn ended(trace: &str) -> Vec<String> {
    calls(trace).into_iter().filter(|call| call.ended).map(|call| call.text).collect()
}

/// What a trace says that was done in a folder.
pub(crate) fn steps(trace: &str, folder: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for call in calls(trace) {
        let text = &call.text[..];
        let name = text.split('(').next().unwrap_or_default();
        let succeeded = text.rsplit_once(" = ").is_some_and(|(_, result)| !result.starts_with('-'));
        match name {
            // What it acknowledges may be known to the sender as soon as it has begun.
            "write" | "sendto" | "writev" | "sendmsg" if call.began && text.contains(&hex("HTTP/1.1 200")) => {
                steps.push(Step::Answer);
            }
            "fsync" | "fdatasync" => {
                let Some(file) = file(text, folder) else { continue };
                if call.began {
                    steps.push(Step::SyncBegins(call.thread.to_owned(), file));
                }
                if call.ended && succeeded {
                    steps.push(Step::SyncEnds(call.thread.to_owned()));
                }
            }
            _ if !call.ended || !succeeded => {}
            "openat" if text.contains("O_CREAT") => {
                // The result has the path of the file that was opened.
                let (_, result) = text.rsplit_once(" = ").expect("a result");
                steps.extend(file(result, folder).map(Step::Create));
            }
            "unlink" => {
                let path = String::from_utf8(bytes(text)).expect("a path");
                let name = path.strip_prefix(folder).map(|name| name.trim_start_matches('/').to_owned());
                steps.extend(name.map(Step::Remove));
            }
            "pwrite64" => {
                let Some(file) = file(text, folder) else { continue };
                let (args, _) = text.rsplit_once(" = ").expect("a result");
                steps.push(Step::Write(file, last_number(args), bytes(text)));
            }
            "ftruncate" => {
                let Some(file) = file(text, folder) else { continue };
                let (args, _) = text.rsplit_once(" = ").expect("a result");
                steps.push(Step::Length(file, last_number(args)));
            }
            _ => {}
        }
    }
    steps
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}
