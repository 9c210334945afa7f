//! Where the files of photos lie: in a folder, or in an S3 bucket, which all
//! nodes of an installation share. What is put there is on disk, whole, or not
//! there at all.

mod mark;

use std::fmt;
use std::future::ready;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, Result, RetryConfig};
use url::Url;

pub use mark::{mark_file, may_keep, recognise};

/// A place that has not answered by then is out of reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where marks lie, beside the photos.
const MARKS: &str = "kostticket";

/// Where an operator wants the photos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoPlace {
    Folder(PathBuf),
    /// `s3://bucket` or `s3://bucket/folder`. Who we are there, and where it is,
    /// stands in the variables that S3's own tools read (`AWS_…`).
    Bucket(Url),
}

impl PhotoPlace {
    /// Reads a folder's path, or a bucket's URL.
    ///
    /// # Errors
    /// A sentence: it is a URL of something else.
    pub fn parse(text: &str) -> anyhow::Result<PhotoPlace> {
        if !text.contains("://") && !text.starts_with("s3:") {
            return Ok(PhotoPlace::Folder(text.into()));
        }
        match Url::parse(text) {
            // As it was written: nothing in it was made sense of silently.
            Ok(url)
                if url.as_str().trim_end_matches('/') == text.trim_end_matches('/')
                    && url.scheme() == "s3"
                    && url.host_str().is_some_and(|bucket| url.authority() == bucket)
                    && url.query().is_none()
                    && url.fragment().is_none() =>
            {
                Ok(PhotoPlace::Bucket(url))
            }
            _ => {
                bail!("photos lie in a folder or in a bucket (s3://bucket/folder), not in “{text}”")
            }
        }
    }
}

impl fmt::Display for PhotoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PhotoPlace::Folder(path) => path.display().fmt(f),
            PhotoPlace::Bucket(url) => url.fmt(f),
        }
    }
}

/// The files of photos. Clones are the same store.
#[derive(Clone, Debug)]
pub struct PhotoStore {
    store: Arc<dyn ObjectStore>,
    place: PhotoPlace,
    patience: Duration,
}

impl PhotoStore {
    /// Makes the folder where there is none. A bucket is not asked for anything yet.
    ///
    /// # Errors
    /// A sentence for the console: the folder cannot be made, or a variable about
    /// the bucket cannot be understood.
    pub fn open(place: PhotoPlace) -> anyhow::Result<PhotoStore> {
        let store = match &place {
            PhotoPlace::Folder(path) => {
                std::fs::create_dir_all(path)
                    .with_context(|| format!("the folder {place} cannot be created"))?;
                Arc::new(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))
            }
            PhotoPlace::Bucket(url) => bucket(url).with_context(|| place.to_string())?,
        };
        Ok(PhotoStore { store, place, patience: PATIENCE })
    }

    /// The same, for who has all the time that a slow line takes.
    #[must_use]
    pub fn patient(self) -> PhotoStore {
        PhotoStore { patience: PATIENCE * 30, ..self }
    }

    /// For people.
    pub fn place(&self) -> &PhotoPlace {
        &self.place
    }

    /// Keeps a file, instead of any that had this name. When it returns, the file
    /// stays, whatever happens to this machine.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<()> {
        self.within(self.store.put(&name.into(), bytes.into())).await?;
        Ok(())
    }

    /// Makes a file as good as new, unless it was written before `limit`. `false`
    /// when it was, or is not there.
    pub async fn renew(&self, name: &str, limit: Timestamp) -> Result<bool> {
        let name = name.into();
        let renewed = self.within(async {
            let found = self.store.get(&name).await?;
            let is_new = found.meta.last_modified.timestamp() >= limit.as_second();
            if is_new {
                self.store.put(&name, found.bytes().await?.into()).await?;
            }
            Ok(is_new)
        });
        Ok(or_none(renewed.await)?.unwrap_or(false))
    }

    /// Keeps new files, all of them or, a moment later, none. If the request ends in
    /// between, or one comes too late, the nightly clean-up takes what is left.
    pub async fn put_all<const N: usize>(&self, files: [(&str, Bytes); N]) -> Result<()> {
        let names = files.each_ref().map(|(name, _)| (*name).to_owned());
        for (name, bytes) in files {
            if let Err(error) = self.put(name, bytes).await {
                let store = self.clone();
                // Nobody waits for it. What cannot be removed now belongs to nobody.
                tokio::spawn(async move {
                    for name in names {
                        let _ = store.remove(&name).await;
                    }
                });
                return Err(error);
            }
        }
        Ok(())
    }

    /// A file's contents. `None` when there is no such file.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>> {
        or_none(self.within(async { self.store.get(&name.into()).await?.bytes().await }).await)
    }

    /// A file's size in bytes. `None` when there is no such file.
    pub async fn size(&self, name: &str) -> Result<Option<u64>> {
        let about = or_none(self.within(self.store.head(&name.into())).await)?;
        Ok(about.map(|about| about.size))
    }

    /// Removes a file, if it is there.
    pub async fn remove(&self, name: &str) -> Result<()> {
        or_none(self.within(self.store.delete(&name.into())).await)?;
        Ok(())
    }

    /// The names of all files that were written before `limit`.
    pub fn older_than(&self, limit: Timestamp) -> BoxStream<'static, Result<String>> {
        let is_old = move |seconds| seconds < limit.as_second();
        self.store
            .list(None)
            .try_filter_map(move |about| async move {
                // What lies in folders within is not ours.
                let is_here = about.location.parts().count() == 1;
                let name = about.location.filename().map(str::to_owned);
                Ok(name.filter(|_| is_here && is_old(about.last_modified.timestamp())))
            })
            .boxed()
    }

    /// The marks that lie there, of whoever keeps photos in this place.
    pub async fn marks(&self) -> Result<Vec<String>> {
        let marks = self.store.list(Some(&MARKS.into()));
        let name = |about: ObjectMeta| about.location.filename().map(str::to_owned);
        self.within(marks.try_filter_map(|about| ready(Ok(name(about)))).try_collect()).await
    }

    /// Leaves a mark there.
    pub async fn leave_mark(&self, mark: &str) -> Result<()> {
        self.put(&format!("{MARKS}/{mark}"), Bytes::new()).await
    }

    /// Waits for the place. The limits of its client are each for one attempt, this is
    /// for all of them together.
    async fn within<T>(&self, asked: impl Future<Output = Result<T>>) -> Result<T> {
        // Nothing of the database is held while others are asked.
        db::moment_is_over();
        tokio::time::timeout(self.patience, asked)
            .await
            .unwrap_or_else(|late| Err(Error::Generic { store: "photos", source: late.into() }))
    }

    /// Removes what a crash left of files that were never whole, begun before
    /// `limit`. In a bucket there is nothing of the kind.
    pub async fn remove_unfinished(&self, limit: Timestamp) -> io::Result<()> {
        let PhotoPlace::Folder(folder) = &self.place else { return Ok(()) };
        let limit = std::time::SystemTime::from(limit);
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            // As the store names them: the file's name, and a number.
            let is_part = entry.file_name().to_string_lossy().contains('#');
            // Whoever was writing it may have finished meanwhile.
            if is_part
                && let Some(about) = if_there(entry.metadata().await)?
                && about.modified()? < limit
            {
                if_there(tokio::fs::remove_file(entry.path()).await)?;
            }
        }
        Ok(())
    }
}

fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn or_none<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(Error::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}

fn bucket(url: &Url) -> anyhow::Result<Arc<dyn ObjectStore>> {
    // Its client asks for the program's provider; named here as everywhere. That
    // it was named before is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder =
        AmazonS3Builder::from_env().with_bucket_name(url.host_str().unwrap_or_default());
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    if let Some(endpoint) = &endpoint
        && !endpoint.starts_with("http://")
        && !endpoint.starts_with("https://")
    {
        bail!("AWS_ENDPOINT_URL wants an address such as https://s3.example, not “{endpoint}”");
    }
    let retry = RetryConfig { max_retries: 2, retry_timeout: PATIENCE, ..RetryConfig::default() };
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        // Whoever writes down an address without TLS wants it so, within a machine.
        builder = builder.with_allow_http(true);
    }
    let store = builder.with_retry(retry).build()?;
    match object_store::path::Path::parse(url.path())? {
        folder if folder.as_ref().is_empty() => Ok(Arc::new(store)),
        folder => Ok(Arc::new(PrefixStore::new(store, folder))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_several_files_all_are_there_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = PhotoStore::open(PhotoPlace::Folder(folder.path().join("photos"))).unwrap();
        let both = |name| [(name, Bytes::from_static(b"large")), ("small", "little".into())];
        store.put_all(both("a")).await.unwrap();
        assert_eq!(store.get("a").await.unwrap().unwrap(), "large");
        assert_eq!(store.size("small").await.unwrap(), Some(6));
        // Something is in the second one's way.
        store.remove("small").await.unwrap();
        store.put("small/something", Bytes::new()).await.unwrap();
        assert!(store.put_all(both("b")).await.is_err());
        while store.get("b").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        assert_eq!(PhotoPlace::parse("./data/photos").unwrap().to_string(), "./data/photos");
        assert_eq!(PhotoPlace::parse("s3://kost/foto").unwrap().to_string(), "s3://kost/foto");
        for odd in [
            "https://kost.example/foto",
            "s3://",
            "ftp://kost",
            "s3:///foto",
            "s3:kost",
            "s3://kost/../x",
            "s3://kost?x=1",
            "s3://a:b@kost",
        ] {
            assert!(PhotoPlace::parse(odd).is_err(), "{odd}");
        }
    }
}
