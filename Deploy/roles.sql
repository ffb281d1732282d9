-- Roles of the database: tedi_owner changes the schema, tedi_coordinator works with what is in it and can neither make,
-- change nor drop a table. Run it as a superuser, connected to Tedi's database, before or after the first migration;
-- repeating it changes nothing. Neither role has a password here: use peer authentication (pg_ident.conf), or
-- \password tedi_coordinator in psql, which sends no password in the clear.
--
--     runuser -u postgres -- psql -v ON_ERROR_STOP=1 -d tedi -f Deploy/roles.sql

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tedi_owner', 'tedi_coordinator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT ALL ON DATABASE %I TO tedi_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tedi_coordinator', current_database());
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO tedi_owner;
GRANT USAGE ON SCHEMA public TO tedi_coordinator;

-- To see whose transaction keeps dead rows from being removed.
GRANT pg_read_all_stats TO tedi_coordinator;

-- What is there already.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tedi_coordinator;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO tedi_coordinator;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO tedi_coordinator;

-- What migrations bring later, and the partitions that the queue makes on its way.
ALTER DEFAULT PRIVILEGES FOR ROLE tedi_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tedi_coordinator;
ALTER DEFAULT PRIVILEGES FOR ROLE tedi_owner IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO tedi_coordinator;
ALTER DEFAULT PRIVILEGES FOR ROLE tedi_owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO tedi_coordinator;
