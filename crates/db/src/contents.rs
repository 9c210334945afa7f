//! What is in a table, as a checksum that does not depend on which database has it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Number;
use sha2::{Digest as _, Sha256};

use crate::Value;
use crate::schema::Kind;

/// What is in a table: the same for the same rows, whichever database has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of all values, row by row in the order of the primary key.
    pub checksum: [u8; 32],
}

/// Shows the beginning of the checksum, which is enough for people.
impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checksum[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// [`Contents`] in the making.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) rows: u64,
    hash: Sha256,
}

impl Summary {
    pub(crate) fn add(&mut self, rows: &[Vec<Value>], kinds: &[Kind]) {
        self.rows += rows.len() as u64;
        for row in rows {
            for (value, kind) in row.iter().zip(kinds) {
                self.add_value(value, *kind);
            }
        }
    }

    /// Every value tells its type and, where that is open, its length: no two
    /// different rows are the same bytes.
    fn add_value(&mut self, value: &Value, kind: Kind) {
        let mut add = |mark: u8, bytes: &[u8]| {
            self.hash.update([mark]);
            self.hash.update((bytes.len() as u64).to_be_bytes());
            self.hash.update(bytes);
        };
        match value {
            Value::Null => add(b'n', &[]),
            Value::Bool(value) => add(b'b', &[u8::from(*value)]),
            Value::Int(value) => add(b'i', &value.to_be_bytes()),
            // SQLite keeps no negative zero.
            Value::Float(value) => add(b'f', &(value + 0.0).to_be_bytes()),
            Value::Text(text) if kind == Kind::Json => add(b't', canonical(text).as_bytes()),
            Value::Text(text) => add(b't', text.as_bytes()),
            Value::Blob(bytes) => add(b'x', bytes),
        }
    }

    pub(crate) fn contents(self) -> Contents {
        Contents { rows: self.rows, checksum: self.hash.finalize().into() }
    }
}

/// JSONB keeps neither blanks nor the order of keys, nor how a number was
/// written. What is no JSON stays as it is.
fn canonical(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(value) => sorted(value).to_string(),
        Err(_) => json.to_owned(),
    }
}

fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Number as Numeric, Object};
    match value {
        Array(items) => items.into_iter().map(sorted).collect(),
        // Through a map that sorts: serde_json's own may keep the order, as its features are.
        Object(pairs) => {
            let pairs: BTreeMap<_, _> = pairs.into_iter().collect();
            pairs.into_iter().map(|(key, value)| (key, sorted(value))).collect()
        }
        Numeric(number) => Numeric(whole(number)),
        other => other,
    }
}

/// `1e3` and `1.0` as PostgreSQL may write them.
fn whole(number: Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
            (float as i64).into()
        }
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn json_is_the_same_however_it_is_written() {
        assert_eq!(
            canonical(r#"{"b":1e3,"a":[1.0,-0.0]}"#),
            canonical(r#"{"a": [1, 0], "b": 1000}"#)
        );
        assert_ne!(canonical(r#"{"a":1.5}"#), canonical(r#"{"a":15}"#));
        assert_ne!(canonical(r#"["1"]"#), canonical("[1]"));
    }
}
