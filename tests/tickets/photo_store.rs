//! Photos in a bucket, on a real S3 server; and whether a node's place is the one.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use kostticket::copy::{Journey, copy};
use kostticket::photo_store::{PhotoPlace, PhotoStore, recognise};
use kostticket::tickets::jobs::RemoveStrayPhotos;
use kostticket::tickets::photos;
use queue::Job;

use super::{House, photos_of, pictures};
use crate::support::{TestApp, sqlite_url};

/// A folder of the test bucket that no other test has. `None` where no server
/// runs; `cargo xtask test` brings one.
fn bucket() -> Option<PhotoPlace> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let bucket = std::env::var("TEST_S3_BUCKET").ok()?;
    let folder = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Some(PhotoPlace::parse(&format!("{bucket}/{folder}")).unwrap())
}

async fn files_in(place: &PhotoPlace) -> Vec<String> {
    let store = PhotoStore::open(place.clone()).unwrap();
    let mut files: Vec<_> = store.older_than(Timestamp::MAX).try_collect().await.unwrap();
    files.sort();
    files
}

#[tokio::test]
async fn photos_lie_in_a_bucket_for_all_nodes() {
    let Some(place) = bucket() else { return };
    let app = TestApp::configured(|config| config.photos = place.clone()).await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    comment.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await.location();
    assert!(!app.photo_folder().exists(), "none in the data folder");
    let stored = photos_of(&app, house.ticket(&app).await.id).await;
    for url in [stored[0].url(&house.path), stored[0].thumbnail_url(&house.path)] {
        let answer = house.rani.get(&url).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/jpeg"));
        if let Some(other) = app.other_node().await {
            let answer = other.request("GET", &url).cookie(&house.rani.cookie).send().await;
            assert_eq!(answer.status, 200);
        }
    }
    // A form that was never finished.
    let refused = house.rani.request("POST", &house.kost.path("/tickets"));
    let refused = refused.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await;
    let thumbnail = refused.text.split("<img src=\"").nth(1).unwrap();
    let thumbnail = thumbnail.split('"').next().unwrap();
    assert_eq!(house.rani.get(thumbnail).await.status, 200);
    assert_eq!(files_in(&place).await.len(), 4);
    assert_eq!(photos::remove_strays(&app.app, Timestamp::MIN).await.unwrap(), 0);
    assert_eq!(photos::remove_strays(&app.app, Timestamp::MAX).await.unwrap(), 2);
    assert_eq!(house.rani.get(thumbnail).await.status, 404);
    assert_eq!(house.rani.get(&stored[0].url(&house.path)).await.status, 200);
    // Its file is lost.
    app.app.photo_store.remove(&format!("{}.jpg", stored[0].file)).await.unwrap();
    assert_eq!(house.rani.get(&stored[0].url(&house.path)).await.status, 404);
}

#[tokio::test]
async fn a_bucket_that_takes_nothing_leaves_the_form_as_it_was() {
    if bucket().is_none() {
        return;
    }
    let nowhere = PhotoPlace::parse("s3://no-such-bucket").unwrap();
    let app = TestApp::configured(|config| config.photos = nowhere).await;
    let house = House::new(&app).await;
    let fields = [("body", "Menetes lagi")];
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    let answer = comment.multipart(&fields, &[("photos", "a.jpg", &photo)]).send().await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("Menetes lagi"), "{}", answer.text);
    assert!(!house.rani.get(&house.path).await.text.contains("Menetes lagi"));
}

#[tokio::test]
async fn photos_move_into_a_bucket_and_back() {
    let Some(place) = bucket() else { return };
    let app = TestApp::on_sqlite().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    comment.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await.location();
    let folder = PhotoPlace::Folder(app.photo_folder());
    let before = files_in(&folder).await;
    assert_eq!(before.len(), 2);

    let new = tempfile::tempdir().unwrap();
    let back = PhotoPlace::Folder(new.path().join("photos"));
    for (name, from, to) in [("one", &folder, &place), ("two", &place, &back)] {
        let mut config = app.app.config.clone();
        config.photos = to.clone();
        let target = new.path().join(name);
        std::fs::create_dir(&target).unwrap();
        let journey = Journey {
            from: None,
            to: Some(sqlite_url(&target)),
            photos_from: Some(from.to_string()),
        };
        copy(&config, app.clock.clone(), journey).await.unwrap();
        assert_eq!(files_in(to).await, before, "{to}");
    }
    let [there, here] = [&back, &folder].map(|place| PhotoStore::open(place.clone()).unwrap());
    for file in before {
        assert_eq!(there.get(&file).await.unwrap(), here.get(&file).await.unwrap());
    }
}

#[tokio::test]
async fn what_a_crash_left_half_written_goes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = PhotoStore::open(PhotoPlace::Folder(folder.path().to_owned())).unwrap();
    store.put("ab.jpg", Bytes::from_static(b"whole")).await.unwrap();
    // As the store itself names what it has begun.
    std::fs::write(folder.path().join("ab.jpg#1"), "ha").unwrap();
    store.remove_unfinished(Timestamp::MIN).await.unwrap();
    assert!(folder.path().join("ab.jpg#1").exists(), "somebody may be writing it");
    store.remove_unfinished(Timestamp::MAX).await.unwrap();
    assert!(!folder.path().join("ab.jpg#1").exists());
    assert_eq!(store.get("ab.jpg").await.unwrap().unwrap(), "whole");
}

#[tokio::test]
async fn a_node_whose_photos_lie_elsewhere_is_refused() {
    let app = TestApp::new().await;
    let db = &app.app.db;
    let store = |folder: &str| {
        let folder = app.app.config.data.join(folder);
        PhotoStore::open(PhotoPlace::Folder(folder)).unwrap()
    };
    let (shared, own) = (store("photos"), store("own"));
    let (one, other) = tokio::join!(recognise(db, &shared), recognise(db, &shared));
    one.and(other).unwrap();
    recognise(db, &shared).await.unwrap();
    assert_eq!(shared.marks().await.unwrap().len(), 1);
    let refused = recognise(db, &own).await.unwrap_err().to_string();
    let mark = refused.split("has no file ").nth(1).unwrap();
    own.put(mark.split('.').next().unwrap(), Bytes::new()).await.unwrap();
    recognise(db, &own).await.unwrap();
}

#[tokio::test]
async fn of_two_places_at_once_one_is_taken() {
    let app = TestApp::new().await;
    let db = &app.app.db;
    let stores = ["one", "other"].map(|folder| {
        let folder = app.app.config.data.join(folder);
        PhotoStore::open(PhotoPlace::Folder(folder)).unwrap()
    });
    let (one, other) = tokio::join!(recognise(db, &stores[0]), recognise(db, &stores[1]));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_start_that_ended_early_is_gone_on_with() {
    let app = TestApp::new().await;
    let db = &app.app.db;
    // The place was out of reach, and the mark could not be left.
    let folder = app.app.config.data.join("gone");
    let store = PhotoStore::open(PhotoPlace::Folder(folder.clone())).unwrap();
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    assert!(!recognise(db, &store).await.unwrap());
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    recognise(db, &store).await.unwrap();
    let marks = store.marks().await.unwrap();
    // It was left, and nobody got to know.
    let mut tx = db.begin().await.unwrap();
    let forget = "UPDATE setting SET key = 'photo_mark_planned' WHERE key = 'photo_mark'";
    db::query(forget).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    recognise(db, &store).await.unwrap();
    assert_eq!(store.marks().await.unwrap(), marks);
    recognise(db, &store).await.unwrap();
}

#[tokio::test]
async fn a_copy_brings_no_photos_where_those_of_others_lie() {
    let app = TestApp::on_sqlite().await;
    recognise(&app.app.db, &app.app.photo_store).await.unwrap();
    let new = tempfile::tempdir().unwrap();
    let mut config = app.app.config.clone();
    config.photos = PhotoPlace::Folder(new.path().join("photos"));
    PhotoStore::open(config.photos.clone()).unwrap().leave_mark("THEIRS").await.unwrap();
    let journey = Journey {
        from: None,
        to: Some(sqlite_url(new.path())),
        photos_from: Some(app.photo_folder().display().to_string()),
    };
    let refused = copy(&config, app.clock.clone(), journey).await.unwrap_err().to_string();
    assert!(refused.contains("another installation"), "{refused}");
}

#[tokio::test]
async fn the_photos_of_others_are_left_alone() {
    let app = TestApp::new().await;
    let store = &app.app.photo_store;
    store.put("00.jpg", Bytes::from_static(b"theirs")).await.unwrap();
    store.leave_mark("THEIRS").await.unwrap();
    let refused = recognise(&app.app.db, store).await.unwrap_err().to_string();
    assert!(refused.contains("another installation"), "{refused}");
    assert!(photos::remove_strays(&app.app, Timestamp::MAX).await.is_err());
    assert!(store.get("00.jpg").await.unwrap().is_some());
}

#[tokio::test]
async fn the_task_that_tidies_up_says_that_the_photos_are_out_of_reach() {
    let app = TestApp::new().await;
    let _ = std::fs::remove_dir_all(app.photo_folder());
    std::fs::write(app.photo_folder(), "no folder").unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    RemoveStrayPhotos {}.enqueue(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.run_tasks().await;
    let code = db::query("SELECT error_code FROM job WHERE name = 'RemoveStrayPhotos'");
    let (code,): (String,) = code.one(&app.app.db).await.unwrap();
    assert_eq!(code, "photos");
    let queue = app.admin("siti").await.get("/admin/queue").await.text;
    assert!(queue.contains("foto sedang tidak terjangkau"), "{queue}");
}
