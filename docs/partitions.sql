-- Partitions by kost all tables that grow: see scaling.md, “Partitions”. No statement of the
-- program changes. The parts lie in schemas of their own (public_0, public_1 …), in which
-- tables, keys and indexes have the names that the program knows.
--
-- Stop the program, make a backup, leave room for a second copy of these tables, choose the
-- number of parts below, and:
--
--     psql --set=ON_ERROR_STOP=1 --file=partitions.sql postgres://…
--
-- It happens as a whole or not at all.

DO $do$
DECLARE
    parts CONSTANT integer := 4;
    -- Each with its column that names the kost; what is left out of this list stays whole.
    key_of CONSTANT jsonb := '{
        "location": "kost", "membership": "kost", "invitation": "kost",
        "ticket": "kost", "follower": "kost", "activity": "kost", "photo": "kost",
        "notification": "kost", "delivery": "kost", "task_act": "kost",
        "job": "scope", "job_attempt": "scope"
    }';
    home CONSTANT name := current_schema();
    here CONSTANT regnamespace := quote_ident(home)::regnamespace;
    spaces CONSTANT name[] :=
        ARRAY(SELECT home || '_' || part FROM generate_series(0, parts - 1) AS part);
    keys text[];
    indexes text[];
    references_ text[];
    whole record;
    command text;
BEGIN
    -- What is made anew in the end: on each part first, so that what is then made on the
    -- table finds it there and takes it over. The id alone takes the kost to it.
    SELECT array_agg(format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', space, relname, conname,
               regexp_replace(pg_get_constraintdef(pg_constraint.oid), '^PRIMARY KEY \(id\)$',
                   format('PRIMARY KEY (id, %I)', key_of ->> relname))) ORDER BY space = home)
    INTO keys
    FROM pg_constraint
    JOIN pg_class ON pg_class.oid = conrelid
    CROSS JOIN unnest(spaces || home) AS space
    WHERE relnamespace = here AND key_of ? relname AND contype IN ('p', 'u');

    SELECT array_agg(format('%s %I ON %I.%I %s',
               CASE WHEN indisunique THEN 'CREATE UNIQUE INDEX' ELSE 'CREATE INDEX' END,
               indexrelid::regclass, space, relname,
               substring(pg_get_indexdef(indexrelid) FROM 'USING .*')) ORDER BY space = home)
    INTO indexes
    FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    CROSS JOIN unnest(spaces || home) AS space
    WHERE relnamespace = here AND key_of ? relname
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f');

    SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
               pg_get_constraintdef(pg_constraint.oid)))
    INTO references_
    FROM pg_constraint
    WHERE connamespace = here AND contype = 'f'
      AND (key_of ? conrelid::regclass::text OR key_of ? confrelid::regclass::text);

    FOREACH command IN ARRAY spaces LOOP
        EXECUTE format('CREATE SCHEMA %I', command);
    END LOOP;

    FOR whole IN
        SELECT relname, relname || '_whole' AS aside, key_of ->> relname AS key,
               'WITH (' || array_to_string(reloptions, ', ') || ')' AS options,
               pg_get_serial_sequence(quote_ident(relname), (
                   SELECT attname
                   FROM pg_attribute
                   WHERE attrelid = pg_class.oid AND attidentity <> '')) AS numbers
        FROM pg_class
        WHERE relnamespace = here AND key_of ? relname AND relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', whole.relname, whole.aside);
        EXECUTE format(
            'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS)
             PARTITION BY HASH (%I)', whole.relname, whole.aside, whole.key);
        FOR part IN 0 .. parts - 1 LOOP
            EXECUTE format(
                'CREATE TABLE %I.%I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s) %s',
                spaces[part + 1], whole.relname, whole.relname, parts, part, whole.options);
        END LOOP;
        EXECUTE format('INSERT INTO %I SELECT * FROM %I', whole.relname, whole.aside);
        -- Numbers go on behind the last one that was ever given.
        IF whole.numbers IS NOT NULL THEN
            PERFORM setval(pg_get_serial_sequence(quote_ident(whole.relname), 'id'),
                           nextval(whole.numbers), false);
        END IF;
        EXECUTE format('DROP TABLE %I CASCADE', whole.aside);
    END LOOP;

    FOREACH command IN ARRAY keys || indexes || references_ LOOP
        EXECUTE command;
    END LOOP;
END
$do$;
