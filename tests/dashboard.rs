//! The dashboard: who sees it, what it counts, how its filters combine, and
//! that no page of it costs more than one short walk along an index.

use http::StatusCode;
use jiff::SignedDuration;
use kostticket::accounts;
use kostticket::admin::list;
use kostticket::kosts::{self, Role};
use kostticket::tickets::{self, Category, NewTicket, Priority, Status, Ticket};

use crate::support::{Kost, Person, TestApp};

/// Opens a report through the domain's own verb.
async fn report(
    app: &TestApp,
    kost: &Kost,
    by: &Person<'_>,
    title: &str,
    room: &str,
    category: Category,
) -> Ticket {
    let location = app.location(kost, room).await;
    let location = kosts::store::location(&app.app.db, kost.id, location).await.unwrap().unwrap();
    let new = NewTicket {
        title: title.to_owned(),
        description: String::new(),
        category,
        location,
        priority: Priority::Medium,
        submission: format!("{title}-{room}"),
    };
    let mut tx = app.app.db.begin().await.unwrap();
    let kost = kosts::store::get(&mut tx, kost.id).await.unwrap();
    let reporter = accounts::store::get(&mut tx, by.id).await.unwrap().unwrap();
    let (ticket, _) = tickets::open(&mut tx, &kost, &reporter, &new).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(SignedDuration::from_secs(60));
    ticket
}

/// The titles that a page lists, in its order.
fn titles(html: &str) -> Vec<&str> {
    let rows = html.split("kt-q__title").skip(1);
    rows.map(|row| row.split("\">").nth(2).unwrap().split('<').next().unwrap()).collect()
}

#[tokio::test]
async fn staff_see_it_and_nobody_else_learns_of_it() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let other = app.kost("Kost Kenanga").await;
    for (name, role) in [("budi", Role::Owner), ("sari", Role::Manager), ("joko", Role::Caretaker)]
    {
        let person = app.member(name, &kost, role).await;
        assert_eq!(person.get(&kost.path("")).await.status, StatusCode::OK, "{name}");
        let foreign = person.get(&other.path("")).await;
        let missing = person.get("/k/tidak-ada").await;
        assert_eq!(
            (foreign.status, missing.status),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
        );
    }
    let rani = app.member("rani", &kost, Role::Resident).await;
    assert_eq!(rani.get(&kost.path("")).await.status, StatusCode::FORBIDDEN);
    let admin = app.admin("admin").await;
    assert_eq!(admin.get(&kost.path("")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn tiles_count_and_filters_combine() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    report(&app, &kost, &rani, "Keran bocor", "01", Category::Water).await;
    report(&app, &kost, &rani, "Lampu padam", "01", Category::Electricity).await;
    report(&app, &kost, &rani, "Kompor 100% mati", "Dapur", Category::Shared).await;
    let path = kost.path("");
    let page = budi.get(&path).await;
    assert_eq!(
        titles(&page.text),
        ["Kompor 100% mati", "Lampu padam", "Keran bocor"],
        "the newest change first"
    );
    assert!(page.text.contains("kt-stat__v\">3<"), "three are open: {}", page.text);
    assert!(page.text.contains("Belum ada"), "nobody is in charge yet");

    let list = async |query: &str| {
        let page = budi.get(&format!("{path}?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        titles(&page.text).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("category=water").await, ["Keran bocor"]);
    assert_eq!(list("category=water&status=done").await, [""; 0]);
    assert_eq!(list("status=open&priority=medium&category=electricity").await, ["Lampu padam"]);
    assert_eq!(
        list("q=LAMPU+rani").await,
        ["Lampu padam"],
        "all words, in title or reporter, whatever the case"
    );
    assert_eq!(list("q=100%25").await, ["Kompor 100% mati"], "a percent sign is a percent sign");
    assert_eq!(list("q=%231").await, ["Keran bocor"], "#1 is a number");
    let third = list("q=%233").await;
    assert_eq!(third.len(), 1);
    assert_eq!(list("q=3").await, third, "3 may be meant as a number as well");
    assert_eq!(list("q=kamar+02").await, list("q=02").await, "as rooms are called");
    assert_eq!(list("q=dapur").await, ["Kompor 100% mati"]);
    assert_eq!(list("q=kamar+dapur").await, [""; 0]);
    let kitchen = app.location(&kost, "Dapur").await;
    assert_eq!(list(&format!("location={kitchen}")).await, ["Kompor 100% mati"]);
    assert_eq!(list("unassigned=1").await.len(), 3);
    assert_eq!(list("mine=1").await.len(), 0);
    app.run_tasks().await;
    assert_eq!(
        list("mine=1&category=water").await,
        ["Keran bocor"],
        "the only one who takes reports has them"
    );
    assert_eq!(list(&format!("assignee={}", budi.id)).await.len(), 3);
    assert_eq!(list("unassigned=1").await.len(), 0);
    assert_eq!(
        list("status=nonsense&assignee=x&after=y").await.len(),
        3,
        "what is not understood is left out"
    );
}

#[tokio::test]
async fn active_filters_are_chips_that_can_be_taken_away() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let page = budi.get("/k/melati?status=open&q=keran&location=999999&filter=1").await;
    assert!(page.text.contains("href=\"/k/melati?location=999999&#38;q=keran\""), "{}", page.text);
    assert!(page.text.contains("Tidak diketahui"), "a place that is not ours has no name");
    assert!(page.text.contains("id=\"filter-panel\""));
    assert!(page.text.contains("value=\"keran\""));
    let plain = budi.get("/k/melati").await;
    assert!(!plain.text.contains("id=\"filter-panel\""), "the panel is fetched when it is wanted");
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    for number in 0..45 {
        report(&app, &kost, &rani, &format!("Laporan {number:02}"), "01", Category::Ac).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/k/melati".to_owned());
    while let Some(path) = next {
        let page = budi.get(&path).await;
        seen.extend(titles(&page.text).into_iter().map(str::to_owned));
        let after = page.text.split("href=\"").find(|link| link.contains("after="));
        next = after.map(|link| link.split('"').next().unwrap().replace("&#38;", "&"));
    }
    let expected = (0..45).rev().map(|number| format!("Laporan {number:02}")).collect::<Vec<_>>();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_was_not_read_and_what_waits_stands_beside_the_list() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    report(&app, &kost, &rani, "Keran bocor", "01", Category::Water).await;
    let page = budi.get("/k/melati").await;
    assert!(page.text.contains("Tugaskan laporan"), "the waiting task is named");
    assert!(page.text.contains("laporan #1"), "and what it is about");
    assert!(page.text.contains("href=\"/k/melati/queue\""));
    assert!(page.text.contains("Semua notifikasi sudah dibaca."));
    app.run_tasks().await;
    let page = budi.get("/k/melati").await;
    assert!(page.text.contains("Laporan baru dari Kamar 01"), "{}", page.text);
    assert!(page.text.contains("Tidak ada tugas yang menunggu."));
    let done = [("status", "done"), ("version", "2")];
    assert_eq!(budi.post("/k/melati/tickets/1/status", &done).await.status, StatusCode::SEE_OTHER);
    app.run_tasks().await;
    let page = budi.get("/k/melati").await;
    assert!(page.text.contains("Ingatkan pelapor"), "what is planned is named as well");
}

#[tokio::test]
async fn titles_are_text_and_never_markup() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    report(&app, &kost, &rani, "<script>alert(1)</script>", "01", Category::Other).await;
    let page = budi.get("/k/melati?q=%3Cscript%3E").await;
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert_eq!(titles(&page.text).len(), 1);
}

#[tokio::test]
async fn a_search_goes_on_only_where_there_are_older_reports() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    report(&app, &kost, &rani, "Pintu macet", "01", Category::Room).await;
    let mut tx = app.app.db.begin().await.unwrap();
    let more = "
        INSERT INTO ticket (kost, number, reporter, location, category, priority, status, title,
            description, search, submission, opened_at, changed_at)
        WITH RECURSIVE place (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM place WHERE n < 1000)
        SELECT kost, n, reporter, location, category, priority, status, 'Keran bocor',
            description, 'keran bocor', CAST(n AS TEXT), opened_at + n, changed_at + n
        FROM ticket, place
        WHERE number = 1";
    db::query(more).run(&mut tx).await.unwrap();
    db::query("UPDATE kost SET next_ticket = 1001").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let nobody_wrote = "/k/melati?q=gempa";
    let all = budi.get(nobody_wrote).await.text;
    assert!(!all.contains("Cari lebih jauh"), "all of a thousand were looked at");
    report(&app, &kost, &rani, "Lampu mati", "01", Category::Electricity).await;
    let newest = budi.get(nobody_wrote).await.text;
    assert!(newest.contains("Cari lebih jauh"), "{newest}");
    let further = newest.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let further =
        further.split('"').next().unwrap().replace("&#38;", "&").replace("q=gempa", "q=macet");
    let oldest = budi.get(&further).await.text;
    assert_eq!(titles(&oldest), ["Pintu macet"], "{further}");
}

#[tokio::test]
async fn a_search_finds_nothing_of_another_kost() {
    let app = TestApp::new().await;
    let (melati, kenanga) = (app.kost("Kost Melati").await, app.kost("Kost Kenanga").await);
    let budi = app.member("budi", &melati, Role::Owner).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    let wati = app.member("wati", &kenanga, Role::Resident).await;
    report(&app, &melati, &rani, "Lampu mati", "01", Category::Electricity).await;
    for title in ["Kompor meledak", "Pintu macet"] {
        report(&app, &kenanga, &wati, title, "12", Category::Other).await;
    }
    let place = app.location(&kenanga, "12").await;
    // Its words, its reporter, its number, its place and its people.
    let foreign = [
        "q=kompor".to_owned(),
        "q=wati".to_owned(),
        "q=%232".to_owned(),
        format!("location={place}"),
        format!("assignee={}", wati.id),
        format!("location={place}&q=pintu"),
    ];
    for query in foreign {
        let page = budi.get(&format!("/k/melati?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(titles(&page.text).is_empty(), "{query}: {:?}", titles(&page.text));
        for word in ["Kompor", "Pintu", "Wati"] {
            assert!(!page.text.contains(word), "{query}: {word}");
        }
    }
    let own = budi.get("/k/melati?q=%231").await;
    assert_eq!(titles(&own.text), ["Lampu mati"], "the number of the own kost");
}

/// How SQLite would run a statement of the list.
async fn plan(app: &TestApp, kost: &Kost, query: &str) -> Vec<String> {
    let filter = list::Filter::parse(query);
    let explain = db::query("EXPLAIN QUERY PLAN ");
    let statement = list::lines(explain, kost.id, accounts::AccountId(1), &filter);
    let rows: Vec<(i64, i64, i64, String)> = statement.all(&app.app.db).await.unwrap();
    rows.into_iter().map(|(_, _, _, detail)| detail).collect()
}

#[tokio::test]
async fn every_view_of_the_list_walks_an_index() {
    let app = TestApp::on_sqlite().await;
    let kost = app.kost("Kost Melati").await;
    let views = [
        ("", "ticket_kost_changed"),
        ("after=1700000000000.5", "ticket_kost_changed"),
        ("status=open", "ticket_kost_status_changed"),
        ("assignee=3&after=1700000000000.5", "ticket_kost_assignee_changed"),
        ("mine=1", "ticket_kost_assignee_changed"),
        ("unassigned=1", "ticket_kost_assignee_changed"),
        ("status=unfinished", "ticket_kost_unfinished_changed"),
        ("location=3", "ticket_kost_location_changed"),
        ("q=keran&category=water", "ticket_kost_changed"),
        ("q=%2312", "ticket_kost_number_key"),
        ("status=open&q=keran&mine=1&priority=high", "ticket_kost_assignee_changed"),
    ];
    for (query, index) in views {
        let plan = plan(&app, &kost, query).await;
        let walks = plan.iter().filter(|step| step.contains("SEARCH ticket ")).collect::<Vec<_>>();
        assert!(walks.iter().any(|step| step.contains(index)), "{query}: {plan:#?}");
        assert!(
            !plan.iter().any(|step| step.starts_with("SCAN ")
                && !step.contains("SCAN ticket")
                && !step.contains("SCAN (")),
            "{query}: {plan:#?}"
        );
        assert!(
            !plan.iter().any(|step| step.contains("SCAN ticket USING") || step == "SCAN reporter"),
            "{query}: {plan:#?}"
        );
        // The walk comes in the order of the list: only what a search found is sorted.
        let sorts = plan.iter().filter(|step| step.contains("TEMP B-TREE")).count();
        let is_searched = plan.iter().any(|step| step.contains("MATERIALIZE"));
        assert!(sorts <= usize::from(is_searched), "{query}: {plan:#?}");
    }
}

#[tokio::test]
async fn a_report_that_waits_for_its_reporter_says_so() {
    let app = TestApp::new().await;
    let kost = app.kost("Kost Melati").await;
    let budi = app.member("budi", &kost, Role::Owner).await;
    let rani = app.member("rani", &kost, Role::Resident).await;
    let ticket = report(&app, &kost, &rani, "Keran bocor", "01", Category::Water).await;
    let mut tx = app.app.db.begin().await.unwrap();
    kostticket::tickets::store::move_count(&mut tx, kost.id, Status::Open, Status::Done)
        .await
        .unwrap();
    db::query("UPDATE ticket SET status = 'done', done_at = $2 WHERE id = $1")
        .bind(ticket.id)
        .bind(app.clock.now())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = budi.get("/k/melati?status=done").await;
    assert!(page.text.contains("Menunggu konfirmasi"), "{}", page.text);
}
