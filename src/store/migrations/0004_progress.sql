-- How far a run is. Apart from `runs`, whose rows hold plans and bodies of any length and would be written anew each turn.

-- next is the first turn that was not made.
CREATE TABLE progress (
    run BLOB PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO progress SELECT id, next FROM runs;
ALTER TABLE runs DROP COLUMN next;
