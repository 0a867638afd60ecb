-- Runs of `send` and `replay` that are not done, with all that is needed to go on. What is done leaves nothing here.

-- plan is JSON that only the command understands; it never holds a secret. next is the first turn that was not made.
CREATE TABLE runs (
    id BLOB PRIMARY KEY,
    started_at INTEGER NOT NULL,
    command TEXT NOT NULL,
    plan TEXT NOT NULL,
    body BLOB,
    next INTEGER NOT NULL
) STRICT;

-- Deliveries that are recorded and neither accepted nor given up. The attempts that were made are in `attempts`.
CREATE TABLE pending (
    delivery INTEGER PRIMARY KEY,
    run BLOB NOT NULL,
    turn INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_run ON pending (run);
