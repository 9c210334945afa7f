//! Who lives in the demo, and what breaks there.

use crate::kosts::Role;
use crate::tickets::{Category, Priority};

/// Username, name, role.
pub const STAFF: [(&str, &str, Role); 4] = [
    ("budi", "Budi Wirawan", Role::Owner),
    ("sari", "Sari Lestari", Role::Manager),
    ("joko", "Mas Joko", Role::Caretaker),
    ("yanto", "Pak Yanto", Role::Caretaker),
];

/// Username and name of those who live there; two share some of the rooms.
pub const RESIDENTS: [(&str, &str); 30] = [
    ("rani", "Rani Puspita"),
    ("nabila", "Nabila Azzahra"),
    ("togar", "Togar Siregar"),
    ("made", "Made Suryani"),
    ("fajar", "Fajar Hidayat"),
    ("dewi", "Dewi Anggraini"),
    ("agus", "Agus Setiawan"),
    ("putri", "Putri Maharani"),
    ("rizky", "Rizky Ramadhan"),
    ("intan", "Intan Permata"),
    ("bayu", "Bayu Nugroho"),
    ("citra", "Citra Kirana"),
    ("dimas", "Dimas Prasetyo"),
    ("elsa", "Elsa Manurung"),
    ("galih", "Galih Saputra"),
    ("hana", "Hana Wulandari"),
    ("ilham", "Ilham Maulana"),
    ("jessica", "Jessica Tan"),
    ("kevin", "Kevin Wijaya"),
    ("laras", "Laras Ayu"),
    ("mega", "Mega Utami"),
    ("nanda", "Nanda Pratama"),
    ("oki", "Oki Firmansyah"),
    ("prita", "Prita Handayani"),
    ("qori", "Qori Amelia"),
    ("reza", "Reza Fahlevi"),
    ("siska", "Siska Melina"),
    ("tara", "Tara Kusuma"),
    ("umar", "Umar Said"),
    ("vina", "Vina Oktavia"),
];

/// Shared facilities.
pub const SHARED: [&str; 6] =
    ["Dapur lantai 1", "Dapur lantai 2", "Ruang cuci", "Parkiran motor", "Teras", "Tangga"];

/// Something that breaks.
pub struct Trouble {
    pub category: Category,
    pub priority: Priority,
    /// In which of the shared facilities, by their place in [`SHARED`]; in a room where none is named.
    pub shared: &'static [usize],
    pub title: &'static str,
    pub description: &'static str,
    /// What staff answer first.
    pub reply: &'static str,
    /// What they say when it is done.
    pub fixed: &'static str,
}

const fn trouble(
    category: Category,
    priority: Priority,
    shared: &'static [usize],
    title: &'static str,
    description: &'static str,
    reply: &'static str,
    fixed: &'static str,
) -> Trouble {
    Trouble { category, priority, shared, title, description, reply, fixed }
}

use Category::{Ac, Cleanliness, Electricity, Noise, Other, Room, Security, Shared, Water, Wifi};
use Priority::{Emergency, High, Low, Medium};

/// What breaks, again and again.
pub const TROUBLES: [Trouble; 30] = [
    trouble(
        Water,
        Medium,
        &[],
        "Keran wastafel tidak bisa ditutup",
        "Airnya menetes terus sejak semalam, sudah saya putar sampai mentok.",
        "Karet kerannya sudah aus, saya belikan dulu. Nanti sore saya pasang.",
        "Karet keran sudah diganti, airnya sudah mati rapat.",
    ),
    trouble(
        Ac,
        High,
        &[],
        "AC bocor dan tidak dingin",
        "Air menetes ke kasur, dan anginnya tidak dingin sama sekali.",
        "Kami panggil teknisi, besok pagi datang.",
        "Freon ditambah dan saluran dibersihkan.",
    ),
    trouble(
        Wifi,
        High,
        &[1],
        "Wi-Fi lantai 2 putus-putus",
        "Dari kemarin malam sering putus, saya ada ujian online.",
        "Saya cek routernya dulu, ya.",
        "Router diganti kabelnya, kecepatan sudah normal.",
    ),
    trouble(
        Electricity,
        High,
        &[],
        "Stop kontak dekat meja mati",
        "Laptop tidak bisa dicas di stop kontak dekat meja.",
        "Besok saya bawa tespen dan cek jalurnya.",
        "Kabel di belakang stop kontak longgar, sudah dikencangkan.",
    ),
    trouble(
        Room,
        Low,
        &[],
        "Pintu lemari lepas engselnya",
        "Engsel atas copot, pintunya miring.",
        "Siap, saya bawakan engsel baru.",
        "Engsel sudah diganti yang baru.",
    ),
    trouble(
        Shared,
        Medium,
        &[0, 1],
        "Kompor dapur bersama sulit menyala",
        "Harus dipantik berkali-kali, kadang bau gas sedikit.",
        "Saya cek regulatornya siang ini.",
        "Pemantik dan selang diganti.",
    ),
    trouble(
        Electricity,
        Medium,
        &[],
        "Lampu kamar mandi berkedip",
        "Lampunya berkedip terus kalau malam.",
        "Kemungkinan bohlamnya. Saya ganti sore ini.",
        "Bohlam sudah diganti LED.",
    ),
    trouble(
        Cleanliness,
        Low,
        &[0, 1],
        "Tempat sampah penuh",
        "Sudah tiga hari belum diangkut, mulai bau.",
        "Maaf, hari ini langsung diangkut.",
        "Sudah diangkut dan dicuci.",
    ),
    trouble(
        Noise,
        Medium,
        &[4],
        "Musik keras lewat tengah malam",
        "Hampir tiap malam ada musik keras sampai jam dua.",
        "Kami tegur penghuninya malam ini.",
        "Sudah kami bicarakan, jam tenang mulai pukul 22.00.",
    ),
    trouble(
        Security,
        High,
        &[3],
        "Gerbang tidak terkunci malam-malam",
        "Semalam gerbang terbuka sampai pagi.",
        "Terima kasih sudah bilang. Kami cek kuncinya.",
        "Kunci gerbang diganti, penutup otomatis dipasang.",
    ),
    trouble(
        Water,
        High,
        &[],
        "Toilet mampet",
        "Air naik dan tidak turun.",
        "Saya ke sana sekarang bawa alatnya.",
        "Saluran sudah lancar.",
    ),
    trouble(
        Water,
        Medium,
        &[],
        "Air panas tidak keluar",
        "Water heater menyala tapi airnya tetap dingin.",
        "Teknisi datang lusa.",
        "Elemen pemanas diganti.",
    ),
    trouble(
        Room,
        Low,
        &[],
        "Gorden robek",
        "Gorden robek di bagian bawah.",
        "Kami pesankan yang baru.",
        "Gorden baru sudah dipasang.",
    ),
    trouble(
        Ac,
        Medium,
        &[],
        "AC berisik",
        "Bunyinya seperti ada yang longgar.",
        "Kami jadwalkan servis minggu ini.",
        "Baling-baling dibersihkan dan dikencangkan.",
    ),
    trouble(
        Wifi,
        Medium,
        &[],
        "Sinyal Wi-Fi lemah di kamar",
        "Di pojok kamar tidak dapat sinyal.",
        "Kami coba geser pemancarnya.",
        "Pemancar tambahan sudah dipasang di lorong.",
    ),
    trouble(
        Shared,
        Medium,
        &[2],
        "Mesin cuci tidak berputar",
        "Airnya masuk tapi tabungnya diam.",
        "Kami panggil tukang servis.",
        "Tali penggerak diganti.",
    ),
    trouble(
        Electricity,
        Emergency,
        &[],
        "Stop kontak berasap dekat kasur",
        "Keluar asap waktu saya colok setrika. Sudah saya cabut, tapi bau gosong masih ada.",
        "Jangan dipakai dulu. MCB kamar saya matikan, saya ke sana sekarang.",
        "Stop kontak dan kabelnya diganti, sudah aman.",
    ),
    trouble(
        Other,
        Low,
        &[0, 1],
        "Semut di dapur",
        "Banyak semut di rak piring.",
        "Kami semprot besok pagi.",
        "Sudah disemprot dan celahnya ditutup.",
    ),
    trouble(
        Room,
        Medium,
        &[],
        "Kunci kamar macet",
        "Kunci harus diputar lama baru terbuka.",
        "Nanti saya beri pelumas dulu.",
        "Silinder kunci diganti, kunci baru sudah diserahkan.",
    ),
    trouble(
        Water,
        Medium,
        &[],
        "Air shower kecil",
        "Airnya kecil sekali terutama pagi hari.",
        "Kami cek tekanan toren.",
        "Saringan shower dibersihkan.",
    ),
    trouble(
        Cleanliness,
        Low,
        &[5],
        "Tangga licin dan kotor",
        "Ada bekas oli di tangga.",
        "Segera kami pel.",
        "Sudah dibersihkan.",
    ),
    trouble(
        Room,
        Medium,
        &[],
        "Plafon bocor saat hujan",
        "Menetes di atas meja kalau hujan deras.",
        "Kami cek gentengnya begitu hujan berhenti.",
        "Genteng yang geser sudah dibetulkan.",
    ),
    trouble(
        Security,
        Medium,
        &[3],
        "Lampu parkiran mati",
        "Gelap sekali kalau pulang malam.",
        "Saya ganti malam ini.",
        "Lampu dengan sensor sudah dipasang.",
    ),
    trouble(
        Electricity,
        Medium,
        &[],
        "MCB sering turun",
        "Setiap menyalakan AC dan pemanas air, listrik turun.",
        "Kami cek dayanya.",
        "Beban dibagi dua jalur.",
    ),
    trouble(
        Shared,
        Low,
        &[0, 1],
        "Kulkas bersama tidak dingin",
        "Makanan cepat basi.",
        "Kami atur ulang suhunya dulu.",
        "Karet pintu kulkas diganti.",
    ),
    trouble(
        Noise,
        Low,
        &[],
        "Tetangga memaku dinding pagi-pagi",
        "Jam enam pagi sudah berisik.",
        "Kami ingatkan.",
        "Sudah diingatkan, hanya boleh setelah jam delapan.",
    ),
    trouble(
        Other,
        Low,
        &[],
        "Nyamuk banyak sekali",
        "Setiap sore banyak nyamuk dari selokan.",
        "Kami jadwalkan pengasapan.",
        "Selokan dibersihkan dan diasapi.",
    ),
    trouble(
        Ac,
        Medium,
        &[],
        "Remote AC hilang dari kamar",
        "Waktu saya pindah masuk remotenya tidak ada.",
        "Kami carikan gantinya.",
        "Remote baru sudah diantar.",
    ),
    trouble(
        Wifi,
        Low,
        &[],
        "Lupa kata sandi Wi-Fi",
        "Ganti HP, kata sandinya saya tidak punya.",
        "Ada di kertas dekat dapur, saya kirim juga ke sini.",
        "Sudah tersambung, ya.",
    ),
    trouble(
        Room,
        High,
        &[],
        "Jendela tidak bisa dikunci",
        "Slotnya patah, saya takut kalau pergi.",
        "Hari ini saya pasang slot baru.",
        "Slot jendela baru sudah terpasang.",
    ),
];

/// What residents add.
pub const ADDED: [&str; 8] = [
    "Saya di kamar sampai jam empat, silakan masuk.",
    "Tadi pagi makin parah.",
    "Terima kasih, ditunggu, Mas.",
    "Kalau saya keluar, boleh masuk saja.",
    "Masih sama sampai sekarang.",
    "Baik, terima kasih kabarnya.",
    "Apa bisa hari ini?",
    "Sudah saya foto lagi, terlihat lebih jelas.",
];

/// What staff tell each other.
pub const NOTES: [&str; 5] = [
    "Suku cadang dipesan di toko langganan, nota menyusul.",
    "Tukang minta Rp150.000, sudah disetujui.",
    "Kamar ini sudah dua kali lapor hal yang sama.",
    "Tolong cek juga kamar sebelah.",
    "Kunci cadangan ada di laci kantor.",
];

/// Why a report is handed back.
pub const RETURNS: [&str; 4] = [
    "Semalam menetes lagi.",
    "Baru dua jam sudah mati lagi.",
    "Bunyinya masih ada.",
    "Di pojok kamar tetap tidak bisa.",
];
