//! A page's surroundings as the layouts expect them, filled with sample data.

use crate::words::{Language, Words};

pub struct Page {
    pub t: Words,
    pub lang: &'static str,
    pub theme: Option<&'static str>,
    pub nav: Vec<NavItem>,
    pub search: Option<&'static str>,
    pub unread: i64,
    pub account: Option<Account>,
    pub place: Option<Place>,
    pub flash: Option<&'static str>,
}

pub struct NavItem {
    pub key: &'static str,
    pub url: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub current: bool,
    pub count: Option<i64>,
}

pub struct Account {
    pub name: &'static str,
    pub initials: &'static str,
    pub tone: u8,
    pub role: Option<&'static str>,
}

pub struct Place {
    pub kost: &'static str,
    pub plate: Option<&'static str>,
    pub detail: Option<&'static str>,
}

impl Page {
    pub fn resident() -> Self {
        let nav = [
            ("home", "home", "Beranda"),
            ("report", "camera", "Lapor"),
            ("info", "door", "Info kost"),
            ("account", "user", "Akun"),
        ];
        Page {
            t: Words::new(Language::Id),
            lang: "id",
            theme: None,
            nav: items(&nav, "home", None),
            search: None,
            unread: 2,
            account: Some(Account {
                name: "Rani Puspita",
                initials: "RP",
                tone: 3,
                role: Some("Penghuni"),
            }),
            place: Some(Place {
                kost: "Kost Melati",
                plate: Some("12"),
                detail: Some("Kamar 12, lantai 2"),
            }),
            flash: Some("Laporan #128 terkirim."),
        }
    }

    pub fn staff() -> Self {
        let nav = [
            ("reports", "ticket", "Laporan"),
            ("kost", "building", "Kost"),
            ("statistics", "chart", "Statistik"),
            ("queue", "queue", "Antrean"),
            ("settings", "sliders", "Setelan"),
        ];
        Page {
            nav: items(&nav, "reports", Some(7)),
            search: Some("/k/melati"),
            unread: 128,
            account: Some(Account {
                name: "Budi Wirawan",
                initials: "BW",
                tone: 1,
                role: Some("Pemilik"),
            }),
            place: Some(Place { kost: "Kost Melati", plate: None, detail: Some("Jl. Kenanga 8") }),
            flash: None,
            ..Page::resident()
        }
    }

    pub fn stranger() -> Self {
        Page { nav: vec![], account: None, place: None, flash: None, unread: 0, ..Page::resident() }
    }
}

fn items(
    nav: &[(&'static str, &'static str, &'static str)],
    current: &str,
    count: Option<i64>,
) -> Vec<NavItem> {
    nav.iter()
        .map(|&(key, icon, label)| NavItem {
            key,
            url: "/",
            icon,
            label,
            current: key == current,
            count: count.filter(|_| key == current),
        })
        .collect()
}

/// What somebody typed.
pub struct Form;

impl Form {
    pub fn value(&self, name: &str) -> &'static str {
        match name {
            "name" => "Rani \"R\" <Puspita>",
            "email" => "rani@example",
            "description" => "Baris satu\n</textarea> dua",
            _ => "",
        }
    }
}

/// What is wrong with it.
pub struct Errors(pub Vec<(&'static str, Problem)>);

impl Errors {
    pub fn of(&self, name: &str) -> Option<&Problem> {
        self.iter().find(|(field, _)| *field == name).map(|(_, problem)| problem)
    }

    pub fn word(&self, name: &str, t: Words) -> String {
        self.of(name).map(|problem| problem.word(t)).unwrap_or_default()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, (&'static str, Problem)> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

pub struct Problem;

impl Problem {
    pub fn word(&self, t: Words) -> String {
        t.form_email().to_owned()
    }
}
