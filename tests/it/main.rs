//! Tests of hookctl from outside: the binary as a user runs it, and the library's providers.

/// Answered at once, forwarded behind.
mod ack;
/// Alerts of `listen`, and who is told.
mod alerts;
/// `events diff`, `stats` and `schema`.
mod analysis;
/// Exports for others, with pseudonyms.
mod anonymous;
/// Scripted answers of `listen`, also broken ones.
mod answers;
/// Secrets, looked for in everything that was written.
mod canaries;
/// What is just within a limit, and one more.
mod caps;
/// A wall clock that is set back or ahead.
mod clock;
/// Completion scripts and manual pages are up to date.
mod completions;
/// Configuration as a user meets it.
mod config;
/// Captures as curl commands, run by curl.
mod curl;
/// Addresses that may be called, in every spelling.
mod destinations;
mod diagnosis;
/// Acknowledged means durable.
mod durability;
/// Listing and showing what was recorded.
mod events;
/// A program for every delivery.
mod exec;
/// Disks that fail, processes that die, descriptors that run out.
mod faults;
/// Requests of every shape arrive at a target as they came.
mod fidelity;
/// Events made of captures.
mod fixture;
/// What `listen --forward-to` passes on, to whom, and what comes back.
mod forward;
/// Who is let in, how often, and with which bodies.
mod gates;
/// Registration, from both sides.
mod handshakes;
/// Deliveries and answers from people who mean ill.
mod hostile;
/// Requests that would break out of a file.
mod injection;
/// The second address of `listen`.
mod inspector;
/// Keys that act on a delivery while `listen` runs.
mod keys;
/// Which module may use which.
mod layers;
/// What arrives, what is answered, what is recorded.
mod listen;
/// `load`: genuine deliveries, true counts, honest exit codes.
mod load;
/// Captures as a load, several events in a request.
mod load_captured;
/// The plan of a load test printed for others.
mod load_emit;
/// Receivers that fail a load test in every way.
mod load_failures;
/// Thresholds, baselines, report files, merged shards.
mod load_reports;
/// `load` over TLS and HTTP/2.
mod load_tls;
/// What is seen of a load test, how it is paced and ended.
mod load_watch;
/// What may be written as a flag of `load`, and what is said of the rest.
mod load_words;
/// Nobody is called who was not named.
mod local;
/// Credentials by name and by look.
mod masking;
/// What others read of a listener: metrics and logs.
mod metrics;
/// What is printed where.
mod output;
/// What the inspector's page asks for, and what it has done.
mod page;
/// Names in deliveries, links in folders.
mod paths;
/// What is left when the power is cut.
mod power;
/// Every folder of `fixtures/`.
mod providers;
/// The console blocks of README.md do what they show.
mod readme;
/// `events delete` and `events prune`.
mod removal;
/// Sending recorded deliveries again.
mod replay;
/// Replays that were interrupted.
mod resume;
/// Attempts behind the first, and runs that are interrupted.
mod retries;
/// Disks without room.
mod room;
/// Two secrets at a time.
mod rotation;
/// Routes in a configuration file.
mod routes;
/// `listen` in scripts: ready, expected, ended.
mod scripts;
/// Where secrets come from, and how they are kept.
mod secret;
/// What `listen` shows of which deliveries.
mod seeing;
/// The wire, the failures, the records, the refusals of `send`.
mod send;
/// The headers that `sign` prints.
mod sign;
/// The support itself: a sandbox, a listener, a receiver that work together.
mod smoke;
/// Deliveries from a channel.
mod source;
/// More than one event: stories, batches, subscriptions, tenants.
mod stories;
/// What verification never lets through, and providers of one's own.
mod strictness;
mod support;
/// `listen --tls`.
mod tls;
/// `events export` and `import`.
mod transfer;
/// What a project file may say once it is accepted.
mod trust;
/// Captures and files of every form, verdicts, reasons, exit codes.
mod verify;
/// `verify` of several requests at once.
mod verify_several;
