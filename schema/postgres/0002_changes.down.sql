DROP TRIGGER {{index:insert_before_changes}} ON {{table}};
DROP TRIGGER {{index:update_before_changes}} ON {{table}};
DROP FUNCTION {{qualified:before_changes}}();
DROP INDEX {{qualified:live_organisation_id}};
ALTER TABLE {{table}} DROP COLUMN position;
-- Positions are not given out again, even then.
SELECT setval(pg_get_serial_sequence({{literal}}, 'seq'), greatest(last, 1), last > 0) FROM {{log}};
DROP TABLE {{changes}};
DROP TABLE {{log}};
