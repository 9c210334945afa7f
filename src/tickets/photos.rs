//! Photos of a ticket: prepared (re-encoded, without GPS) before the
//! transaction, in place on disk before it commits.

use std::path::PathBuf;

use anyhow::Context;
use db::{On, Tx, query};
use tokio::fs;

use crate::App;
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
        pub ticket: TicketId,
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
pub struct StoredPhotos(Vec<(String, u32, u32)>);

/// Prepares and stores the photos of a form.
///
/// # Errors
/// Inside: what is wrong with the field `photos`. Outside: the disk.
pub async fn store(app: &App, form: &Form) -> Result<Result<StoredPhotos, Problem>> {
    if form.files.len() > MOST {
        return Ok(Err(Problem::TooManyPhotos(MOST as i64)));
    }
    let mut stored = StoredPhotos::default();
    for upload in &form.files {
        if upload.too_big {
            return Ok(Err(Problem::PhotoTooBig(15)));
        }
        match app.photos.prepare_blocking(upload.bytes.clone()).await {
            Ok(photo) => stored.0.push((write(app, &photo).await?, photo.width, photo.height)),
            Err(error) => return Ok(Err(problem(&error))),
        }
    }
    Ok(Ok(stored))
}

fn problem(error: &photo::Error) -> Problem {
    match error {
        photo::Error::TooManyPixels { .. } => Problem::PhotoTooManyPixels,
        photo::Error::TooBig { .. } => Problem::PhotoTooBig(15),
        _ => Problem::NotAPhoto,
    }
}

async fn write(app: &App, photo: &photo::Prepared) -> Result<String> {
    let folder = app.photo_folder();
    fs::create_dir_all(&folder).await.context("the folder of photos")?;
    let name = secret::file_name();
    write_durably(folder.join(format!("{name}.jpg")), &photo.full).await?;
    write_durably(folder.join(format!("{name}-small.jpg")), &photo.thumbnail).await?;
    // The folder's entry must last as well: the report that is acknowledged shows it.
    fs::File::open(&folder).await.context("the folder of photos")?.sync_all().await.context("a photo")?;
    Ok(name)
}

async fn write_durably(path: PathBuf, bytes: &[u8]) -> Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut file = fs::File::create(&path).await.context("a photo")?;
    file.write_all(bytes).await.context("a photo")?;
    file.sync_all().await.context("a photo")?;
    Ok(())
}

impl StoredPhotos {
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
        for (position, (file, width, height)) in self.0.iter().enumerate() {
            query(
                "INSERT INTO photo (ticket, activity, position, file, width, height)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(ticket)
            .bind(activity)
            .bind(position as i64)
            .bind(file.as_str())
            .bind(i64::from(*width))
            .bind(i64::from(*height))
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

/// The photos of a ticket, in the order in which they came.
pub async fn of_ticket(on: impl Into<On<'_>>, ticket: TicketId) -> Result<Vec<Photo>> {
    Ok(query(
        "SELECT ticket, activity, file, width, height
         FROM photo
         WHERE ticket = $1
         ORDER BY activity, position",
    )
    .bind(ticket)
    .all(on)
    .await?)
}
