-- When lines of an open batch last came: one that is still being uploaded is not old.
ALTER TABLE batch ADD COLUMN uploaded_at timestamptz;
