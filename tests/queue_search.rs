//! What the queue page finds among many tasks, and what its charts tell of them.

use jiff::SignedDuration;
use kostticket::kosts::Role;
use queue::State;

use crate::queue_page::{task, two_kosts};
use crate::support::TestApp;

#[tokio::test]
async fn tasks_are_found_by_type_text_and_report() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    rani.report(&melati, "Keran bocor", "01").await;
    rani.report(&melati, "Lampu mati", "01").await;
    app.run_tasks().await;
    let found = async |query: &str| {
        let page = budi.get(&format!("/k/melati/queue?state=done&{query}")).await.text;
        (
            page.contains("laporan #1<"),
            page.contains("laporan #2<"),
            page.contains("Kirim e-mail</a>"),
        )
    };
    assert_eq!(found("").await, (true, true, true));
    assert_eq!(found("ticket=2").await, (false, true, true));
    assert_eq!(found("ticket=%231&name=Announce").await, (true, false, false));
    assert!(found("q=deliveremail&ticket=1").await.2);
    assert_eq!(found("ticket=99").await, (false, false, false));
}

#[tokio::test]
async fn tasks_are_found_by_the_words_that_people_read() {
    let app = TestApp::new().await;
    let (melati, kenanga) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    let sari = app.member_in("sari", &melati, Role::Resident, Some("02")).await;
    let wati = app.member("wati", &kenanga, Role::Resident).await;
    let admin = app.admin("admin").await;
    rani.report(&melati, "Keran bocor", "01").await;
    sari.report(&melati, "Lampu mati", "02").await;
    wati.report(&kenanga, "AC panas", "01").await;
    let gone = mail::SendError::permanent("smtp_unreachable", "refused");
    app.mail.fail_next(gone);
    app.run_tasks().await;
    let rows = async |query: &str| {
        let page = budi.get(&format!("/k/melati/queue?{query}")).await.text;
        page.matches("id=\"task-").count()
    };
    let mails = rows("state=done&name=DeliverEmail").await;
    assert!(mails > 0);
    assert_eq!(rows("state=done&q=Kirim").await, mails, "what it is called");
    assert_eq!(rows("state=done&q=send").await, mails, "in either language");
    assert_eq!(rows("state=done&q=Kirim+e-mail+ke+Budi").await, mails, "to whom");
    assert_eq!(rows("state=done&q=Wati").await, 0);
    let of_second = rows("state=done&ticket=2").await;
    assert!(of_second > 0);
    for typed in ["%232", "2", "laporan+%232"] {
        assert_eq!(rows(&format!("state=done&q={typed}")).await, of_second, "{typed}");
    }
    assert_eq!(rows("q=terjangkau").await, 1, "what stopped it");
    assert_eq!(rows("q=terjangkau+%239").await, 0, "all of the words");

    let all = admin.get("/admin/queue?state=done&ticket=1&name=Announce").await.text;
    let of_both = all.contains("Kost Melati</td>") && all.contains("Kost Kenanga</td>");
    assert!(of_both && !all.contains("laporan #2<"), "report 1 of each kost: {all}");
    assert!(all.contains("id=\"find-ticket\""), "{all}");
}

#[tokio::test]
async fn tasks_are_found_by_the_day_in_the_zone_of_the_kost() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Manager).await;
    let rani = app.member("rani", &melati, Role::Resident).await;
    rani.report(&melati, "Keran bocor", "01").await;
    app.run_tasks().await;
    let day = |at: jiff::Timestamp| melati_day(at).to_string();
    let first = day(app.clock.now());
    app.advance(SignedDuration::from_hours(24)).await;
    rani.report(&melati, "Lampu mati", "01").await;
    app.run_tasks().await;
    let second = day(app.clock.now());
    let found = async |query: &str| {
        let page =
            budi.get(&format!("/k/melati/queue?state=done&name=Announce&{query}")).await.text;
        (page.contains("laporan #1<"), page.contains("laporan #2<"))
    };
    assert_eq!(found("").await, (true, true));
    assert_eq!(found(&format!("from={second}")).await, (false, true));
    assert_eq!(found(&format!("to={first}")).await, (true, false));
    assert_eq!(found(&format!("from={first}&to={second}")).await, (true, true));
    assert_eq!(found("from=kemarin").await, (true, true), "what is no day is not asked for");
}

fn melati_day(at: jiff::Timestamp) -> jiff::civil::Date {
    kostticket::kosts::Timezone::Wib.tz().to_datetime(at).date()
}

#[tokio::test]
async fn the_charts_tell_what_was_done_and_how_long_it_had_waited() {
    let app = TestApp::new().await;
    let (melati, _) = two_kosts(&app).await;
    let budi = app.member("budi", &melati, Role::Owner).await;
    app.run_tasks().await;
    app.advance(SignedDuration::from_hours(30)).await;
    let quiet = budi.get("/k/melati/queue").await.text;
    assert!(quiet.contains("Tidak ada tugas yang berakhir dalam rentang ini."), "{quiet}");

    task(&app, melati.id, State::Waiting, None).await;
    app.clock.advance(SignedDuration::from_secs(3));
    app.run_tasks().await;
    let hour = budi.get("/k/melati/queue").await.text;
    let sentence = "1 tugas selesai, 0 percobaan gagal. Menunggu giliran rata-rata 3 dtk";
    assert!(hour.contains(sentence), "{hour}");
    app.advance(SignedDuration::from_hours(2)).await;
    assert!(!budi.get("/k/melati/queue").await.text.contains(sentence));
    assert!(budi.get("/k/melati/queue?span=day").await.text.contains(sentence));
}
