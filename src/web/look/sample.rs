//! A page's surroundings as the layouts expect them, filled with sample data.

use crate::web::{NavItem, Place, Signature};
use crate::words::{Language, Words};

/// What [`crate::web::Page`] shows, without the application behind it.
pub struct Page {
    pub t: Words,
    pub lang: &'static str,
    pub theme: Option<&'static str>,
    pub nav: Vec<NavItem>,
    pub search: Option<String>,
    pub unread: i64,
    pub account: Option<Signature>,
    pub place: Option<Place>,
    pub flash: Option<String>,
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
            account: Some(Signature::new(2, "Rani Puspita", Some("Penghuni"))),
            place: Some(Place {
                kost: "Kost Melati".to_owned(),
                plate: Some("12".to_owned()),
                detail: Some("Kamar 12, lantai 2".to_owned()),
            }),
            flash: Some("Laporan #128 terkirim.".to_owned()),
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
            search: Some("/k/melati".to_owned()),
            unread: 128,
            account: Some(Signature::new(5, "Budi Wirawan", Some("Pemilik"))),
            place: Some(Place {
                kost: "Kost Melati".to_owned(),
                plate: None,
                detail: Some("Jl. Kenanga 8".to_owned()),
            }),
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
            url: "/".to_owned(),
            icon,
            label,
            current: key == current,
            count: count.filter(|_| key == current),
        })
        .collect()
}
