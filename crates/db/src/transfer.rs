//! A table on its way from one database into another, and whether it arrived.

use crate::contents::{Contents, Summary};
use crate::schema::{Kind, Table};
use crate::{Dialect, Error, Result, Tx, Value, query};

/// How many rows are in memory at once.
const BATCH: usize = 2000;

/// A table that two databases have.
#[derive(Debug)]
pub struct Transfer {
    from: Table,
    to: Table,
    /// What each column of `from` holds; where the databases tell it differently,
    /// the one that knows more: SQLite has integers for booleans.
    kinds: Vec<Kind>,
}

impl Transfer {
    /// Pairs the tables of two databases, in the order of the first.
    ///
    /// # Errors
    ///
    /// When the second lacks one of them or its columns differ, and when a
    /// table has no primary key.
    pub fn all(from: Vec<Table>, mut to: Vec<Table>) -> Result<Vec<Self>> {
        from.into_iter()
            .map(|from| {
                let twin = to.iter().position(|to| to.name == from.name);
                let Some(twin) = twin else {
                    return Err(Error::other(format!("the target has no table {}", from.name)));
                };
                Self::of(from, to.swap_remove(twin))
            })
            .collect()
    }

    fn of(from: Table, to: Table) -> Result<Self> {
        let kinds = from.columns.iter().map(|column| {
            let twin = to.columns.iter().find(|twin| twin.name == column.name);
            twin.and_then(|twin| common(column.kind, twin.kind))
        });
        match kinds.collect::<Option<Vec<_>>>() {
            _ if from.key.is_empty() => {
                Err(Error::other(format!("{} has no primary key", from.name)))
            }
            Some(kinds) if from.columns.len() == to.columns.len() => Ok(Self { from, to, kinds }),
            _ => Err(Error::other(format!("the two databases differ in {}", from.name))),
        }
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.from.name
    }

    /// Copies all rows, a batch at a time, and tells what they were. `progress`
    /// hears now and then how many it are so far.
    pub async fn copy(
        &self,
        from: &mut Tx,
        to: &mut Tx,
        progress: impl FnMut(u64),
    ) -> Result<Contents> {
        self.read(from, Some(to), progress).await
    }

    /// Reads what arrived.
    pub async fn contents(&self, to: &mut Tx, progress: impl FnMut(u64)) -> Result<Contents> {
        self.read(to, None, progress).await
    }

    async fn read(
        &self,
        from: &mut Tx,
        mut to: Option<&mut Tx>,
        mut progress: impl FnMut(u64),
    ) -> Result<Contents> {
        let columns = self.columns();
        let mut summary = Summary::default();
        let mut batch = self.rows(from, None).await?;
        while let Some(last) = batch.last() {
            let key = self.key_of(last);
            if let Some(to) = &mut to {
                to.insert(&self.to.quoted(), &columns, &batch).await?;
            }
            summary.add(&batch, &self.kinds);
            progress(summary.rows);
            batch = self.rows(from, Some(key)).await?;
        }
        Ok(summary.contents())
    }

    /// Lets ids go on behind the greatest that was ever given, so that none is
    /// given twice, and PostgreSQL's planner know what has come in.
    pub async fn settle(&self, from: &mut Tx, to: &mut Tx) -> Result<()> {
        if self.to.counted {
            let last = last_id(&self.from, from).await?;
            count_on(&self.to, last, to).await?;
        }
        if to.dialect() == Dialect::Postgres {
            query(format!("ANALYZE {}", self.to.quoted())).run(to).await?;
        }
        Ok(())
    }

    /// The next rows behind this key.
    async fn rows(&self, tx: &mut Tx, after: Option<Vec<Value>>) -> Result<Vec<Vec<Value>>> {
        let key = self.from.key.iter().map(|at| match self.kinds[*at] {
            Kind::Text => format!("{} COLLATE \"C\"", self.from.columns[*at].quoted()),
            _ => self.from.columns[*at].quoted(),
        });
        let key = key.collect::<Vec<_>>().join(", ");
        let mut rows = query(format!("SELECT {} FROM {}", self.columns(), self.from.quoted()));
        if let Some(after) = after {
            rows = rows.push(&format!(" WHERE ({key}) > ")).push_list(after);
        }
        let rows = rows.push(&format!(" ORDER BY {key} LIMIT {BATCH}"));
        let mut rows: Vec<Vec<Value>> = rows.all(tx).await?;
        for row in &mut rows {
            for (value, kind) in row.iter_mut().zip(&self.kinds) {
                fit(value, *kind);
            }
        }
        Ok(rows)
    }

    fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.from.key.iter().map(|at| row[*at].clone()).collect()
    }

    fn columns(&self) -> String {
        let columns: Vec<_> = self.from.columns.iter().map(|column| column.quoted()).collect();
        columns.join(", ")
    }
}

fn common(one: Kind, other: Kind) -> Option<Kind> {
    match (one, other) {
        (Kind::Int, Kind::Bool) | (Kind::Bool, Kind::Int) => Some(Kind::Bool),
        (Kind::Text, Kind::Json) | (Kind::Json, Kind::Text) => Some(Kind::Json),
        (one, other) => (one == other).then_some(one),
    }
}

fn fit(value: &mut Value, kind: Kind) {
    if let (Value::Int(number @ (0 | 1)), Kind::Bool) = (&*value, kind) {
        *value = Value::Bool(*number == 1);
    }
}

async fn last_id(table: &Table, tx: &mut Tx) -> Result<i64> {
    let id = table.columns[table.key[0]].quoted();
    let greatest = format!("SELECT coalesce(max({id}), 0) FROM {}", table.quoted());
    let (greatest,): (i64,) = query(greatest).one(&mut *tx).await?;
    if !table.counted {
        return Ok(greatest);
    }
    let given = query(tx.dialect().pick(
        "SELECT seq FROM sqlite_sequence WHERE name = $1",
        "SELECT last_value
         FROM pg_sequences
         WHERE quote_ident(schemaname) || '.' || quote_ident(sequencename)
             = pg_get_serial_sequence(quote_ident($1), $2)
           AND last_value IS NOT NULL",
    ));
    let given = given.bind(table.name.as_str());
    let given = match tx.dialect() {
        Dialect::Sqlite => given,
        Dialect::Postgres => given.bind(table.columns[table.key[0]].name.as_str()),
    };
    let given: Option<(i64,)> = given.optional(tx).await?;
    Ok(greatest.max(given.map_or(0, |(given,)| given)))
}

async fn count_on(table: &Table, last: i64, tx: &mut Tx) -> Result<()> {
    let name = table.name.as_str();
    if tx.dialect() == Dialect::Postgres {
        let id = table.columns[table.key[0]].name.as_str();
        let set = query(
            "SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), CAST($3 AS BIGINT), $4)",
        );
        let set = set.bind(name).bind(id).bind(last.max(1)).bind(last > 0);
        let (_,): (i64,) = set.one(tx).await?;
        return Ok(());
    }
    query("DELETE FROM sqlite_sequence WHERE name = $1").bind(name).run(&mut *tx).await?;
    query("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)")
        .bind(name)
        .bind(last)
        .run(tx)
        .await?;
    Ok(())
}
