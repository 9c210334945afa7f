//! Others read pages while somebody floods the log-in, from ever other addresses
//! and with ever other names: each attempt costs a hash of a password.

use anyhow::{Result, ensure};

use crate::http;
use crate::load::{Forms, Load, write_forms};
use crate::seed::username;
use crate::stage::{Stage, USUAL};
use crate::targets::kostticket;

const ATTACKERS: usize = 32;

/// Dashboards of eight clients, without and with the flood.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let forms = stage.folder.join("login-forms.txt");
    let attempts = (0..USUAL.kosts * USUAL.residents).map(|attempt| {
        let name = username(1 + attempt % USUAL.kosts, 1 + attempt / USUAL.kosts);
        let body = http::form(&[("login", &name), ("password", "bukan kata sandi ini")]);
        let from = format!("X-Forwarded-For: 198.18.{}.{}", attempt / 250 % 250, attempt % 250);
        ["/login".to_owned(), String::new(), from, body]
    });
    write_forms(&forms, attempts)?;
    let ours = kostticket::start_both(stage, USUAL)?;
    let seconds = stage.options.seconds().max(2);
    let mut first = 0;
    for _ in 0..stage.options.few_repetitions() {
        for contestant in &ours {
            let pages = Load::pages(contestant, &contestant.pages[0].1, 8, seconds);
            let alone = pages.run(&contestant.roots())?;
            stage.results.note("login", "pages alone", contestant.who, &alone.figures());
            let prefix = stage.next_run();
            let flood = Load {
                url: contestant.base.clone(),
                headers: Vec::new(),
                clients: ATTACKERS,
                seconds: seconds + 2,
                forms: Some(Forms { file: forms.clone(), first, prefix }),
            };
            first += 2_000;
            let flooding = std::thread::spawn(move || flood.run_anyway(&[]));
            std::thread::sleep(std::time::Duration::from_secs(1));
            let beside = pages.run(&contestant.roots())?;
            stage.results.note(
                "login",
                "pages beside a flood of logins",
                contestant.who,
                &beside.figures(),
            );
            let flooded = flooding.join().map_err(|_| anyhow::anyhow!("the flood panicked"))??;
            // Else nothing would have been hashed.
            ensure!(flooded.limited < flooded.requests / 100.0, "{} were limited", flooded.limited);
            let figures = [("per_second", flooded.per_second), ("p99_ms", flooded.p99)];
            stage.results.note("login", "the flood itself", contestant.who, &figures);
        }
    }
    Ok(())
}
