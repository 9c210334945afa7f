//! A violated constraint has the same name on both databases.

use db::ConstraintKind::{Check, ForeignKey, NotNull, Unique};
use db::{Migration, query};

use crate::support::Place;

on_both! {
    constraints_have_the_same_names
}

const RULES: &[Migration] = &[Migration {
    name: "0001_rules",
    sqlite: "
        CREATE TABLE kost (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE room (
            kost INTEGER NOT NULL REFERENCES kost (id),
            number INTEGER NOT NULL,
            name TEXT,
            kind TEXT NOT NULL CONSTRAINT room_kind_check CHECK (kind IN ('room', 'shared')),
            main INTEGER,
            CONSTRAINT room_name_check CHECK (length(name) > 0),
            PRIMARY KEY (kost, number)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX room_kost_name_key ON room (kost, name);
        CREATE UNIQUE INDEX room_main_key ON room (main) WHERE main IS NOT NULL;
        CREATE TABLE label (name TEXT) STRICT;
        CREATE UNIQUE INDEX label_lower_name_key ON label (lower(name));
        INSERT INTO label VALUES ('Tap');
        INSERT INTO kost VALUES (1, 'melati');
        INSERT INTO room VALUES (1, 1, 'one', 'room', 7);",
    postgres: "
        CREATE TABLE kost (id BIGINT PRIMARY KEY, slug TEXT NOT NULL UNIQUE);
        CREATE TABLE room (
            kost BIGINT NOT NULL REFERENCES kost (id),
            number BIGINT NOT NULL,
            name TEXT,
            kind TEXT NOT NULL CONSTRAINT room_kind_check CHECK (kind IN ('room', 'shared')),
            main BIGINT,
            CONSTRAINT room_name_check CHECK (length(name) > 0),
            PRIMARY KEY (kost, number)
        );
        CREATE UNIQUE INDEX room_kost_name_key ON room (kost, name);
        CREATE UNIQUE INDEX room_main_key ON room (main) WHERE main IS NOT NULL;
        CREATE TABLE label (name TEXT);
        CREATE UNIQUE INDEX label_lower_name_key ON label (lower(name));
        INSERT INTO label VALUES ('Tap');
        INSERT INTO kost VALUES (1, 'melati');
        INSERT INTO room VALUES (1, 1, 'one', 'room', 7);",
}];

async fn constraints_have_the_same_names(place: Place) {
    let db = place.migrated(RULES).await;
    let violations = [
        ("INSERT INTO kost VALUES (1, 'other')", Unique, "kost_pkey"),
        ("INSERT INTO kost VALUES (2, 'melati')", Unique, "kost_slug_key"),
        ("INSERT INTO label VALUES ('tAP')", Unique, "label_lower_name_key"),
        ("INSERT INTO kost VALUES (2, NULL)", NotNull, "kost_slug_not_null"),
        ("INSERT INTO room VALUES (1, 1, 'two', 'room', 8)", Unique, "room_pkey"),
        ("INSERT INTO room VALUES (1, 2, 'one', 'room', 8)", Unique, "room_kost_name_key"),
        ("INSERT INTO room VALUES (1, 2, 'two', 'room', 7)", Unique, "room_main_key"),
        ("INSERT INTO room VALUES (1, 2, 'two', 'roof', 8)", Check, "room_kind_check"),
        ("INSERT INTO room VALUES (1, 2, '', 'room', 8)", Check, "room_name_check"),
        ("INSERT INTO room VALUES (9, 2, 'two', 'room', 8)", ForeignKey, "foreign_key"),
        ("DELETE FROM kost", ForeignKey, "foreign_key"),
        ("UPDATE room SET kind = NULL", NotNull, "room_kind_not_null"),
    ];
    for (statement, expected, name) in violations {
        let mut tx = db.begin().await.unwrap();
        let error = query(statement).run(&mut tx).await.unwrap_err();
        assert_eq!(error.constraint(), Some(name), "{statement}: {error}");
        assert!(
            matches!(error, db::Error::Constraint { kind, .. } if kind == expected),
            "{statement}: {error:?}"
        );
        assert!(!error.is_unavailable());
    }
}
