-- How far the rollout's own time had come, and when that was told with a release; never when null.
ALTER TABLE greenflow_rollout ADD COLUMN reached_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE greenflow_rollout ADD COLUMN reached_at timestamptz;
