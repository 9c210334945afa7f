//! The pages of a kost: settings, people, places, Info kost, and who may what.

use std::time::Duration;

use http::StatusCode;
use kostticket::kosts::{self, Registration, Role, Timezone};

use crate::support::{Person, TestApp};

#[tokio::test]
async fn each_page_opens_for_the_roles_it_is_for() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let other = app.kost("Kost Kenanga").await;
    let room = app.location(&kost, "01").await;
    let stranger = app.member("tono", &other, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let person = format!("/members/{}", rani.id);
    let managers = [
        "/settings".to_owned(),
        "/settings/invite".to_owned(),
        "/members".to_owned(),
        person.clone(),
        format!("{person}/end"),
        "/locations".to_owned(),
        format!("/locations/{room}"),
    ];
    for page in managers {
        let page = kost.path(&page);
        for (person, status) in [
            (&stranger, StatusCode::NOT_FOUND),
            (&rani, StatusCode::FORBIDDEN),
            (&joko, StatusCode::FORBIDDEN),
            (&sari, StatusCode::OK),
            (&budi, StatusCode::OK),
        ] {
            assert_eq!(person.get(&page).await.status, status, "{} {page}", person.username);
            if status != StatusCode::OK {
                let posted = person.post(&page, &[("name", "x")]).await;
                assert_eq!(posted.status, status, "{} posts to {page}", person.username);
            }
        }
    }
    for person in [&rani, &joko, &sari, &budi] {
        assert_eq!(person.get("/k/melati/info").await.status, StatusCode::OK);
    }
    assert_eq!(stranger.get("/k/melati/info").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_are_checked_kept_and_saved() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let fields = |name: &'static str, phone: &'static str, zone: &'static str| {
        [
            ("name", name),
            ("address", "Jl. Kenanga 8"),
            ("contact_name", "Pak Budi"),
            ("contact_phone", phone),
            ("about", "Tamu sampai pukul 21.00."),
            ("timezone", zone),
            ("registration", "open"),
        ]
    };
    let wrong = budi.post("/k/melati/settings", &fields("", "12", "Europe/Paris")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("Jl. Kenanga 8") && wrong.text.contains("Tamu sampai"),
        "what was typed is still there"
    );
    assert!(wrong.text.contains("Nomor HP belum lengkap"));
    let saved = budi
        .post("/k/melati/settings", &fields("Kost Melati Indah", "0812 3456 7890", "Asia/Makassar"))
        .await;
    assert_eq!(saved.location(), "/k/melati/settings");
    let kost = kosts::store::get(&app.app.db, kost.id).await.unwrap();
    assert_eq!(
        (kost.name.as_str(), kost.contact_phone.as_str()),
        ("Kost Melati Indah", "+6281234567890")
    );
    assert_eq!((kost.timezone, kost.registration), (Timezone::Wita, Registration::Open));
    let info = budi.get("/k/melati/info").await;
    assert!(info.text.contains("href=\"tel:+6281234567890\""), "{}", info.text);
    assert!(
        info.text.contains("Jl. Kenanga 8")
            && info.text.contains("Tamu sampai")
            && info.text.contains("WITA")
    );
}

#[tokio::test]
async fn a_new_invite_code_ends_the_old_one() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Manager).await;
    let before = kosts::store::get(&app.app.db, kost.id).await.unwrap().invite_code;
    assert!(
        budi.get("/k/melati/settings")
            .await
            .text
            .contains(&format!("http://kost.test/join/{before}"))
    );
    budi.post("/k/melati/settings/invite", &[]).await.location();
    assert!(kosts::store::with_invite_code(&app.app.db, &before).await.unwrap().is_none());
    assert!(!budi.get("/k/melati/settings").await.text.contains(&before));
}

#[tokio::test]
async fn residents_stand_in_the_order_of_their_rooms() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    for room in ["100", "9a"] {
        let fields = [("kind", "room"), ("name", room)];
        budi.post("/k/melati/locations", &fields).await.location();
    }
    app.member_in("ani", &kost, Role::Resident, Some("100")).await;
    app.member_in("wati", &kost, Role::Resident, Some("09")).await;
    app.member_in("eko", &kost, Role::Resident, Some("9a")).await;
    app.member_in("yuli", &kost, Role::Resident, None).await;
    let page = budi.get("/k/melati/members").await.text;
    let at = |name: &str| page.find(&format!(">{name}</a>")).unwrap();
    assert!(at("Budi") < at("Yuli") && at("Yuli") < at("Wati"), "who waits for a room is first");
    assert!(at("Wati") < at("Eko") && at("Eko") < at("Ani"), "{page}");
}

#[tokio::test]
async fn a_room_is_called_by_its_number_however_it_is_typed() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    app.location(&kost, "01").await;
    let add = async |name: &str| {
        budi.post("/k/melati/locations", &[("kind", "room"), ("name", name)]).await
    };
    assert!(add("Kamar 01").await.text.contains("value=\"Kamar 01\""), "there is one");
    assert_eq!(add("kmr. 27").await.location(), "/k/melati/locations");
    let page = budi.get("/k/melati/locations").await.text;
    assert!(page.contains("Kamar 27") && !page.contains("Kamar kmr"), "{page}");
}

#[tokio::test]
async fn only_owners_change_owners_and_the_last_one_stays() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let sari = app.member("sari", &kost, Role::Manager).await;
    let of = |person: &Person<'_>| format!("/k/melati/members/{}", person.id);
    let refused = sari.post(&of(&budi), &[("role", "resident")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(sari.post(&format!("{}/end", of(&budi)), &[]).await.status, StatusCode::FORBIDDEN);
    let last = budi.post(&of(&budi), &[("role", "manager")]).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(last.text.contains("paling sedikit satu pemilik"));
    let last = budi.post(&format!("{}/end", of(&budi)), &[]).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(budi.role_in(kost.id).await, Some(Role::Owner));
    budi.post(&of(&sari), &[("role", "owner")]).await.location();
    assert_eq!(
        budi.post(&format!("{}/end", of(&budi)), &[]).await.location(),
        "/",
        "now another one is left"
    );
    assert_eq!(budi.role_in(kost.id).await, None);
    assert_eq!(budi.get("/k/melati/info").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_leaves_or_stops_being_staff_hands_work_on_at_once() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let joko = app.member("joko", &kost, Role::Caretaker).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let of = |person: &Person<'_>| format!("/k/melati/members/{}", person.id);
    budi.post(&of(&joko), &[("role", "caretaker")]).await.location();
    let person = kosts::store::person(&app.app.db, kost.id, joko.id).await.unwrap().unwrap();
    assert!(!person.takes_tickets, "a box that is not ticked is off");
    budi.post(&of(&joko), &[("role", "caretaker"), ("takes_tickets", "true")]).await.location();
    let mut notices = app.app.db.notices();
    budi.post(&of(&joko), &[("role", "resident")]).await.location();
    let person = kosts::store::person(&app.app.db, kost.id, joko.id).await.unwrap().unwrap();
    assert_eq!((person.role, person.takes_tickets), (Role::Resident, false));
    assert_eq!(
        joko.get("/k/melati").await.status,
        StatusCode::FORBIDDEN,
        "the dashboard is closed at once"
    );
    let asked = budi.get(&format!("{}/end", of(&rani))).await;
    assert!(asked.text.contains("Akhiri masa huni Rani?"));
    budi.post(&format!("{}/end", of(&rani)), &[]).await.location();
    assert_eq!(rani.get("/k/melati/info").await.status, StatusCode::NOT_FOUND);
    let mut cuts = Vec::new();
    while let Ok(Ok(notice)) =
        tokio::time::timeout(std::time::Duration::from_millis(300), notices.recv()).await
    {
        if notice.channel == "cut" {
            cuts.push(notice.payload);
        }
    }
    assert_eq!(
        cuts,
        [format!("member:{}:{}", joko.id, kost.id), format!("member:{}:{}", rani.id, kost.id)],
        "open sockets are cut"
    );
}

#[tokio::test]
async fn places_are_added_renamed_and_taken_out_of_use() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let other = app.kost("Kost Kenanga").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    app.member("rani", &kost, Role::Resident).await;
    budi.post("/k/melati/locations", &[("kind", "shared"), ("name", "Ruang jemur")])
        .await
        .location();
    let taken =
        budi.post("/k/melati/locations", &[("kind", "shared"), ("name", "Ruang jemur")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("Nama ini sudah dipakai"));
    let empty = budi.post("/k/melati/locations", &[("kind", "room"), ("name", "  ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let place = app.location(&kost, "Ruang jemur").await;
    let path = format!("/k/melati/locations/{place}");
    budi.post(&path, &[("name", "Rooftop")]).await.location();
    budi.post(&path, &[("name", "Rooftop"), ("use", "out")]).await.location();
    assert!(
        kosts::store::location(&app.app.db, kost.id, place).await.unwrap().is_none(),
        "not offered any more"
    );
    assert!(budi.get("/k/melati/locations").await.text.contains("Tidak dipakai"));
    budi.post(&path, &[("name", "Rooftop"), ("use", "in")]).await.location();
    assert_eq!(
        kosts::store::location(&app.app.db, kost.id, place).await.unwrap().unwrap().name,
        "Rooftop"
    );
    let lived_in = app.location(&kost, "01").await;
    let refused = budi
        .post(&format!("/k/melati/locations/{lived_in}"), &[("name", "01"), ("use", "out")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("masih ada penghuninya"));
    let foreign = app.location(&other, "01").await;
    let path = format!("/k/melati/locations/{foreign}");
    assert_eq!(budi.post(&path, &[("name", "x")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(budi.get("/k/melati/locations/abc").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn residents_read_whom_to_call_and_nothing_about_neighbours() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    app.member("budi", &kost, Role::Owner).await;
    app.member_in("dewi", &kost, Role::Resident, Some("02")).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let info = rani.get("/k/melati/info").await;
    assert!(
        info.text.contains("Budi")
            && info.text.contains("Pemilik")
            && info.text.contains("Kamar 01")
    );
    assert!(!info.text.contains("Dewi"));
    assert!(info.text.contains("Belum ada nomor telepon"));
}

#[tokio::test]
async fn who_was_demoted_a_moment_ago_gives_nobody_anything() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    for (number, (rest, fields)) in
        [("", &[("role", "manager")][..]), ("/end", &[])].into_iter().enumerate()
    {
        let sari = app.member(&format!("sari{number}"), &kost, Role::Manager).await;
        let person = kosts::store::person(&app.app.db, kost.id, sari.id).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        kosts::change(&mut tx, kost.id, &person, Role::Caretaker, None).await.unwrap();
        let path = kost.path(&format!("/members/{}{rest}", rani.id));
        let save = sari.post(&path, fields);
        let demotion = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let (answer, ()) = tokio::join!(save, demotion);
        assert_eq!(answer.status, StatusCode::CONFLICT, "{rest}");
        assert_eq!(rani.role_in(kost.id).await, Some(Role::Resident));
    }
}

#[tokio::test]
async fn a_heap_of_residents_hides_neither_the_staff_nor_those_who_were_there_before() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let mut tx = app.app.db.begin().await.unwrap();
    for number in 0..1100 {
        let new = db::query(
            "INSERT INTO account (username, name, password_hash, language, unsubscribe_token, created_at)
             VALUES ($1, 'AAA', '', 'id', $1, $2)",
        );
        let id: i64 =
            new.bind(format!("heap{number}")).bind(app.clock.now()).insert(&mut tx).await.unwrap();
        let join = db::query(
            "INSERT INTO membership (account, kost, role, started_at) VALUES ($1, $2, 'resident', $3)",
        );
        join.bind(id).bind(kost.id).bind(app.clock.now()).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let budi = app.member("budi", &kost, Role::Owner).await;
    let people = kosts::store::people(&app.app.db, kost.id).await.unwrap();
    assert_eq!(people.len(), 1000);
    assert_eq!(people[0].account, budi.id);
    assert!(people.iter().any(|person| person.account == rani.id));
    // One who is not listed is here all the same.
    let fields = [("username", "heap1099"), ("role", "resident")];
    let again = budi.post("/k/melati/members", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}
