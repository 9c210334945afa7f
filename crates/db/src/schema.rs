//! The tables of a database as its own catalogue tells them, so that nobody
//! keeps a list of them in which one could be forgotten.

use crate::{Error, Result, Tx, query};

/// A table, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of the primary key, by their places in `columns`, in the key's order.
    pub(crate) key: Vec<usize>,
    /// Whether the database keeps the greatest id that it ever gave.
    pub(crate) counted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Json,
    Blob,
}

impl Tx {
    /// All tables, each behind those that it refers to.
    ///
    /// # Errors
    ///
    /// When a column is of a type that [`Value`](crate::Value) does not know,
    /// and when tables refer to each other in a circle.
    pub async fn tables(&mut self) -> Result<Vec<Table>> {
        let found = query(self.dialect().pick(SQLITE_COLUMNS, POSTGRES_COLUMNS));
        let found: Vec<(String, String, String, i64, bool)> = found.all(&mut *self).await?;
        let mut tables: Vec<(Table, Vec<i64>)> = Vec::new();
        for (name, column, kind, place, counted) in found {
            if tables.last().is_none_or(|(table, _)| table.name != name) {
                let table = Table { name, columns: Vec::new(), key: Vec::new(), counted: false };
                tables.push((table, Vec::new()));
            }
            let Some((table, places)) = tables.last_mut() else { continue };
            let kind = Kind::parse(&kind).ok_or_else(|| {
                Error::other(format!("{}.{column} is of an unknown type: {kind}", table.name))
            })?;
            table.columns.push(Column { name: column, kind });
            table.counted |= counted;
            places.push(place);
        }
        let references = query(self.dialect().pick(SQLITE_REFERENCES, POSTGRES_REFERENCES));
        let references = references.all(&mut *self).await?;
        in_order(tables.into_iter().map(keyed).collect(), &references)
    }

    /// Whether there is any row in the table.
    pub async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let sql = format!("SELECT CAST(1 AS BIGINT) FROM {} LIMIT 1", table.quoted());
        Ok(query(sql).optional::<(i64,)>(self).await?.is_some())
    }
}

impl Table {
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.name)
    }
}

impl Column {
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.name)
    }
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "boolean" => Self::Bool,
            "bigint" | "integer" | "smallint" => Self::Int,
            "double precision" | "real" => Self::Float,
            "text" => Self::Text,
            "jsonb" => Self::Json,
            "bytea" | "blob" => Self::Blob,
            _ => return None,
        })
    }
}

/// `places` tells for each column which of the primary key it is, from 1; 0 is none.
fn keyed((mut table, places): (Table, Vec<i64>)) -> Table {
    table.key = (0..places.len()).filter(|column| places[*column] > 0).collect();
    table.key.sort_by_key(|column| places[*column]);
    table
}

fn in_order(mut waiting: Vec<Table>, references: &[(String, String)]) -> Result<Vec<Table>> {
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let waits = |name: &String| waiting.iter().any(|table| table.name == *name);
        let is_ready = |table: &Table| {
            references.iter().all(|(from, to)| *from != table.name || to == from || !waits(to))
        };
        let ready: Vec<Table> = waiting.iter().filter(|table| is_ready(table)).cloned().collect();
        if ready.is_empty() {
            return Err(Error::other("tables refer to each other in a circle"));
        }
        waiting.retain(|table| !ready.contains(table));
        ordered.extend(ready);
    }
    Ok(ordered)
}

const SQLITE_COLUMNS: &str = "
    SELECT found.name, piece.name, piece.type, piece.pk, found.sql LIKE '%AUTOINCREMENT%'
    FROM sqlite_schema AS found
    JOIN pragma_table_info(found.name) AS piece
    WHERE found.type = 'table'
      AND found.name NOT LIKE 'sqlite@_%' ESCAPE '@'
    ORDER BY found.name, piece.cid";

/// The parts of a partitioned table are read through it.
const POSTGRES_COLUMNS: &str = "
    SELECT found.relname, piece.attname, format_type(piece.atttypid, NULL),
           coalesce(array_position(pkey.conkey, piece.attnum), 0), piece.attidentity <> ''
    FROM pg_class AS found
    JOIN pg_attribute AS piece ON piece.attrelid = found.oid
    LEFT JOIN pg_constraint AS pkey ON pkey.conrelid = found.oid AND pkey.contype = 'p'
    WHERE found.relnamespace = CAST(quote_ident(current_schema()) AS regnamespace)
      AND found.relkind IN ('r', 'p')
      AND NOT found.relispartition
      AND piece.attnum > 0
      AND NOT piece.attisdropped
    ORDER BY found.relname, piece.attnum";

const SQLITE_REFERENCES: &str = "
    SELECT found.name, reference.\"table\"
    FROM sqlite_schema AS found
    JOIN pragma_foreign_key_list(found.name) AS reference
    WHERE found.type = 'table'";

const POSTGRES_REFERENCES: &str = "
    SELECT child.relname, parent.relname
    FROM pg_constraint AS reference
    JOIN pg_class AS child ON child.oid = reference.conrelid
    JOIN pg_class AS parent ON parent.oid = reference.confrelid
    WHERE reference.contype = 'f'
      AND reference.connamespace = CAST(quote_ident(current_schema()) AS regnamespace)";
