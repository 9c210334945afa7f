//! Staff change a status; the reporter's open page hears of it. Timed from the
//! first byte of the form to the message at the socket.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::http;
use crate::results::percentile;
use crate::seed::Installation;
use crate::sockets;
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};
use crate::writers::Writers;

/// Longer than anybody waits: a message that takes longer counts as this long, and
/// ends the repetition.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody whose sockets are measured.
struct Speaker {
    who: &'static str,
    base: String,
    live: String,
    cookie: fn(u32) -> String,
    /// Accounts before the first kost's.
    before: u32,
    header: (&'static str, &'static str),
}

impl Speaker {
    fn account(&self, kost: u32, place: u32) -> String {
        (self.cookie)(self.before + (kost - 1) * (USUAL.residents + 4) + place)
    }
}

/// Idle, and beside five hundred reports a second.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let ours = kostticket::start_both(stage, USUAL)?;
    let django = django::start(stage)?;
    let our_speaker = |who, base: &str| Speaker {
        who,
        base: base.to_owned(),
        live: format!("{}/live", base.replace("http", "ws")),
        cookie: Installation::cookie,
        before: 1,
        header: ("x-forwarded-for", "127.0.0.1"),
    };
    let speakers = [
        our_speaker(ours[0].who, &ours[0].base),
        our_speaker(ours[1].who, &ours[1].base),
        Speaker {
            who: django.contestant.who,
            base: django.contestant.base.clone(),
            live: django.live.clone(),
            cookie: django::cookie,
            before: 0,
            header: django::csrf_header(),
        },
    ];
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // The 99th percentile of a hundred would be the worst of them.
    let samples = if stage.options.quick { 30 } else { 300 };
    // Each repetition changes other reports: the first ones of their kosts.
    let repetitions = stage.options.few_repetitions();
    for number in 1..=repetitions {
        for speaker in &speakers {
            let figures = changes(&runtime, speaker, number, samples)?;
            stage.results.note("live", "idle", speaker.who, &figures);
        }
    }
    // Afterwards, and one contestant after the other: whoever has more to do than they can
    // takes a while to come to rest.
    for (speaker, contestant) in speakers.iter().zip(&ours) {
        for number in repetitions + 1..=2 * repetitions {
            let forms = contestant.forms.as_ref().context("it has forms")?;
            let writers = Writers::start(&speaker.base, forms, 500, &stage.next_run())?;
            std::thread::sleep(Duration::from_secs(1));
            let [p50, p99] = changes(&runtime, speaker, number, samples)?;
            let figures = [p50, p99, ("writes_per_second", writers.per_second())];
            stage.results.note("live", "500 writes/s", speaker.who, &figures);
        }
    }
    Ok(())
}

/// One change in each of so many kosts: of the report with this number.
fn changes(
    runtime: &Runtime,
    speaker: &Speaker,
    number: u32,
    samples: u32,
) -> Result<[(&'static str, f64); 2]> {
    let agent = http::agent();
    let mut took = Vec::new();
    for kost in 2..2 + samples {
        // As the data was made: the owner has the first place, residents from the fifth on.
        let reporter = speaker.account(kost, 5 + number % USUAL.residents);
        let owner = speaker.account(kost, 1);
        let url = format!("{}/k/bench-{kost}/tickets/{number}/status", speaker.base);
        let mut socket = runtime.block_on(sockets::open(&speaker.live, &reporter))?;
        let heard = runtime.spawn(async move {
            let wait = sockets::until(&mut socket, |message| message["type"] == "unread");
            match tokio::time::timeout(PATIENCE, wait).await {
                Ok(outcome) => outcome.map(|()| Some(Instant::now())),
                Err(_) => Ok(None),
            }
        });
        let headers = [
            ("cookie", owner.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            speaker.header,
        ];
        let began = Instant::now();
        let status = http::post(&agent, &url, &headers, b"status=done&version=1")?;
        ensure!(matches!(status, 302 | 303), "{} answers {status} for {url}", speaker.who);
        let at = runtime.block_on(heard)??;
        let wait = at.map_or(PATIENCE, |at| at.duration_since(began));
        took.push(wait.as_secs_f64() * 1000.0);
        if at.is_none() {
            break;
        }
    }
    took.sort_unstable_by(f64::total_cmp);
    Ok([("p50_ms", percentile(&took, 50)), ("p99_ms", percentile(&took, 99))])
}
