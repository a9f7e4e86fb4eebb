DROP TRIGGER {{index:insert_before_changes}};
DROP TRIGGER {{index:update_before_changes}};
ALTER TABLE {{table}} DROP COLUMN position;
DROP INDEX {{index:live_organisation_id}};
-- Positions are not given out again, even then.
UPDATE sqlite_sequence SET seq = max(seq, (SELECT last FROM {{log}}))
WHERE '"' || replace(name, '"', '""') || '"' = {{literal}} COLLATE NOCASE;
DROP TABLE {{changes}};
DROP TABLE {{log}};
