//! Every change of the schema, in order, embedded in the program.

use db::Migration;

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

const OURS: &[Migration] = &[
    migration!("0001_accounts"),
    migration!("0002_kosts"),
    migration!("0003_tickets"),
    migration!("0004_notifications"),
    migration!("0005_task_acts"),
    migration!("0006_rates"),
];

/// The queue's tables, then the application's.
pub fn all() -> Vec<Migration> {
    queue::MIGRATIONS.iter().chain(OURS).cloned().collect()
}
