-- One start of the host: the moments of leases count from it, and mean nothing after the next one.
CREATE TABLE boot (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  time_namespace TEXT NOT NULL,
  seen_at_wall_ms INTEGER NOT NULL
) STRICT;

-- One rollout: how it stands, and who may write.
CREATE TABLE rollout (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  service TEXT NOT NULL,
  ended INTEGER NOT NULL,
  locks_service INTEGER NOT NULL,
  head INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  -- The lease: nobody's when there is no owner, over when it is of an earlier boot.
  owner TEXT,
  lease_boot INTEGER NOT NULL,
  lease_until_ms INTEGER NOT NULL,
  -- When an unleased rollout is due; never when null.
  due_boot INTEGER NOT NULL,
  due_at_ms INTEGER,
  appended_boot INTEGER NOT NULL,
  appended_at_ms INTEGER NOT NULL,
  appended_at_wall_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX locked_service ON rollout (service) WHERE ended = 0 AND locks_service = 1;
CREATE INDEX unended ON rollout (id) WHERE ended = 0;

-- One frame. In the order of appending, so that a commit touches few pages.
CREATE TABLE event (
  place INTEGER PRIMARY KEY,
  rollout INTEGER NOT NULL REFERENCES rollout (number),
  sequence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  frame BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX event_of_rollout ON event (rollout, sequence);
