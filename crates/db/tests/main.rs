//! One suite for both databases: what passes on SQLite has to pass on
//! PostgreSQL. The PostgreSQL half runs where `TEST_DATABASE_URL` names a
//! server (`cargo xtask postgres` starts one), each test in a schema of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails here fails the test")]

/// Makes of each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::support::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(place) = crate::support::Place::postgres() {
                    super::$name(place).await;
                }
            })*
        }
    };
}

mod constraints;
mod durability;
mod group;
mod migrations;
mod moments;
mod notices;
mod outages;
mod statements;
mod support;
mod tls;
mod transactions;
mod transfer;
mod values;
