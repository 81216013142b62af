-- How far the rollout's own time had come, and when that was told with a release; never when null.
ALTER TABLE rollout ADD COLUMN reached_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollout ADD COLUMN reached_boot INTEGER;
ALTER TABLE rollout ADD COLUMN reached_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollout ADD COLUMN reached_at_wall_ms INTEGER NOT NULL DEFAULT 0;
