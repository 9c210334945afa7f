//! A database whose disk takes nothing more: its own answer on SQLite, and on
//! PostgreSQL the error that its server gives.

use db::{Dialect, query};

use super::TestApp;

impl TestApp {
    /// From now on the disk is full.
    pub async fn fill_disk(&self) {
        self.change("PRAGMA max_page_count = 1", &refusal("53100")).await;
    }

    /// There is room again.
    pub async fn clear_disk(&self) {
        self.change(
            "PRAGMA max_page_count = 100000",
            "DO $$ BEGIN EXECUTE 'DROP FUNCTION refuse CASCADE'; END $$",
        )
        .await;
    }

    /// From now on nothing can be written.
    pub async fn forbid_writes(&self) {
        self.change("PRAGMA query_only = 1", &refusal("25006")).await;
    }

    /// Lets PostgreSQL refuse the next so many activities with this code.
    pub async fn refuse_activities(&self, code: &str, times: u8) {
        let mut tx = self.app.db.begin().await.unwrap();
        for statement in [
            "DROP SEQUENCE IF EXISTS refusals".to_owned(),
            "CREATE SEQUENCE refusals".to_owned(),
            format!(
                "CREATE OR REPLACE FUNCTION refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                     IF nextval('refusals') <= {times} THEN
                         RAISE EXCEPTION 'it refuses' USING ERRCODE = '{code}';
                     END IF;
                     RETURN NEW;
                 END $$"
            ),
            "CREATE OR REPLACE TRIGGER refuse_some BEFORE INSERT ON activity
             FOR EACH ROW EXECUTE FUNCTION refuse_some()"
                .to_owned(),
        ] {
            query(&statement).run(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn change(&self, sqlite: &str, postgres: &str) {
        let mut tx = self.app.db.begin().await.unwrap();
        match tx.dialect() {
            Dialect::Postgres => {
                query(postgres).run(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
            }
            // It is of the connection, which takes no commit any more.
            Dialect::Sqlite => {
                query(sqlite).run(&mut tx).await.unwrap();
            }
        }
    }
}

/// Lets every table refuse what would change it, with this code.
fn refusal(code: &str) -> String {
    format!(
        "DO $do$
         DECLARE name text;
         BEGIN
             CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
             BEGIN
                 RAISE EXCEPTION 'it refuses' USING ERRCODE = '{code}';
             END $refuse$;
             FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                 EXECUTE format('CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON %I
                     FOR EACH STATEMENT EXECUTE FUNCTION refuse()', name);
             END LOOP;
         END $do$"
    )
}
