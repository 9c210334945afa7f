//! A small file system in a file, to be filled up or cut off from its power.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A mounted file system; it is unmounted when it is dropped.
#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    /// Where it is mounted.
    pub mount: PathBuf,
    is_mounted: bool,
}

impl Disk {
    /// Makes one of so many megabytes within a folder.
    ///
    /// # Errors
    /// Where nobody may mount one.
    pub fn new(folder: &Path, megabytes: u64) -> Result<Disk> {
        let (image, mount) = (folder.join("disk.img"), folder.join("disk"));
        std::fs::create_dir(&mount)?;
        std::fs::File::create(&image)?.set_len(megabytes << 20)?;
        run(Command::new("mkfs.ext4").arg("-q").arg("-F").arg(&image))?;
        let mut disk = Disk { image, mount, is_mounted: false };
        disk.mount()?;
        Ok(disk)
    }

    /// Exchanges it for what its image holds at this moment, as after a power cut:
    /// what was not flushed is not there. Nobody may have it open then; `before`
    /// sees to that, once the copy is made.
    ///
    /// # Errors
    /// When it cannot be copied or mounted.
    pub fn cut_power(&mut self, before: impl FnOnce() -> Result<()>) -> Result<()> {
        let copy = self.image.with_extension("copy");
        // The kernel may write while it is copied: of one moment is what is the same after it.
        loop {
            run(Command::new("cp").arg("--sparse=always").arg(&self.image).arg(&copy))?;
            if Command::new("cmp").arg("--quiet").arg(&self.image).arg(&copy).status()?.success() {
                break;
            }
        }
        before()?;
        self.unmount()?;
        std::fs::rename(&copy, &self.image)?;
        self.mount()
    }

    /// Takes all the room that is left, and says with which file.
    ///
    /// # Errors
    /// When it cannot be written to at all.
    pub fn fill(&self) -> Result<PathBuf> {
        let path = self.mount.join("filler");
        let mut filler = std::fs::File::create(&path)?;
        let block = [1_u8; 4096];
        // It ends with “no space left”.
        while std::io::Write::write_all(&mut filler, &block).is_ok() {}
        // What is under way may still be refused.
        let _ = filler.sync_all();
        Ok(path)
    }

    fn mount(&mut self) -> Result<()> {
        run(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.mount))?;
        self.is_mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<()> {
        run(Command::new("umount").arg(&self.mount))?;
        self.is_mounted = false;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Best effort: what still has it open is about to end.
        if self.is_mounted {
            let _ = Command::new("umount").arg("--lazy").arg(&self.mount).status();
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command.output().with_context(|| format!("there is no {}", program.display()))?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
