//! Photos of a ticket: prepared (re-encoded, without GPS) before the
//! transaction, in place on disk before it commits.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use db::{Tx, query};
use jiff::Timestamp;
use tokio::fs;

use crate::App;
use crate::accounts::AccountId;
use crate::activity::ActivityId;
use crate::error::Result;
use crate::secret;
use crate::tickets::TicketId;
use crate::web::{Form, Problem};

/// How many photos one report or comment may carry.
pub const MOST: usize = 6;

db::row! {
    /// One photo, as pages show it.
    #[derive(Debug, Clone)]
    pub struct Photo {
        pub activity: ActivityId,
        /// Its random name, without ending.
        pub file: String,
        /// Pixels.
        pub width: i64,
        pub height: i64,
    }
}

impl Photo {
    /// The address of the whole photo; `path` is the ticket's.
    pub fn url(&self, path: &str) -> String {
        format!("{path}/photos/{}.jpg", self.file)
    }

    /// The address of its small version.
    pub fn thumbnail_url(&self, path: &str) -> String {
        format!("{path}/photos/{}-small.jpg", self.file)
    }
}

/// Photos that lie on disk under names that nobody knows yet. Dropped without
/// [`StoredPhotos::attach`], they are removed by the nightly clean-up.
#[derive(Debug, Default)]
pub struct StoredPhotos(Vec<StoredPhoto>);

#[derive(Debug)]
struct StoredPhoto {
    file: String,
    width: u32,
    height: u32,
}

/// A photo that came with an attempt that was not taken: the form keeps it.
#[derive(Debug)]
pub struct KeptPhoto {
    /// The value of the field `kept`.
    pub value: String,
    /// The address of its small version, for whoever brought it.
    pub thumbnail: String,
}

/// Prepares and stores the photos of a form, and finds those again that an
/// earlier attempt left [photos…, kept…]. Gives what is fine, and what is wrong
/// with the field `photos`: a form that is shown again keeps the fine ones.
pub async fn store(
    app: &App,
    uploader: AccountId,
    form: &Form,
) -> Result<(StoredPhotos, Option<Problem>)> {
    let mut stored = StoredPhotos::kept(app, uploader, form).await?;
    let mut wrong = None;
    for upload in &form.files {
        if stored.len() == MOST {
            return Ok((stored, Some(Problem::TooManyPhotos(MOST as i64))));
        }
        if upload.too_big {
            wrong = Some(Problem::PhotoTooBig(15));
            continue;
        }
        match app.photos.prepare_blocking(upload.bytes.clone()).await {
            Ok(photo) => {
                let (width, height) = (photo.width, photo.height);
                let file = write(app, uploader, photo).await?;
                let photo = StoredPhoto { file, width, height };
                // Whatever goes wrong from here on, it need not be chosen again.
                form.stored("kept", photo.to_field());
                stored.0.push(photo);
            }
            Err(error) => wrong = Some(problem(&error)),
        }
    }
    Ok((stored, wrong))
}

fn problem(error: &photo::Error) -> Problem {
    match error {
        photo::Error::TooManyPixels { .. } => Problem::PhotoTooManyPixels,
        photo::Error::TooBig { .. } => Problem::PhotoTooBig(15),
        _ => Problem::NotAPhoto,
    }
}

/// Stores both sizes under a new name, which it gives.
async fn write(app: &App, uploader: AccountId, photo: photo::Prepared) -> Result<String> {
    let folder = app.photo_folder();
    let name = secret::file_name(uploader.get());
    let written =
        tokio::task::spawn_blocking(move || write_both(&folder, &name, &photo).map(|()| name));
    Ok(written.await.context("a photo")??)
}

/// When it returns, both files and their names in the folder are on disk, and
/// stay there: a report that is acknowledged shows them. Or neither is left.
fn write_both(folder: &Path, name: &str, photo: &photo::Prepared) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let full = folder.join(format!("{name}.jpg"));
    let small = folder.join(format!("{name}-small.jpg"));
    let written = write_file(&full, &photo.full)
        .and_then(|()| write_file(&small, &photo.thumbnail))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // What cannot be removed now goes with the nightly clean-up.
        let _ = std::fs::remove_file(full);
        let _ = std::fs::remove_file(small);
    }
    written
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl StoredPhotos {
    /// What the form's fields `kept` name: files that the same person brought
    /// with an earlier attempt, and that belong to no report yet. They are as good
    /// as new: the nightly clean-up leaves them for another day.
    async fn kept(app: &App, uploader: AccountId, form: &Form) -> Result<StoredPhotos> {
        let mut stored = StoredPhotos::default();
        for photo in form.values("kept").filter_map(StoredPhoto::parse).take(MOST) {
            if !stored.has(&photo.file)
                && is_waiting(app, uploader, &photo.file).await?
                && renew(app, &photo.file).await
            {
                stored.0.push(photo);
            }
        }
        Ok(stored)
    }

    /// As a form that is shown again offers them.
    pub fn to_keep(&self) -> Vec<KeptPhoto> {
        let shown = |photo: &StoredPhoto| KeptPhoto {
            value: photo.to_field(),
            thumbnail: format!("/photos/kept/{}-small.jpg", photo.file),
        };
        self.0.iter().map(shown).collect()
    }

    fn has(&self, file: &str) -> bool {
        self.0.iter().any(|photo| photo.file == file)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts them on an activity of a ticket.
    pub async fn attach(&self, tx: &mut Tx, ticket: TicketId, activity: ActivityId) -> Result<()> {
        for (position, photo) in self.0.iter().enumerate() {
            query(
                "INSERT INTO photo (ticket, activity, position, file, width, height)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(ticket)
            .bind(activity)
            .bind(position as i64)
            .bind(photo.file.as_str())
            .bind(i64::from(photo.width))
            .bind(i64::from(photo.height))
            .run(tx)
            .await?;
        }
        if !self.is_empty() {
            query("UPDATE ticket SET photo_count = photo_count + $2 WHERE id = $1")
                .bind(ticket)
                .bind(self.len() as i64)
                .run(tx)
                .await?;
        }
        Ok(())
    }
}

impl StoredPhoto {
    fn to_field(&self) -> String {
        format!("{}.{}.{}", self.file, self.width, self.height)
    }

    fn parse(field: &str) -> Option<StoredPhoto> {
        let mut parts = field.split('.');
        let file = parts.next()?.to_owned();
        let (width, height) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(StoredPhoto { file, width, height })
    }
}

/// Makes both files of a photo new. `false` when one is not there.
async fn renew(app: &App, file: &str) -> bool {
    let now = std::time::SystemTime::from(app.clock.now());
    let paths = ["", "-small"].map(|size| app.photo_folder().join(format!("{file}{size}.jpg")));
    let touch = move |path| File::options().append(true).open(path)?.set_modified(now);
    let touched = tokio::task::spawn_blocking(move || paths.into_iter().try_for_each(touch));
    matches!(touched.await, Ok(Ok(())))
}

/// Whether this is the name of a photo that `uploader` brought and that belongs
/// to no report: it is theirs alone.
pub async fn is_waiting(app: &App, uploader: AccountId, file: &str) -> Result<bool> {
    if !secret::is_file_of(file, uploader.get()) {
        return Ok(false);
    }
    let found: Option<(TicketId,)> =
        query("SELECT ticket FROM photo WHERE file = $1").bind(file).optional(&app.db).await?;
    Ok(found.is_none())
}

/// The files of all photos of reports, in both sizes, in the folder of photos.
pub async fn files(tx: &mut Tx) -> db::Result<Vec<String>> {
    let photos: Vec<(String,)> = query("SELECT file FROM photo ORDER BY id").all(tx).await?;
    let both = |(file,): (String,)| ["", "-small"].map(|size| format!("{file}{size}.jpg"));
    Ok(photos.into_iter().flat_map(both).collect())
}

/// Removes the files of photos that belong to no report and were written before
/// `limit`: of forms that were never finished, and of crashes. Says how many.
pub async fn remove_strays(app: &App, limit: Timestamp) -> Result<usize> {
    let Ok(mut folder) = fs::read_dir(app.photo_folder()).await else { return Ok(0) };
    let limit = std::time::SystemTime::from(limit);
    let mut removed = 0;
    let mut old = Vec::new();
    while let Some(entry) = folder.next_entry().await.context("the folder of photos")? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_old = entry
            .metadata()
            .await
            .and_then(|about| about.modified())
            .is_ok_and(|written| written < limit);
        if is_old && name.ends_with(".jpg") {
            old.push(name);
        }
        if old.len() == 500 {
            removed += remove_unowned(app, std::mem::take(&mut old)).await?;
        }
    }
    Ok(removed + remove_unowned(app, old).await?)
}

async fn remove_unowned(app: &App, files: Vec<String>) -> Result<usize> {
    let photo = |file: &str| file.trim_end_matches(".jpg").trim_end_matches("-small").to_owned();
    let owned: Vec<(String,)> = query("SELECT file FROM photo WHERE file IN ")
        .push_list(files.iter().map(|file| photo(file)))
        .all(&app.db)
        .await?;
    let owned: HashSet<String> = owned.into_iter().map(|(file,)| file).collect();
    let strays = files.into_iter().filter(|file| !owned.contains(&photo(file)));
    let mut removed = 0;
    for stray in strays {
        match fs::remove_file(app.photo_folder().join(stray)).await {
            Ok(()) => removed += 1,
            // Another node, or a person, was faster.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => Err(error).context("a photo without a report")?,
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> photo::Prepared {
        photo::Prepared {
            full: vec![1; 9000],
            thumbnail: vec![2; 900],
            width: 40,
            height: 30,
            thumbnail_width: 4,
            thumbnail_height: 3,
        }
    }

    #[test]
    fn a_full_disk_is_noticed() {
        assert!(write_file(Path::new("/dev/full"), &photo().full).is_err());
    }

    #[test]
    fn of_two_files_both_are_there_or_none() {
        let folder = tempfile::tempdir().unwrap();
        write_both(folder.path(), "a", &photo()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("a.jpg")).unwrap(), photo().full);
        assert_eq!(std::fs::read(folder.path().join("a-small.jpg")).unwrap(), photo().thumbnail);
        // Something is in the second one's way.
        std::fs::create_dir(folder.path().join("b-small.jpg")).unwrap();
        assert!(write_both(folder.path(), "b", &photo()).is_err());
        assert!(!folder.path().join("b.jpg").exists());
    }
}
