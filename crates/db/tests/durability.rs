//! `kill -9` at random moments: what was acknowledged is there.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use db::{Clock, Db};

use crate::support::{Place, insert, words};

const ROUNDS: u32 = 12;

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9_on_sqlite() {
    let place = Place::sqlite();
    place.words().await.close().await;
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_until_killed(&place.url, round));
        let db = Db::open(&place.url, Clock::system()).unwrap();
        let kept: HashSet<_> = words(&db).await.into_iter().collect();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        db.close().await;
    }
    assert!(acknowledged.len() > ROUNDS as usize, "only {} were written", acknowledged.len());
}

fn write_until_killed(url: &str, round: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "durability::writes_until_killed", "--nocapture"])
        .env("DB_TEST_WRITE_TO", url)
        .env("DB_TEST_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let (began, begins) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let kept = lines.filter_map(|line| Some(line.strip_prefix("kept ")?.to_owned()));
        kept.inspect(|_| _ = began.send(())).collect()
    });
    // On a busy machine it takes its time to start.
    begins.recv_timeout(Duration::from_secs(60)).expect("nothing was written");
    std::thread::sleep(Duration::from_millis(u64::from(1 + round * 23 % 97)));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// The child process: sixteen writers, each says what was committed once it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test above, which kills it"]
async fn writes_until_killed() {
    let (Ok(url), Ok(round)) = (std::env::var("DB_TEST_WRITE_TO"), std::env::var("DB_TEST_ROUND"))
    else {
        return;
    };
    let db = Db::open(&url, Clock::system()).unwrap();
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let (db, round) = (db.clone(), round.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let word = format!("{round}.{writer}.{number}");
                    let mut tx = db.begin().await.unwrap();
                    insert(&mut tx, &word).await.unwrap();
                    tx.commit().await.unwrap();
                    // In one write, so that a line is whole or missing.
                    std::io::stdout().write_all(format!("kept {word}\n").as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}
