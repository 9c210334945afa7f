//! Runs one statement, prepared once for each connection.

use std::pin::pin;

use deadpool_postgres::ClientWrapper;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::{Row, Statement};

use super::error::Failure;
use crate::row::{Cells, FromRow, Order, RowRef};
use crate::{Error, Query, Value};

pub(super) async fn all<T: FromRow>(
    client: &ClientWrapper,
    query: &Query<'_>,
) -> Result<Vec<T>, Failure> {
    let statement = prepare(client, query).await?;
    let rows = client.query(&statement, &query.parameters()).await;
    let rows = rows.map_err(|error| forget_if_stale(client, query, error))?;
    let columns = statement.columns();
    let name = |index: usize| columns.get(index).map(tokio_postgres::Column::name);
    let order = Order::of(T::COLUMNS, columns.len(), name)?;
    rows.iter().map(|row| read(row, &order)).collect()
}

pub(super) async fn run(client: &ClientWrapper, query: &Query<'_>) -> Result<u64, Failure> {
    let statement = prepare(client, query).await?;
    let changed = client.execute(&statement, &query.parameters()).await;
    changed.map_err(|error| forget_if_stale(client, query, error))
}

/// Through COPY, several times as fast as any INSERT.
pub(super) async fn insert(
    client: &ClientWrapper,
    table: &str,
    columns: &str,
    rows: &[Vec<Value>],
) -> Result<(), Failure> {
    let model = client.prepare_cached(&format!("SELECT {columns} FROM {table}")).await?;
    let types: Vec<_> = model.columns().iter().map(|column| column.type_().clone()).collect();
    let copy = format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)");
    let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(&copy).await?, &types));
    for row in rows {
        writer.as_mut().write_raw(row).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn prepare(client: &ClientWrapper, query: &Query<'_>) -> Result<Statement, Failure> {
    query.check_text()?;
    let statement = client.prepare_cached(&query.sql).await?;
    query.check_count(statement.params().len())?;
    #[cfg(feature = "record")]
    crate::record::runs(query, crate::Dialect::Postgres);
    Ok(statement)
}

/// A statement prepared before its table was changed fails; the next try prepares it anew.
fn forget_if_stale(
    client: &ClientWrapper,
    query: &Query<'_>,
    error: tokio_postgres::Error,
) -> Failure {
    let failure = Failure::from(error);
    if failure.is_stale() {
        client.statement_cache.remove(&query.sql, &[]);
    }
    failure
}

fn read<T: FromRow>(row: &Row, order: &Order) -> Result<T, Failure> {
    let row = T::from_row(&mut Cells::new(RowRef::Postgres(row), order));
    row.map_err(|error: Error| error.into())
}

impl Query<'_> {
    fn parameters(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
        self.values.iter().map(|value| value as _).collect()
    }
}
