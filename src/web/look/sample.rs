//! A page's surroundings as the layouts expect them, filled with sample data.

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
            t: Words,
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

/// The words that the layouts and macros use, in Indonesian.
#[derive(Clone, Copy)]
pub struct Words;

macro_rules! words {
    ($($key:ident: $text:literal)*) => {
        impl Words { $(pub fn $key(self) -> &'static str { $text })* }
    };
}

words! {
    conn_banner: "Anda luring. Tulisan disimpan di HP ini."
    conn_live: "Langsung"
    conn_off: "Luring"
    conn_wait: "Menyambung…"
    language_label: "Bahasa"
    nav_logout: "Keluar"
    nav_main: "Utama"
    nav_notifications: "Notifikasi"
    nav_open: "terbuka"
    nav_search: "Cari laporan"
    nav_search_hint: "Cari laporan, kamar, penghuni"
    nav_skip: "Langsung ke isi"
    nav_start: "beranda"
    nav_unread: "belum dibaca"
    place_room: "Kamar"
    priority_label: "Prioritas"
    toast_close: "Tutup"
    toast_open: "Buka"
}

impl Words {
    pub fn nav_account_of(self, name: &str) -> String {
        format!("Akun {name}")
    }
}
