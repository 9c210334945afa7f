//! SQL of the statistics: the reports that were opened, and those that were
//! done, within a span. Both walk an index from its beginning to its end.

use db::{On, query};
use jiff::Timestamp;

use crate::error::Result;
use crate::kosts::{KostId, LocationId};
use crate::tickets::{Answer, Category, Status};

db::row! {
    /// A report that was opened within the span.
    #[derive(Debug, Clone)]
    pub struct Opened {
        pub opened_at: Timestamp,
        pub category: Category,
        pub location: LocationId,
        pub status: Status,
        pub first_response_at: Option<Timestamp>,
    }
}

db::row! {
    /// A report that was done within the span, and is not open again.
    #[derive(Debug, Clone)]
    pub struct Resolved {
        pub opened_at: Timestamp,
        pub done_at: Timestamp,
        pub answer: Option<Answer>,
    }
}

pub async fn opened(
    on: impl Into<On<'_>>,
    kost: KostId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Opened>> {
    Ok(query(
        "SELECT opened_at, category, location, status, first_response_at
         FROM ticket
         WHERE kost = $1 AND opened_at >= $2 AND opened_at < $3",
    )
    .bind(kost)
    .bind(from)
    .bind(until)
    .all(on)
    .await?)
}

pub async fn resolved(
    on: impl Into<On<'_>>,
    kost: KostId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Resolved>> {
    Ok(query(
        "SELECT opened_at, done_at, answer
         FROM ticket
         WHERE kost = $1 AND done_at IS NOT NULL AND done_at >= $2 AND done_at < $3",
    )
    .bind(kost)
    .bind(from)
    .bind(until)
    .all(on)
    .await?)
}

/// How many reports were opened within a span.
pub async fn count_opened(
    on: impl Into<On<'_>>,
    kost: KostId,
    (from, until): (Timestamp, Timestamp),
) -> Result<i64> {
    let (count,) =
        query("SELECT COUNT(*) FROM ticket WHERE kost = $1 AND opened_at >= $2 AND opened_at < $3")
            .bind(kost)
            .bind(from)
            .bind(until)
            .one(on)
            .await?;
    Ok(count)
}
