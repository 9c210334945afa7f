//! Times are those of the kost, whichever of the country's zones it lies in.

use jiff::SignedDuration;
use kostticket::kosts::Role;

use crate::support::TestApp;

#[tokio::test]
async fn pages_mails_and_files_tell_the_time_of_the_kost() {
    for (zone, day, time, monday) in [
        ("Asia/Jakarta", "Minggu, 29 November 2026", "23.30 WIB", "2026-11-23"),
        ("Asia/Makassar", "Senin, 30 November 2026", "00.30 WITA", "2026-11-30"),
        ("Asia/Jayapura", "Senin, 30 November 2026", "01.30 WIT", "2026-11-30"),
    ] {
        let app = TestApp::new().await;
        app.clock.advance(SignedDuration::from_mins((6 * 24 + 13) * 60 + 30));
        let kost = app.kost("Kost Melati").await;
        let budi = app.member("budi", &kost, Role::Owner).await;
        let rani = app.member("rani", &kost, Role::Resident).await;
        let fields = [("name", "Kost Melati"), ("timezone", zone), ("registration", "invite")];
        budi.post(&kost.path("/settings"), &fields).await.location();
        let path = rani.report(&kost, "Keran bocor", "01").await.path(&kost.slug);
        app.run_tasks().await;

        let (hour, _) = time.split_once(' ').unwrap();
        for reader in [&rani, &budi] {
            let page = reader.get(&path).await.text;
            assert!(page.contains(&format!("Hari ini, {hour}")), "{zone}: {page}");
        }
        let mails = app.mail.take();
        let mail = mails.iter().find(|mail| mail.to.name == "Budi").unwrap();
        assert!(mail.text.contains(&format!("{day}, {time}")), "{zone}: {}", mail.text);
        let file = budi.get(&kost.path("/statistics.csv")).await.text;
        let line = format!("\"Masuk, minggu mulai\",\"{monday}\",\"1\"");
        assert!(file.contains(&line), "{zone}: {file}");
    }
}
