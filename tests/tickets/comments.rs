//! Comments and internal notes.

use jiff::SignedDuration;

use super::{House, photos_of, pictures};
use crate::support::TestApp;

#[tokio::test]
async fn reporter_and_staff_comment_and_see_each_others_words() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let sent =
        house.rani.post(&house.to("/comments"), &[("body", "Menetes terus.\nSejak pagi.")]).await;
    assert!(sent.location().starts_with(&format!("{}#m", house.path)), "{}", sent.location());
    house.joko.post(&house.to("/comments"), &[("body", "Saya ke sana <b>jam 3</b>.")]).await;
    for person in [&house.rani, &house.budi, &house.joko] {
        let page = person.get(&house.path).await;
        assert!(page.text.contains("Menetes terus.\nSejak pagi."), "line ends stay");
        assert!(page.text.contains("Saya ke sana &#60;b&#62;jam 3&#60;/b&#62;."), "{}", page.text);
    }
}

#[tokio::test]
async fn addresses_are_links_and_nothing_else_is() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let written = "Lihat https://kost.example/a?b=1&c=\"onmouseover=alert(1), <b>vbscript:alert(1)</b> \
        https://x.example/'><script>alert(1)</script>";
    house.rani.post(&house.to("/comments"), &[("body", written)]).await.location();
    let page = house.budi.get(&house.path).await.text;
    let rel = "rel=\"noreferrer nofollow ugc\"";
    assert!(
        page.contains(&format!("<a href=\"https://kost.example/a?b=1&#38;c=\" {rel}>")),
        "{page}"
    );
    assert!(page.contains(&format!("<a href=\"https://x.example/\" {rel}>")), "{page}");
    assert!(page.contains("&#60;b&#62;vbscript:alert(1)&#60;/b&#62;"));
    assert_eq!(page.matches(rel).count(), 2);
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn a_comment_on_a_done_report_is_refused_and_its_text_kept() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    let page = house.rani.get(&house.path).await;
    assert!(!page.text.contains("name=\"body\""), "no composer");
    assert!(page.text.contains("Komentar ditutup karena laporan sudah selesai."));
    let refused =
        house.rani.post(&house.to("/comments"), &[("body", "Masih bocor di bawah")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Buka lagi dulu, lalu tulis komentar Anda."), "{}", refused.text);
    assert!(refused.text.contains("Masih bocor di bawah"), "the text is kept");
    assert!(refused.text.contains("/return\""), "and there is a way to return the report");
    let refused = house.joko.post(&house.to("/comments"), &[("body", "Sudah saya cek")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Sudah saya cek"));
    assert!(
        !house.budi.get(&house.path).await.text.contains("Masih bocor di bawah"),
        "nothing was saved"
    );
}

#[tokio::test]
async fn a_photo_of_a_comment_that_came_too_late_comes_with_the_return() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house.set_status(&app, "done").await;
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    let fields = [("body", "Masih bocor, lihat foto")];
    let refused = comment.multipart(&fields, &[("photos", "a.jpg", &photo)]).send().await;
    assert_eq!(refused.status, 409);
    let box_of =
        refused.text.split("id=\"errors\"").nth(1).unwrap().split("</form>").next().unwrap();
    let kept = box_of.split("name=\"kept\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("reason", "Masih bocor, lihat foto"), ("kept", kept)];
    assert_eq!(house.rani.post(&house.to("/return"), &fields).await.location(), house.path);
    assert_eq!(photos_of(&app, house.ticket(&app).await.id).await.len(), 1);
    let page = house.budi.get(&house.path).await.text;
    assert!(page.contains("lihat foto") && page.contains("-small.jpg"), "{page}");
}

#[tokio::test]
async fn internal_notes_are_for_staff_at_any_time_and_for_nobody_else() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    house
        .joko
        .post(&house.to("/comments"), &[("body", "Rani belum bayar"), ("internal", "true")])
        .await;
    house.set_status(&app, "done").await;
    assert!(house.budi.get(&house.path).await.text.contains("name=\"internal\" value=\"true\""));
    let note = house
        .budi
        .post(&house.to("/comments"), &[("body", "Cek ulang bulan depan"), ("internal", "true")])
        .await;
    assert!(note.location().starts_with(&house.path), "also on a done report");
    app.run_tasks().await;
    let page = house.joko.get(&house.path).await;
    assert!(page.text.contains("Rani belum bayar") && page.text.contains("Cek ulang bulan depan"));
    for path in [house.path.as_str(), "/tickets", "/notifications"] {
        let page = house.rani.get(path).await;
        for secret in ["Rani belum bayar", "Cek ulang bulan depan", "Catatan internal"] {
            assert!(!page.text.contains(secret), "{path}: {secret}");
        }
    }
    let mails = app.mail.sent();
    assert!(
        mails
            .iter()
            .filter(|mail| mail.to.address.starts_with("rani"))
            .all(|mail| !format!("{mail:?}").contains("belum bayar"))
    );
    let refused =
        house.rani.post(&house.to("/comments"), &[("body", "x"), ("internal", "true")]).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn photos_of_a_note_are_for_staff_only() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let note = house.joko.request("POST", &house.to("/comments"));
    note.multipart(&[("internal", "true")], &[("photos", "a.jpg", &photo)]).send().await.location();
    let ticket = house.ticket(&app).await;
    let stored = photos_of(&app, ticket.id).await;
    let url = stored[0].url(&house.path);
    assert_eq!(house.budi.get(&url).await.status, 200);
    assert_eq!(house.rani.get(&url).await.status, 404);
    assert!(
        !house.rani.get("/tickets").await.text.contains(&stored[0].file),
        "nor as the report's thumbnail"
    );
}

#[tokio::test]
async fn the_same_form_twice_makes_one_comment() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let fields = [("body", "Menetes terus"), ("submission", "abc")];
    for _ in 0..2 {
        assert!(
            house
                .rani
                .post(&house.to("/comments"), &fields)
                .await
                .location()
                .starts_with(&house.path)
        );
    }
    let path = house.to("/comments");
    let (one, other) =
        tokio::join!(house.joko.post(&path, &fields), house.joko.post(&path, &fields),);
    assert!(one.location().starts_with(&house.path) && other.location().starts_with(&house.path));
    let page = house.budi.get(&house.path).await;
    assert_eq!(page.text.matches("Menetes terus").count(), 2, "one of each person");
}

#[tokio::test]
async fn nothing_and_too_much_are_named_next_to_the_field() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let empty = house.rani.post(&house.to("/comments"), &[("body", "  \n ")]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("id=\"body-error\""), "{}", empty.text);
    for kept in ["1", "0123456789abcdef0123456789abcdef.4.3"] {
        let no_photo = house.rani.post(&house.to("/comments"), &[("kept", kept)]).await;
        assert_eq!(no_photo.status, 422, "kept photos that there are not are none");
    }
    let long = "é".repeat(5001);
    let too_long = house.rani.post(&house.to("/comments"), &[("body", &long)]).await;
    assert_eq!(too_long.status, 422);
    assert!(too_long.text.contains("Terlalu panjang, lebih 1 huruf"));
    assert!(too_long.text.contains(&long), "everything typed is still there");
    let huge = house.rani.post(&house.to("/comments"), &[("body", &"a".repeat(10_000_000))]).await;
    assert_eq!(huge.status, 413);
}

#[tokio::test]
async fn a_photo_may_stand_without_words_and_a_bad_one_leaves_the_words() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let (photo, gif) = (pictures::png(), b"GIF89a\x01\0\x01\0".as_slice());
    let sent = house
        .rani
        .request("POST", &house.to("/comments"))
        .multipart(&[], &[("photos", "a.png", &photo)])
        .send()
        .await;
    assert!(sent.location().starts_with(&house.path));
    let files: [(&str, &str, &[u8]); 2] = [("photos", "a.png", &photo), ("photos", "b.gif", gif)];
    let refused = house
        .rani
        .request("POST", &house.to("/comments"))
        .multipart(&[("body", "Lihat ini")], &files)
        .send()
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Berkas ini bukan foto JPEG"), "{}", refused.text);
    assert!(refused.text.contains("Lihat ini"));
    assert!(refused.text.contains("name=\"kept\""), "the good photo need not be sent again");
}

#[tokio::test]
async fn a_long_thread_shows_its_newest_part_and_leads_to_the_rest() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    for number in 0..130 {
        app.clock.advance(SignedDuration::from_secs(5));
        let body = format!("kabar nomor {number}.");
        let answer = house.joko.post(&house.to("/comments"), &[("body", &body)]).await;
        if answer.status == 429 {
            // the limit of the house; what counts is that there are enough
            break;
        }
    }
    let page = house.rani.get(&house.path).await;
    let comments = page.text.matches("kabar nomor").count();
    assert!(comments <= 100, "{comments}");
}

#[tokio::test]
async fn a_script_learns_where_the_result_stands() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let send = async |body: &str| {
        let call = house.rani.request("POST", &house.to("/comments"));
        call.header("prefer", "return=minimal").form(&[("body", body)]).send().await
    };
    let taken = send("Menetes terus.").await;
    assert_eq!(taken.status, 204);
    assert!(taken.header("location").starts_with(&format!("{}#m", house.path)));
    // What is wrong is a page, as for everybody.
    assert_eq!(send("").await.status, 422);
}

#[tokio::test]
async fn a_comment_sent_twice_is_there_though_the_report_is_done_by_then() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let fields = [("body", "Menetes terus"), ("submission", "abc")];
    house.rani.post(&house.to("/comments"), &fields).await.location();
    house.set_status(&app, "done").await;
    let again = house.rani.post(&house.to("/comments"), &fields).await;
    assert_eq!(again.location(), house.path);
}

#[tokio::test]
async fn nobody_writes_comments_without_end_and_the_form_is_kept() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let comments = house.to("/comments");
    for number in 0..20 {
        house.rani.post(&comments, &[("body", &format!("Nomor {number}"))]).await.location();
    }
    let refused = house.rani.post(&comments, &[("body", "Masih menetes lagi")]).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 1);
    assert!(refused.text.contains("Masih menetes lagi"), "{}", refused.text);
    house.budi.post(&comments, &[("body", "Besok ya")]).await.location();
}

#[tokio::test]
async fn nobody_brings_photos_without_end() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let files = [("photos", "a.jpg", photo.as_slice()); 6];
    let mut refused = None;
    for number in 0..20 {
        let body = format!("Foto nomor {number}");
        let comment = house.rani.request("POST", &house.to("/comments"));
        let answer = comment.multipart(&[("body", &body)], &files).send().await;
        if answer.status == 429 {
            assert!(answer.text.contains(&body), "{}", answer.text);
            refused = Some(number);
            break;
        }
        answer.location();
    }
    assert!(refused.is_some_and(|number| number >= 10), "{refused:?}");
}
