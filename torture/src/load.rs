//! People who use the program all the time, each in a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::scene::Scene;
use crate::user::User;

/// People at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// Everybody begins; between two doings each waits for `pause`, more or less.
    pub fn start(scene: &Arc<Scene>, pause: Duration) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let user = |place| User::new(Arc::clone(scene), place, Arc::clone(&stop), pause);
        let users = (0..scene.people.len()).map(user);
        let threads =
            users.map(|mut user| std::thread::spawn(move || user.live())).collect::<Vec<_>>();
        Load { stop, threads }
    }

    /// Everybody finishes what they are about; for this the program has to be up.
    ///
    /// # Errors
    /// When somebody got no answer for minutes.
    pub fn end(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            match thread.join() {
                Ok(outcome) => outcome?,
                Err(_) => bail!("somebody's thread panicked"),
            }
        }
        Ok(())
    }
}
