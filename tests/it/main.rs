//! Tests of hookctl from outside: the binary as a user runs it, and the library's providers.

/// `events diff`, `stats` and `schema`.
mod analysis;
/// Which module may use which.
mod layers;
/// `events delete` and `events prune`.
mod removal;
/// The support itself: a sandbox, a listener, a receiver that work together.
mod smoke;
mod support;
/// `events export` and `import`.
mod transfer;
