import Postgres

extension FaultWorld {
    /// Has PostgreSQL note whoever changes or removes a terminal row from now on.
    func watchTerminals() async throws {
        _ = try await query(
            """
            DO $$
            BEGIN
                IF to_regclass('terminal_change') IS NOT NULL THEN RETURN; END IF;
                CREATE TABLE terminal_change (id bigint, what text);
                CREATE FUNCTION note_terminal_change() RETURNS trigger LANGUAGE plpgsql AS $body$
                BEGIN
                    INSERT INTO terminal_change VALUES (OLD.id, TG_OP);
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                END $body$;
                CREATE TRIGGER note_terminal_change BEFORE UPDATE OR DELETE ON job_done
                    FOR EACH ROW EXECUTE FUNCTION note_terminal_change();
            END $$
            """)
    }

    /// I2: terminal rows that were changed or removed since the world began.
    func terminalsChanged() async throws -> [String] {
        try await query("SELECT id, what FROM terminal_change").map { row in
            "I2: the terminal row of job \(try row.int64(0)) met with \(try row.string(1))"
        }
    }
}
