-- The first form of the store. It is never changed: a later form is a further file.
-- Times are microseconds since 1970. Enumerations are the numbers of codes.rs. Numbers are counted by the writer.

-- 'hook' in ASCII: what tells this file from any other SQLite database.
PRAGMA application_id = 1752133483;

-- Provider and event type, once each: a filter looks at these few rows and then compares one integer a delivery.
CREATE TABLE kinds (
    id INTEGER PRIMARY KEY,
    provider TEXT,
    event_type TEXT
) STRICT;

-- What lists show. Narrow on purpose, and what filters look at first: a search through a million of them reads 130 MB.
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    verdict INTEGER NOT NULL,
    reason INTEGER,
    status INTEGER,
    bytes INTEGER NOT NULL,
    duplicate_of INTEGER,
    id BLOB NOT NULL,
    method TEXT NOT NULL,
    target TEXT NOT NULL,
    remote TEXT NOT NULL,
    event_id TEXT,
    dedupe_key BLOB
) STRICT;
CREATE UNIQUE INDEX deliveries_id ON deliveries (id);

-- Head and body as they were on the wire, with a CRC-32 of id, head and body: a disk that forgets is noticed.
CREATE TABLE payloads (
    number INTEGER PRIMARY KEY,
    crc INTEGER NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- The index by which duplicates are found. The writer fills it in portions (duplicates.rs), one slice of the keys at a
-- time; seen_upto says up to which number each slice is complete.
CREATE TABLE seen (
    dedupe_key BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (dedupe_key, received_at, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen_upto (
    slice INTEGER PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;

CREATE TABLE attempts (
    number INTEGER PRIMARY KEY,
    delivery INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    failure INTEGER,
    status INTEGER,
    url TEXT NOT NULL,
    headers BLOB,
    body BLOB
) STRICT;
CREATE INDEX attempts_delivery ON attempts (delivery);

-- The highest number that was ever deleted: numbers are not given twice.
CREATE TABLE highest (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO highest VALUES (1, 0);
