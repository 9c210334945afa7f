//! A kost that somebody founds, as it is typed.

use db::Tx;

use crate::error::Result;
use crate::kosts::{Kost, KostId, Timezone, store};
use crate::web::{FieldErrors, Form, Problem};
use crate::words::Words;

/// Most rooms that a new kost begins with.
const ROOMS: i64 = 300;

/// One that does not exist yet.
pub struct NewKost {
    name: String,
    timezone: Timezone,
    rooms: i64,
}

impl NewKost {
    /// From the fields `kost_name`, `timezone` and `rooms`; see [`NewKost::rooms`].
    pub fn parse(form: &Form, least: i64, errors: &mut FieldErrors) -> Option<NewKost> {
        let name = errors.take("kost_name", form.required("kost_name", Kost::LONGEST_NAME));
        let rooms = errors.take("rooms", NewKost::rooms(form, least));
        let timezone = errors.take("timezone", form.choice("timezone"));
        Some(NewKost { name: name?, timezone: timezone?, rooms: rooms? })
    }

    /// Makes it, with its rooms and the facilities that most kosts have.
    pub async fn found(&self, tx: &mut Tx, t: Words) -> Result<KostId> {
        let id = store::create(tx, &self.name, self.timezone, self.rooms).await?;
        store::add_usual_facilities(tx, id, t).await?;
        Ok(id)
    }

    /// How many rooms it begins with: at `least` so many, and where none will do, an empty
    /// field says none.
    pub fn rooms(form: &Form, least: i64) -> Result<i64, Problem> {
        match form.text("rooms") {
            "" if least == 0 => Ok(0),
            "" => Err(Problem::Required),
            text => text
                .parse()
                .ok()
                .filter(|rooms| (least..=ROOMS).contains(rooms))
                .ok_or(Problem::OutOfRange(least, ROOMS)),
        }
    }
}
