//! A page's surroundings as the layouts expect them, filled with sample data.

use std::fmt::Display;

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
    ago_now: "baru saja"
    app_home: "KostTicket, ke beranda"
    conn_banner: "Anda luring. Tulisan disimpan di HP ini."
    conn_live: "Langsung"
    conn_off: "Luring"
    conn_wait: "Menyambung…"
    error_403_body: "Halaman ini bukan untuk peran Anda di kost ini."
    error_403_title: "Pintu ini terkunci"
    error_404_body: "Alamatnya mungkin salah ketik, atau laporannya bukan untuk akun Anda."
    error_404_title: "Kamar ini tidak ada"
    error_429_title: "Terlalu cepat"
    error_500_body: "Maaf, halaman ini gagal dibuka. Tulisan dan foto Anda tidak hilang."
    error_500_title: "Ada yang lepas di sisi kami"
    error_503_body: "Data belum bisa disimpan sekarang. Coba lagi sebentar lagi."
    error_503_title: "Sebentar, ya"
    error_home: "Ke beranda"
    error_500_reference: "Kode rujukan"
    common_retry: "Coba lagi"
    filter_remove: "hapus saringan"
    common_cancel: "Batal"
    common_optional: "(boleh kosong)"
    common_show: "Lihat"
    language_label: "Bahasa"
    live_fresh: "Ada yang baru, tampilkan"
    nav_logout: "Keluar"
    nav_label: "Utama"
    nav_notifications: "Notifikasi"
    nav_search: "Cari laporan"
    nav_search_hint: "Cari laporan, kamar, penghuni"
    nav_skip: "Langsung ke isi"
    nav_unread: "belum dibaca"
    new_camera: "Ambil foto"
    new_gallery: "Dari galeri"
    new_photo: "Foto masalahnya"
    offline_body: "Laporan yang sudah Anda tulis aman di HP ini."
    offline_title: "Anda sedang luring"
    pager_label: "Halaman"
    pager_newer: "Lebih baru"
    pager_older: "Lebih lama"
    photo_label: "Foto"
    photo_remove: "Hapus foto"
    photo_type: "Berkas ini bukan foto."
    place_room: "Kamar"
    priority_label: "Prioritas"
    staff_note: "Catatan internal"
    common_open: "Buka"
}

impl Words {
    pub fn nav_account_of(self, name: &str) -> String {
        format!("Akun {name}")
    }

    pub fn error_429(self, n: impl Display) -> String {
        format!("Tunggu {n} detik, lalu coba lagi.")
    }

    pub fn ago_before(self, age: impl Display) -> String {
        format!("{age} lalu")
    }

    pub fn common_close_toast(self, title: impl Display) -> String {
        format!("Tutup: {title}")
    }

    pub fn duration_hours_short(self, n: impl Display) -> String {
        format!("{n} jam")
    }

    pub fn duration_minutes_short(self, n: impl Display) -> String {
        format!("{n} mnt")
    }

    pub fn nav_open_reports(self, n: impl Display) -> String {
        format!("{n} terbuka")
    }

    pub fn form_summary(self, n: impl Display) -> String {
        format!("Ada {n} isian yang perlu diperbaiki")
    }

    pub fn new_photo_hint(self, n: impl Display) -> String {
        format!("Paling banyak {n} foto. Lokasi GPS di foto kami hapus.")
    }

    pub fn photo_many(self, n: impl Display) -> String {
        format!("Paling banyak {n} foto.")
    }
}
