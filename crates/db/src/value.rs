//! The closed set of column types, and what each of them is in Rust.

use std::borrow::Cow;

use jiff::Timestamp;

/// A value on its way into the database. Times are Unix milliseconds, JSON is text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BOOLEAN; 0 or 1 on SQLite.
    Bool(bool),
    /// BIGINT or INTEGER.
    Int(i64),
    /// DOUBLE PRECISION or REAL.
    Float(f64),
    /// TEXT; also JSON.
    Text(String),
    /// BYTEA or BLOB.
    Blob(Vec<u8>),
}

/// A value on its way out, borrowed from the row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// BOOLEAN; SQLite says `Int`.
    Bool(bool),
    /// BIGINT or INTEGER.
    Int(i64),
    /// DOUBLE PRECISION or REAL.
    Float(f64),
    /// TEXT; also JSON.
    Text(&'a str),
    /// BYTEA or BLOB.
    Blob(&'a [u8]),
}

impl ValueRef<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

/// A column held something that the Rust type cannot be made of.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct Mismatch {
    expected: &'static str,
    found: String,
}

impl Mismatch {
    /// `expected` and `found` complete the sentence "expected …, found …".
    pub fn new(expected: &'static str, found: impl Into<String>) -> Self {
        Self { expected, found: found.into() }
    }

    fn of(expected: &'static str, found: ValueRef<'_>) -> Self {
        Self::new(expected, found.type_name())
    }
}

/// What can be read from a column.
pub trait FromValue: Sized {
    /// Reads the value, or says what was found in its place.
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch>;
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Int(value) => Ok(value),
            other => Err(Mismatch::of("an integer", other)),
        }
    }
}

impl FromValue for i32 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let value = i64::from_value(value)?;
        Self::try_from(value).map_err(|_| Mismatch::new("an integer of 32 bits", value.to_string()))
    }
}

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Bool(value) => Ok(value),
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            other => Err(Mismatch::of("a boolean", other)),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Float(value) => Ok(value),
            #[expect(clippy::cast_precision_loss, reason = "a REAL column may answer 2 for 2.0")]
            ValueRef::Int(value) => Ok(value as Self),
            other => Err(Mismatch::of("a float", other)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Text(value) => Ok(value.to_owned()),
            other => Err(Mismatch::of("text", other)),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Blob(value) => Ok(value.to_owned()),
            other => Err(Mismatch::of("bytes", other)),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let value = i64::from_value(value)?;
        Self::from_millisecond(value)
            .map_err(|_| Mismatch::new("a time in milliseconds", value.to_string()))
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Text(text) => {
                serde_json::from_str(text).map_err(|error| Mismatch::new("JSON", error.to_string()))
            }
            other => Err(Mismatch::of("JSON", other)),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::Int(value) => Self::Int(value),
            ValueRef::Float(value) => Self::Float(value),
            ValueRef::Text(value) => Self::Text(value.to_owned()),
            ValueRef::Blob(value) => Self::Blob(value.to_owned()),
        })
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! into_value {
    ($($from:ty => |$value:ident| $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $to
            }
        }
    )*};
}

into_value! {
    i64 => |value| Self::Int(value);
    i32 => |value| Self::Int(value.into());
    bool => |value| Self::Bool(value);
    f64 => |value| Self::Float(value);
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    &str => |value| Self::Text(value.to_owned());
    Cow<'_, str> => |value| Self::Text(value.into_owned());
    Vec<u8> => |value| Self::Blob(value);
    &[u8] => |value| Self::Blob(value.to_owned());
    Timestamp => |value| Self::Int(value.as_millisecond());
    serde_json::Value => |value| Self::Text(value.to_string());
    &serde_json::Value => |value| Self::Text(value.to_string());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
