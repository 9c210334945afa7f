//! The migrations are written twice, and make the same schema. PostgreSQL is
//! the judge: what SQLite keeps of its own is translated and made there too,
//! so that one catalogue writes both down, in the same words.

use std::collections::BTreeSet;
use std::io::Write;

use db::{Clock, Db, Migration, On, query};

use crate::support::{TestApp, postgres_url, start};

/// Everything that a schema says, a line for each fact.
type Facts = BTreeSet<String>;

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Some(of_sqlite) = facts_of_sqlite().await else { return };
    let of_postgres = facts(&TestApp::new().await.app.db).await;
    let differences = differences(&of_sqlite, &of_postgres);
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    assert!(of_sqlite.len() > 250, "too few facts to be all: {of_sqlite:#?}");
}

/// What the comparison must not miss: a change, and what it has to say of it.
const CHANGES: &[(&str, &str)] = &[
    ("CREATE TABLE extra (id BIGINT)", "postgres: column extra.id number"),
    ("DROP TABLE follower", "sqlite: column follower.since number not null"),
    ("ALTER TABLE ticket ADD COLUMN extra TEXT", "postgres: column ticket.extra text"),
    ("ALTER TABLE photo DROP COLUMN width", "sqlite: column photo.width number not null"),
    ("ALTER TABLE photo ALTER width TYPE TEXT", "postgres: column photo.width text not null"),
    ("ALTER TABLE ticket ALTER title DROP NOT NULL", "postgres: column ticket.title text"),
    ("ALTER TABLE ticket ALTER done_at SET NOT NULL", "sqlite: column ticket.done_at number"),
    (
        "ALTER TABLE ticket ALTER version SET DEFAULT 2",
        "postgres: column ticket.version number not null default 2",
    ),
    (
        "ALTER TABLE ticket ALTER returned SET DEFAULT TRUE",
        "postgres: column ticket.returned number not null default 1",
    ),
    ("ALTER TABLE photo ALTER id DROP IDENTITY", "sqlite: column photo.id number not null given"),
    (
        "ALTER TABLE follower DROP CONSTRAINT follower_pkey",
        "sqlite: constraint follower follower_pkey PRIMARY KEY (kost, ticket, account)",
    ),
    (
        "ALTER TABLE delivery DROP CONSTRAINT delivery_kost_notification_channel_key",
        "sqlite: constraint delivery delivery_kost_notification_channel_key UNIQUE (kost, notification, channel)",
    ),
    (
        "DROP INDEX ticket_kost_number_key",
        "sqlite: CREATE UNIQUE INDEX ticket_kost_number_key ON ticket USING btree (kost, number)",
    ),
    (
        "DROP INDEX ticket_kost_number_key; CREATE INDEX ticket_kost_number_key ON ticket (kost, number)",
        "postgres: CREATE INDEX ticket_kost_number_key ON ticket USING btree (kost, number)",
    ),
    (
        "DROP INDEX photo_kost_ticket; CREATE INDEX photo_kost_ticket ON photo (id, ticket, kost)",
        "postgres: CREATE INDEX photo_kost_ticket ON photo USING btree (id, ticket, kost)",
    ),
    (
        "DROP INDEX ticket_kost_done; CREATE INDEX ticket_kost_done ON ticket (kost, done_at)",
        "sqlite: CREATE INDEX ticket_kost_done ON ticket USING btree (kost, done_at) WHERE (done_at IS NOT NULL)",
    ),
    (
        "DROP INDEX job_place; CREATE INDEX job_place ON job (limit_key, priority, id) WHERE awaits = 'turn'",
        "postgres: CREATE INDEX job_place ON job USING btree (limit_key, priority, id) WHERE (awaits = 'turn'::text)",
    ),
    (
        "ALTER TABLE session DROP CONSTRAINT session_account_fkey",
        "sqlite: constraint session session_account_fkey FOREIGN KEY (account) REFERENCES account(id) ON DELETE CASCADE",
    ),
    (
        "ALTER TABLE session DROP CONSTRAINT session_account_fkey;
         ALTER TABLE session ADD CONSTRAINT session_account_fkey FOREIGN KEY (account) REFERENCES account (id)",
        "postgres: constraint session session_account_fkey FOREIGN KEY (account) REFERENCES account(id)",
    ),
    (
        "ALTER TABLE job DROP CONSTRAINT job_lease",
        "sqlite: constraint job job_lease CHECK (((lease_until IS NOT NULL) = (state = 'running'::text)))",
    ),
    (
        "ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
         ALTER TABLE delivery ADD CONSTRAINT delivery_state_check CHECK (state IN ('queued', 'failed'))",
        "postgres: constraint delivery delivery_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'failed'::text])))",
    ),
];

#[tokio::test]
async fn the_comparison_misses_no_change() {
    let Some(of_sqlite) = facts_of_sqlite().await else { return };
    let postgres = TestApp::new().await;
    for (change, noticed) in CHANGES {
        // Never committed.
        let mut tx = postgres.app.db.begin().await.unwrap();
        for statement in change.split(';') {
            query(statement).run(&mut tx).await.unwrap();
        }
        let differences = differences(&of_sqlite, &facts(&mut tx).await);
        let is_noticed = differences.iter().any(|difference| difference == noticed);
        assert!(is_noticed, "{change}\n{noticed}\n{}", differences.join("\n"));
    }
}

fn differences(of_sqlite: &Facts, of_postgres: &Facts) -> Vec<String> {
    let only_sqlite = of_sqlite.difference(of_postgres).map(|fact| format!("sqlite: {fact}"));
    let only_postgres = of_postgres.difference(of_sqlite).map(|fact| format!("postgres: {fact}"));
    only_sqlite.chain(only_postgres).collect()
}

/// None where there is no PostgreSQL to judge, and that is said aloud.
async fn facts_of_sqlite() -> Option<Facts> {
    let Some(url) = postgres_url() else {
        // Not eprintln!, which would stay hidden when the test passes.
        let said = "\nTEST_DATABASE_URL is not set: the schemas were NOT compared.\n";
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return None;
    };
    let sqlite = TestApp::on_sqlite().await;
    let postgres = translated(&schema_of_sqlite(&sqlite.app.db).await).leak();
    let judge = Db::open(&url, Clock::frozen(start())).unwrap();
    let migration = Migration { name: "translated", sqlite: "", postgres };
    judge.migrate(&[migration]).await.unwrap();
    Some(facts(&judge).await)
}

/// The statements that SQLite keeps, tables first.
async fn schema_of_sqlite(db: &Db) -> String {
    let loose: Vec<(String,)> = query(
        "SELECT name FROM pragma_table_list
         WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all(db)
    .await
    .unwrap();
    assert!(loose.is_empty(), "not STRICT: {loose:?}");
    let statements: Vec<(String,)> = query(
        "SELECT sql FROM sqlite_schema
         WHERE sql IS NOT NULL AND tbl_name <> 'migration' AND tbl_name <> 'sqlite_sequence'
         ORDER BY type = 'table' DESC, rowid",
    )
    .all(db)
    .await
    .unwrap();
    statements.into_iter().fold(String::new(), |all, (statement,)| all + &statement + ";\n")
}

/// What only SQLite says, in PostgreSQL's words.
fn translated(sql: &str) -> String {
    let given = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
    sql.replace("INTEGER PRIMARY KEY AUTOINCREMENT", given)
        .replace("INTEGER PRIMARY KEY", given)
        .replace("INTEGER", "BIGINT")
        .replace("BLOB", "BYTEA")
        .replace(") STRICT, WITHOUT ROWID;", ");")
        .replace(") STRICT;", ");")
}

/// What PostgreSQL's catalogue says of the schema, without what SQLite does not
/// tell apart: kinds of numbers, and of text.
async fn facts(on: impl Into<On<'_>>) -> Facts {
    let lines: Vec<(String,)> = query(
        "WITH here AS (
             SELECT oid, relname
             FROM pg_class
             WHERE relnamespace = CAST(CAST(current_schema() AS TEXT) AS regnamespace)
               AND relkind = 'r'
               AND relname <> 'migration'
         )
         SELECT 'column ' || relname || '.' || attname || ' '
             || CASE
                 WHEN format_type(atttypid, atttypmod) IN ('bigint', 'integer', 'boolean') THEN 'number'
                 WHEN format_type(atttypid, atttypmod) IN ('text', 'jsonb') THEN 'text'
                 ELSE format_type(atttypid, atttypmod)
             END
             || CASE WHEN attnotnull THEN ' not null' ELSE '' END
             || CASE WHEN attidentity <> '' THEN ' given' ELSE '' END
             || CASE WHEN attgenerated <> '' THEN ' generated' ELSE '' END
             || COALESCE(
                 ' default ' || CASE pg_get_expr(adbin, adrelid)
                     WHEN 'false' THEN '0'
                     WHEN 'true' THEN '1'
                     ELSE replace(pg_get_expr(adbin, adrelid), '::jsonb', '::text')
                 END,
                 ''
             )
         FROM here
         JOIN pg_attribute ON attrelid = here.oid
         LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attnum > 0 AND NOT attisdropped
         UNION ALL
         SELECT 'constraint ' || relname || ' ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
         FROM here
         JOIN pg_constraint ON conrelid = here.oid
         WHERE contype <> 'n'
         UNION ALL
         SELECT replace(pg_get_indexdef(indexrelid), ' ON ' || current_schema() || '.', ' ON ')
         FROM here
         JOIN pg_index ON indrelid = here.oid",
    )
    .all(on)
    .await
    .unwrap();
    lines.into_iter().map(|(line,)| line).collect()
}
