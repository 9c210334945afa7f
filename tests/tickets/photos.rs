//! Files of photos: none is left behind for ever.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use kostticket::tickets::photos;

use super::{House, photos_of, pictures};
use crate::support::TestApp;

#[tokio::test]
async fn files_without_a_report_go_after_a_day_and_no_others() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    comment.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await.location();
    // A form that was never finished: its photo waits for nobody.
    let refused = house.rani.request("POST", &house.kost.path("/tickets"));
    assert_eq!(refused.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await.status, 422);
    let files = || {
        let entries = fs::read_dir(app.photo_folder()).unwrap().map(Result::unwrap);
        entries.filter(|entry| entry.path().is_file()).count()
    };
    assert_eq!(files(), 4, "two photos, two sizes");
    let newest = fs::read_dir(app.photo_folder())
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().modified().unwrap())
        .max();
    let written = Timestamp::try_from(newest.unwrap()).unwrap();
    let later = written + SignedDuration::from_hours(1);
    assert_eq!(
        photos::remove_strays(&app.app, written - SignedDuration::from_hours(24)).await.unwrap(),
        0
    );
    assert_eq!(photos::remove_strays(&app.app, later).await.unwrap(), 2);
    assert_eq!(files(), 2);
    let ticket = house.ticket(&app).await;
    let stored = photos_of(&app, ticket.id).await;
    assert_eq!(house.rani.get(&stored[0].url(&house.path)).await.status, 200);
}

#[tokio::test]
async fn a_report_is_not_acknowledged_when_its_photos_cannot_be_written() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    // Something that is no folder: it cannot be written even by those who may do all.
    fs::remove_dir_all(app.photo_folder()).unwrap();
    fs::write(app.photo_folder(), "").unwrap();
    let photo = pictures::jpeg();
    let answer = house
        .rani
        .request("POST", &house.to("/comments"))
        .multipart(&[("body", "Menetes")], &[("photos", "a.jpg", &photo)])
        .send()
        .await;
    assert_eq!(answer.status, 503);
    assert!(!house.rani.get(&house.path).await.text.contains("Menetes"));
}

#[tokio::test]
async fn a_photo_whose_file_is_gone_is_not_found() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let comment = house.rani.request("POST", &house.to("/comments"));
    comment.multipart(&[], &[("photos", "a.jpg", &photo)]).send().await.location();
    let stored = photos_of(&app, house.ticket(&app).await.id).await;
    fs::remove_dir_all(app.photo_folder()).unwrap();
    assert_eq!(house.rani.get(&stored[0].url(&house.path)).await.status, 404);
}

#[tokio::test]
async fn a_photo_without_a_report_is_its_uploaders_alone() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let new = house.kost.path("/tickets");
    let photo = pictures::jpeg();
    let files = [("photos", "a.jpg", photo.as_slice()), ("photos", "b.jpg", photo.as_slice())];
    let refused = house.rani.request("POST", &new).multipart(&[], &files).send().await;
    let parts = |before: &str| -> Vec<String> {
        let found = refused.text.split(before).skip(1);
        found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let (thumbnails, kept) = (parts("<img src=\""), parts("name=\"kept\" value=\""));
    assert_eq!((thumbnails.len(), kept.len()), (2, 2), "{}", refused.text);
    assert_eq!(house.rani.get(&thumbnails[0]).await.header("content-type"), "image/jpeg");
    for other in [&house.budi, &house.joko] {
        assert_eq!(other.get(&thumbnails[0]).await.status, 404);
    }
    for odd in ["/photos/kept/..%2F..%2Ftest.db-small.jpg", "/photos/kept/x-small.jpg"] {
        assert_eq!(house.rani.get(odd).await.status, 404, "{odd}");
    }
    // Nor can anybody else put it on a report of theirs.
    let comment =
        house.budi.post(&house.to("/comments"), &[("body", "x"), ("kept", &kept[0])]).await;
    comment.location();
    // One is taken out: it does not come along.
    let comment = house.rani.post(&house.to("/comments"), &[("kept", &kept[0])]).await;
    comment.location();
    let stored = photos_of(&app, house.ticket(&app).await.id).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(house.rani.get(&thumbnails[0]).await.status, 404, "it is the report's now");
    assert_eq!(house.rani.get(&thumbnails[1]).await.status, 200);
}

#[tokio::test]
async fn a_photo_that_a_form_still_holds_outlives_the_nightly_clean_up() {
    let app = TestApp::new().await;
    let house = House::new(&app).await;
    let photo = pictures::jpeg();
    let new = house.kost.path("/tickets");
    let files = [("photos", "a.jpg", photo.as_slice())];
    let refused = house.rani.request("POST", &new).multipart(&[], &files).send().await;
    let kept = refused.text.split("name=\"kept\" value=\"").nth(1).unwrap();
    let kept = kept.split('"').next().unwrap();
    let new_again = async |hours| {
        for entry in fs::read_dir(app.photo_folder()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let file = fs::File::options().append(true).open(path).unwrap();
                file.set_modified((app.clock.now() - SignedDuration::from_hours(hours)).into())
                    .unwrap();
            }
        }
        // One more attempt, still without a title.
        let attempt = house.rani.post(&new, &[("kept", kept)]).await;
        attempt.text.contains("name=\"kept\"")
    };
    let yesterday = app.clock.now() - photos::STRAY_AFTER;
    assert!(new_again(22).await);
    let an_hour_ago = app.clock.now() - SignedDuration::from_hours(1);
    assert_eq!(photos::remove_strays(&app.app, an_hour_ago).await.unwrap(), 0);
    // The clean-up may have begun on those of this age.
    assert!(!new_again(25).await);
    assert_eq!(photos::remove_strays(&app.app, yesterday).await.unwrap(), 2);
    let gone = house.rani.post(&house.to("/comments"), &[("kept", kept), ("body", "x")]).await;
    assert_eq!(gone.status, 422);
    assert!(gone.text.contains("sudah tidak ada lagi"), "{}", gone.text);
    assert!(photos_of(&app, house.ticket(&app).await.id).await.is_empty(), "it is not there");
}
