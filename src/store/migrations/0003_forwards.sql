-- What `listen` passes on.

-- Which route led to an attempt, and why.
ALTER TABLE attempts ADD COLUMN route TEXT;

-- Deliveries that were answered and are to be forwarded behind that, and have not been accepted there yet. run is the
-- listener that works on them. lane holds what must stay in order, NULL if nothing must; attempts counts those that were
-- made, reached those of them that got to the target; a delivery without due_at is a dead letter there, and of no run.
CREATE TABLE forwards (
    run BLOB NOT NULL,
    target TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    lane INTEGER,
    route TEXT,
    attempts INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    due_at INTEGER,
    PRIMARY KEY (run, target, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX forwards_delivery ON forwards (delivery);
