//! Mail in a folder can be listed and read, and nothing else can.

use mail::{ErrorKind, Mailer, Message};

use crate::support::message;

#[tokio::test]
async fn what_was_sent_can_be_listed_and_read() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(place.path().join("mail"));
    let folder = mailer.kept().unwrap();
    assert_eq!(folder.list(None, 10).await.unwrap(), [], "a folder that is not there is empty");

    let name = mailer.send(&message(1)).await.unwrap().server_response;
    let list = folder.list(None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].name, name);
    assert_eq!(list[0].to, "Sari Ayu <sari@example.com>");
    assert_eq!(list[0].subject, "Laporan #12: AC bocor");
    assert_eq!(list[0].date, Some(message(1).date));

    let read = folder.read(&name).await.unwrap().unwrap();
    assert_eq!(read.mail, list[0]);
    assert_eq!(read.from, "Kost Melati <kost@example.org>");
    assert_eq!(read.text.replace("\r\n", "\n"), message(1).text);
    assert_eq!(read.html.unwrap().trim_end(), message(1).html.unwrap());
    assert!(read.raw.starts_with(b"Date: "));
}

#[tokio::test]
async fn other_alphabets_are_read_back() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(place.path());
    let foreign = Message { subject: "Anggrék 💧".into(), html: None, ..message(1) };
    let name = mailer.send(&foreign).await.unwrap().server_response;
    let read = mailer.kept().unwrap().read(&name).await.unwrap().unwrap();
    assert_eq!((read.mail.subject.as_str(), read.html), ("Anggrék 💧", None));
}

#[tokio::test]
async fn the_list_is_newest_first_and_has_pages() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(place.path());
    for number in 0..7 {
        let date = message(0).date + jiff::SignedDuration::from_mins(number.into());
        mailer.send(&Message { date, ..message(number) }).await.unwrap();
    }
    std::fs::write(place.path().join("notes.txt"), "not a mail").unwrap();
    std::fs::write(place.path().join(".half.eml.1-1.part"), "Date:").unwrap();

    let folder = mailer.kept().unwrap();
    let mut before = None;
    let mut pages = Vec::new();
    loop {
        let page = folder.list(before.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.name.clone());
        pages.push(page.iter().map(|mail| mail.date.unwrap()).collect::<Vec<_>>());
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    assert!(pages.concat().is_sorted_by(|newer, older| newer > older));
}

#[tokio::test]
async fn old_messages_are_removed_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(place.path().join("mail"));
    let (folder, limit) = (mailer.kept().unwrap(), message(0).date);
    assert_eq!(folder.remove_before(limit).await.unwrap(), 0, "a folder that is not there");
    for (number, seconds) in [(0, -1), (1, 0), (2, 1)] {
        let date = limit + jiff::SignedDuration::from_secs(seconds);
        mailer.send(&Message { date, ..message(number) }).await.unwrap();
    }
    std::fs::write(place.path().join("mail/1.txt"), "not a mail").unwrap();
    assert_eq!(folder.remove_before(limit).await.unwrap(), 1);
    assert_eq!(folder.list(None, 9).await.unwrap().len(), 2);
    assert!(place.path().join("mail/1.txt").exists());
}

#[tokio::test]
async fn a_message_that_is_delivered_twice_is_one_file() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(place.path());
    let (one, two) = (message(1), message(2));
    let (first, again, other) =
        tokio::join!(mailer.send(&one), mailer.send(&one), mailer.send(&two));
    assert_eq!(first.unwrap(), again.unwrap());
    other.unwrap();
    let files = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(files, 2, "and no parts are left behind");
}

#[tokio::test]
async fn nothing_outside_the_folder_can_be_read() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("secret.eml"), "Subject: secret\r\n\r\nx").unwrap();
    let mailer = Mailer::folder(place.path().join("mail"));
    mailer.send(&message(1)).await.unwrap();
    let folder = mailer.kept().unwrap();
    for name in ["../secret.eml", "/etc/passwd", "..", "", ".eml", "a/../../secret.eml", "x\0.eml"]
    {
        assert_eq!(folder.read(name).await.unwrap(), None, "{name:?}");
    }
    assert_eq!(folder.read("20260101T000000Z-0.eml").await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_so() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let mailer = Mailer::folder(&file);
    let error = mailer.send(&message(1)).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ErrorKind::Temporary, "folder"), "{error}");
}
