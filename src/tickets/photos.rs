//! Photos of a ticket: prepared (re-encoded, without GPS) before the
//! transaction, in their place before it commits.

use std::collections::HashSet;

use anyhow::anyhow;
use db::{Tx, query};
use futures_util::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::accounts::AccountId;
use crate::activity::ActivityId;
use crate::error::{Error, Result};
use crate::photo_store;
use crate::secret;
use crate::tickets::{Ticket, TicketId};
use crate::web::{Form, Problem};

/// So old is a photo that no form in progress waits for any more.
pub const STRAY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Why a task failed: the place of the photos is out of reach.
pub const AWAY: &str = "photos";

/// So long a form that is shown again finds its photos.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(23);

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

/// Photos that lie there under names that nobody knows yet. Dropped without
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
///
/// # Errors
/// [`Error::TooMany`] when this person brings too many; the form keeps those before.
pub async fn store(
    app: &App,
    uploader: AccountId,
    form: &Form,
) -> Result<(StoredPhotos, Option<Problem>)> {
    let (mut stored, are_all) = StoredPhotos::kept(app, uploader, form).await?;
    let mut wrong = (!are_all).then_some(Problem::PhotoGone);
    for upload in &form.files {
        if stored.len() == MOST {
            return Ok((stored, Some(Problem::TooManyPhotos(MOST as i64))));
        }
        if upload.too_big {
            wrong = Some(Problem::PhotoTooBig(15));
            continue;
        }
        app.limits.photo.check(uploader).await?;
        match app.photo_preparer.prepare_blocking(upload.bytes.clone()).await {
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

/// Stores both sizes under a new name, which it gives. When it returns, both
/// stay: a report that is acknowledged shows them. Or neither is left.
async fn write(app: &App, uploader: AccountId, photo: photo::Prepared) -> Result<String> {
    let name = secret::file_name(uploader.get());
    let [full, small] = files_of(&name);
    let both = [(full.as_str(), photo.full.into()), (&small, photo.thumbnail.into())];
    app.photo_store.put_all(both).await?;
    Ok(name)
}

/// The files of one photo: whole, and small.
fn files_of(name: &str) -> [String; 2] {
    ["", "-small"].map(|size| format!("{name}{size}.jpg"))
}

impl StoredPhotos {
    /// What the form's fields `kept` name: files that the same person brought
    /// with an earlier attempt, and that belong to no report yet. They are as good
    /// as new: the nightly clean-up leaves them for another day. It may be at work on
    /// those that it does not leave, so they are gone a little earlier. Says whether
    /// all are there still.
    async fn kept(app: &App, uploader: AccountId, form: &Form) -> Result<(StoredPhotos, bool)> {
        let (mut stored, mut are_all) = (StoredPhotos::default(), true);
        let limit = app.clock.now() - KEPT_FOR;
        for photo in form.values("kept").filter_map(StoredPhoto::parse).take(MOST) {
            if stored.has(&photo.file) || !is_waiting(app, uploader, &photo.file).await? {
                continue;
            }
            match renew(app, &photo.file, limit).await? {
                true => stored.0.push(photo),
                false => are_all = false,
            }
        }
        Ok((stored, are_all))
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
    pub async fn attach(&self, tx: &mut Tx, ticket: &Ticket, activity: ActivityId) -> Result<()> {
        for (position, photo) in self.0.iter().enumerate() {
            query(
                "INSERT INTO photo (kost, ticket, activity, position, file, width, height)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(ticket.kost)
            .bind(ticket.id)
            .bind(activity)
            .bind(position as i64)
            .bind(photo.file.as_str())
            .bind(i64::from(photo.width))
            .bind(i64::from(photo.height))
            .run(tx)
            .await?;
        }
        if !self.is_empty() {
            query("UPDATE ticket SET photo_count = photo_count + $3 WHERE kost = $1 AND id = $2")
                .bind(ticket.kost)
                .bind(ticket.id)
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

/// Makes both files of a photo new. `false` when one is not there, or too old.
async fn renew(app: &App, name: &str, limit: Timestamp) -> Result<bool> {
    for file in files_of(name) {
        if !app.photo_store.renew(&file, limit).await? {
            return Ok(false);
        }
    }
    Ok(true)
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

/// The files of all photos of reports, in both sizes, and the mark of their place.
pub async fn files(tx: &mut Tx) -> db::Result<Vec<String>> {
    let photos: Vec<(String,)> = query("SELECT file FROM photo ORDER BY id").all(&mut *tx).await?;
    let mark = photo_store::mark_file(tx).await?;
    Ok(photos.into_iter().flat_map(|(name,)| files_of(&name)).chain(mark).collect())
}

/// Removes the files of photos that belong to no report and were written before
/// `limit`: of forms that were never finished, and of crashes. Says how many.
///
/// # Errors
/// The place is out of reach, or not known to be ours alone. Nothing is removed then.
pub async fn remove_strays(app: &App, limit: Timestamp) -> Result<usize> {
    if !photo_store::recognise(&app.db, &app.photo_store).await? {
        return Err(Error::Unavailable(anyhow!("{} is out of reach", app.photo_store.place())));
    }
    app.photo_store.remove_unfinished(limit).await?;
    let mut removed = 0;
    let mut old = app.photo_store.older_than(limit).try_chunks(500);
    while let Some(files) = old.next().await {
        removed += remove_unowned(app, files.map_err(|stopped| stopped.1)?).await?;
    }
    Ok(removed)
}

async fn remove_unowned(app: &App, files: Vec<String>) -> Result<usize> {
    let photo = |file: &str| file.trim_end_matches(".jpg").trim_end_matches("-small").to_owned();
    let owned: Vec<(String,)> = query("SELECT file FROM photo WHERE file IN ")
        .push_list(files.iter().map(|file| photo(file)))
        .all(&app.db)
        .await?;
    let owned: HashSet<String> = owned.into_iter().map(|(file,)| file).collect();
    let is_stray = |file: &&String| file.ends_with(".jpg") && !owned.contains(&photo(file));
    let mut removed = 0;
    for stray in files.iter().filter(is_stray) {
        app.photo_store.remove(stray).await?;
        removed += 1;
    }
    Ok(removed)
}
