-- Executions that workers have claimed from a coordinator, without Redis: their leases are kept here.

-- End of the lease; NULL where Redis keeps it.
ALTER TABLE job_live ADD COLUMN leased_until timestamptz;
CREATE INDEX job_live_leased ON job_live (leased_until) WHERE leased_until IS NOT NULL;
