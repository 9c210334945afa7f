//! An S3 server to test with, on loopback, to throw away.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::browser;

const PLACE: &str = "s3://kost";

/// A running server. Dropped, it and its files are gone.
pub struct S3Server {
    process: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl S3Server {
    /// # Errors
    /// When it cannot be installed from npm, or does not start.
    pub fn start() -> Result<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/s3");
        browser::install(&home)?;
        let folder = tempfile::tempdir()?;
        let mut process = Command::new("node")
            .current_dir(home)
            .arg("server.mjs")
            .arg(folder.path())
            .arg(PLACE.trim_start_matches("s3://"))
            // Its end is the server's.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run node")?;
        let mut address = String::new();
        let said = process.stdout.take().context("its standard output")?;
        BufReader::new(said).read_line(&mut address)?;
        ensure!(address.starts_with("http://"), "the S3 server does not start");
        Ok(Self { process, address: address.trim().to_owned(), _folder: folder })
    }

    /// What the tests read: the bucket, and who they are there.
    pub fn environment(&self) -> [(&str, &str); 5] {
        [
            ("TEST_S3_BUCKET", PLACE),
            ("AWS_ENDPOINT_URL", &self.address),
            ("AWS_ACCESS_KEY_ID", "S3RVER"),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER"),
            ("AWS_REGION", "us-east-1"),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
