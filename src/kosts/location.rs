//! Where a problem can be: a room, or a shared facility.

use jiff::Timestamp;

use crate::words::Words;

db::id! {
    /// One location.
    pub struct LocationId;
}

db::text_enum! {
    /// A room, or a shared facility.
    pub enum LocationKind { Room = "room", Shared = "shared" }
}

impl LocationKind {
    /// Rooms have a plate; shared facilities have an icon.
    pub fn is_room(self) -> bool {
        self == LocationKind::Room
    }
}

db::row! {
    /// One room or shared facility of a kost.
    #[derive(Debug, Clone)]
    pub struct Location {
        pub id: LocationId,
        pub kind: LocationKind,
        /// A room's number or name, or the facility's name.
        pub name: String,
        /// Out of use: no new reports, old ones stay readable.
        pub archived_at: Option<Timestamp>,
    }
}

impl Location {
    /// “Kamar 12” or “Dapur lantai 1”.
    pub fn label(&self, t: Words) -> String {
        label(self.kind, &self.name, t)
    }

    /// What stands on its key tag: a room's name. Shared places have an icon.
    pub fn plate(&self) -> Option<&str> {
        (self.kind == LocationKind::Room).then_some(self.name.as_str())
    }
}

/// Orders names as people do: by letters whatever their case, and by numbers as such.
pub fn sort_key(name: &str) -> Vec<(u64, String)> {
    let mut key = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let words = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(words);
        let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        key.push((0, word.to_lowercase()));
        key.push((number.parse().unwrap_or(u64::MAX), String::new()));
        rest = after;
    }
    key
}

/// A room's name as it is stored: “Kamar 01” is room 01, since its kind stands
/// before its name wherever it is shown.
pub fn room_name(typed: &str) -> &str {
    let kinds = ["kamar", "kmr", "room"];
    let is_kind = |word: &str| kinds.contains(&word.trim_end_matches('.').to_lowercase().as_str());
    match typed.split_once(' ') {
        Some((word, name)) if is_kind(word) => name.trim(),
        _ => typed,
    }
}

/// “Kamar 12” or “Dapur lantai 1”, of a location known by kind and name.
pub fn label(kind: LocationKind, name: &str, t: Words) -> String {
    match kind {
        LocationKind::Room => format!("{} {name}", t.place_room()),
        LocationKind::Shared => name.to_owned(),
    }
}
