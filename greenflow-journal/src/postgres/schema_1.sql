-- One rollout: how it stands, and who may write. Half of each page is kept free, so that leases
-- are renewed in place.
CREATE TABLE greenflow_rollout (
  id text PRIMARY KEY,
  service text NOT NULL,
  ended boolean NOT NULL,
  locks_service boolean NOT NULL,
  head bigint NOT NULL,
  epoch bigint NOT NULL,
  created_by uuid NOT NULL,
  owner text,
  lease_until timestamptz NOT NULL,
  due_at timestamptz,
  appended_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX greenflow_locked_service ON greenflow_rollout (service)
  WHERE NOT ended AND locks_service;
CREATE INDEX greenflow_due ON greenflow_rollout (due_at) WHERE NOT ended;

-- One frame. The op tells whose append it came with, when the answer was lost.
CREATE TABLE greenflow_event (
  rollout text NOT NULL,
  sequence bigint NOT NULL,
  epoch bigint NOT NULL,
  op uuid NOT NULL,
  checksum bigint NOT NULL,
  frame bytea NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (rollout, sequence)
);
