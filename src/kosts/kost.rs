//! One boarding house: the unit of ownership and of access.

use jiff::tz::TimeZone;

use crate::words::Words;

db::id! {
    /// One kost.
    pub struct KostId;
}

db::text_enum! {
    /// Who may register as a resident.
    pub enum Registration {
        /// Anybody.
        Open = "open",
        /// Those who have the invite code or link.
        Invite = "invite",
        /// Nobody: staff add people.
        Closed = "closed",
    }
}

db::text_enum! {
    /// Indonesia's three time zones.
    pub enum Timezone {
        Wib = "Asia/Jakarta",
        Wita = "Asia/Makassar",
        Wit = "Asia/Jayapura",
    }
}

impl Timezone {
    /// The zone itself.
    pub fn tz(self) -> TimeZone {
        // None of the three has changed its offset since 1988, and none knows
        // summer time; a fixed offset says the same without any database.
        let hours = match self {
            Timezone::Wib => 7,
            Timezone::Wita => 8,
            Timezone::Wit => 9,
        };
        TimeZone::fixed(jiff::tz::offset(hours))
    }

    /// How it is called where it is chosen: “WIB (Jakarta)”.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Timezone::Wib => t.zone_wib(),
            Timezone::Wita => t.zone_wita(),
            Timezone::Wit => t.zone_wit(),
        }
    }

    /// WIB, WITA or WIT.
    pub fn abbreviation(self) -> &'static str {
        match self {
            Timezone::Wib => "WIB",
            Timezone::Wita => "WITA",
            Timezone::Wit => "WIT",
        }
    }
}

db::row! {
    /// One boarding house.
    #[derive(Debug, Clone)]
    pub struct Kost {
        pub id: KostId,
        /// Its name in URLs.
        pub slug: String,
        pub name: String,
        pub address: String,
        pub contact_name: String,
        pub contact_phone: String,
        pub about: String,
        pub timezone: Timezone,
        pub registration: Registration,
        pub invite_code: String,
        pub open_count: i64,
        pub in_progress_count: i64,
        pub done_count: i64,
    }
}

impl Kost {
    /// Longest name, in characters.
    pub const LONGEST_NAME: usize = 60;

    /// The columns of [`Kost`], for statements.
    pub const COLUMNS: &'static str = "kost.id, kost.slug, kost.name, kost.address, kost.contact_name, \
        kost.contact_phone, kost.about, kost.timezone, kost.registration, kost.invite_code, \
        kost.open_count, kost.in_progress_count, kost.done_count";

    /// Reports that are not done.
    pub fn active(&self) -> i64 {
        self.open_count + self.in_progress_count
    }

    /// The address of its dashboard.
    pub fn path(&self) -> String {
        format!("/k/{}", self.slug)
    }

    /// An address within it; `rest` begins with a slash.
    pub fn path_to(&self, rest: &str) -> String {
        format!("/k/{}{rest}", self.slug)
    }
}

impl Registration {
    /// How it is called on the settings page.
    pub fn word(self, t: Words) -> &'static str {
        match self {
            Registration::Open => t.settings_registration_open(),
            Registration::Invite => t.settings_registration_invite(),
            Registration::Closed => t.settings_registration_closed(),
        }
    }
}

/// A name for URLs made of a kost's name: letters and digits, dashes between words.
pub fn slug_of(name: &str) -> String {
    let words = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let mut slug =
        words.strip_prefix("kost-").unwrap_or(&words).chars().take(40).collect::<String>();
    if slug.is_empty() {
        slug.push_str("kost");
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_what_people_call_the_house() {
        assert_eq!(slug_of("Kost Melati"), "melati");
        assert_eq!(slug_of("Wisma D'Anggrek 2"), "wisma-d-anggrek-2");
        assert_eq!(slug_of("コスト"), "kost");
    }
}
