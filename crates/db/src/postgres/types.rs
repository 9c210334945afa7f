//! Values to and from PostgreSQL's binary formats, by the type that the
//! statement gives a parameter, so that `bind` needs no types.

use std::error::Error as StdError;

use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::error;
use crate::{Result, Value, ValueRef};

type Converted<T> = std::result::Result<T, Box<dyn StdError + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Bool(value), &Type::BOOL) => value.to_sql(ty, out),
            (Self::Bool(value), _) => integer(i64::from(*value), ty, out),
            (Self::Int(value), _) => integer(*value, ty, out),
            (Self::Float(value), &Type::FLOAT8) => value.to_sql(ty, out),
            #[expect(clippy::cast_possible_truncation, reason = "the column is that coarse")]
            (Self::Float(value), &Type::FLOAT4) => (*value as f32).to_sql(ty, out),
            (Self::Text(value), &Type::JSONB) => {
                // The version of the format, then the text.
                out.extend_from_slice(&[1]);
                out.extend_from_slice(value.as_bytes());
                Ok(IsNull::No)
            }
            (
                Self::Text(value),
                &(Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::UNKNOWN
                | Type::JSON),
            ) => {
                out.extend_from_slice(value.as_bytes());
                Ok(IsNull::No)
            }
            (Self::Blob(value), &Type::BYTEA) => value.to_sql(ty, out),
            (value, ty) => Err(unfit(value, ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn integer(value: i64, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
    match *ty {
        Type::INT8 => value.to_sql(ty, out),
        Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(value)?.to_sql(ty, out),
        #[expect(clippy::cast_precision_loss, reason = "as SQLite does for a REAL column")]
        Type::FLOAT8 => (value as f64).to_sql(ty, out),
        _ => Err(unfit(&Value::Int(value), ty)),
    }
}

fn unfit(value: &Value, ty: &Type) -> Box<dyn StdError + Sync + Send> {
    format!("a parameter of type {ty} was given {value:?}; a CAST in the statement sets the type")
        .into()
}

/// A cell of the row, in place.
pub(crate) fn value(row: &Row, index: usize) -> Result<ValueRef<'_>> {
    row.try_get(index).map(|Cell(value)| value).map_err(error::from)
}

struct Cell<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Converted<Self> {
        Ok(Self(match *ty {
            Type::BOOL => ValueRef::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => ValueRef::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => ValueRef::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => ValueRef::Int(i16::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => ValueRef::Float(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => ValueRef::Float(f32::from_sql(ty, raw)?.into()),
            Type::BYTEA => ValueRef::Blob(raw),
            Type::JSONB => match raw {
                [1, text @ ..] => ValueRef::Text(std::str::from_utf8(text)?),
                _ => return Err("jsonb of an unknown version".into()),
            },
            Type::NUMERIC => numeric(raw)?,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
                ValueRef::Text(std::str::from_utf8(raw)?)
            }
            _ => return Err(format!("columns of type {ty} cannot be read").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Converted<Self> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What `sum` of a BIGINT (no decimals) and `avg` (with decimals) answer with,
/// as the integer and the float that SQLite answers.
fn numeric(raw: &[u8]) -> Converted<ValueRef<'static>> {
    const NEGATIVE: u16 = 0x4000;
    let (words, []) = raw.as_chunks::<2>() else { return Err("numeric of odd length".into()) };
    let mut words = words.iter().map(|word| u16::from_be_bytes(*word));
    let (Some(_), Some(weight), Some(sign), Some(scale)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("numeric without a head".into());
    };
    if sign != 0 && sign != NEGATIVE {
        return Err("numeric that is no number".into());
    }
    let weight = i32::from(weight.cast_signed());
    if scale == 0 {
        // Digits of base 10000; those at the end that are zero are left out.
        let digits: Vec<_> = words.collect();
        let mut sum = 0_i128;
        for place in 0..=usize::try_from(weight).unwrap_or(0).min(8) {
            let digit = i128::from(digits.get(place).copied().unwrap_or(0));
            sum = sum * 10_000 + digit;
        }
        let sum = i64::try_from(sum)?;
        return Ok(ValueRef::Int(if sign == NEGATIVE { -sum } else { sum }));
    }
    let sum: f64 =
        words.zip(0_i32..).map(|(digit, at)| f64::from(digit) * 10_000_f64.powi(weight - at)).sum();
    Ok(ValueRef::Float(if sign == NEGATIVE { -sum } else { sum }))
}
