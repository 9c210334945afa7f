//! Reports with four photos as phones take them: twelve megapixels each.

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use crate::contestant::Contestant;
use crate::http;
use crate::load::let_settle;
use crate::results::percentile;
use crate::seed::{Installation, STAFF, path_of};
use crate::stage::{Stage, USUAL};
use crate::targets::{django, kostticket};
use crate::usage::{self, Watch};

const PHOTOS: usize = 4;
const CLIENTS: u32 = 4;
const BOUNDARY: &str = "--------kostticket-bench";

/// Four people at once, each one report after the other.
pub fn measure(stage: &mut Stage) -> Result<()> {
    let mut all = Vec::from(kostticket::start_both(stage, USUAL)?);
    if !stage.options.quick {
        all.push(django::start(stage, USUAL)?);
    }
    let photo = photo()?;
    println!("   a photo has {} KB", photo.len() / 1000);
    let each = if stage.options.quick { 1 } else { 4 };
    for repetition in 0..stage.options.repetitions() {
        for contestant in &all {
            let prefix = stage.next_run();
            let watch = Watch::start(&contestant.roots());
            let began = Instant::now();
            let mut took = std::thread::scope(|scope| {
                let clients = (0..CLIENTS).map(|client| {
                    let (photo, prefix) = (&photo, &prefix);
                    let kost = 1 + repetition * CLIENTS + client;
                    scope.spawn(move || reports(contestant, kost, each, photo, prefix))
                });
                let clients: Vec<_> = clients.collect();
                clients
                    .into_iter()
                    .map(|client| {
                        client.join().map_err(|_| anyhow::anyhow!("a client panicked"))?
                    })
                    .collect::<Result<Vec<_>>>()
            })?
            .concat();
            let (elapsed, used) = (began.elapsed().as_secs_f64(), watch.end());
            took.sort_unstable_by(f64::total_cmp);
            let count = f64::from(CLIENTS * each);
            let figures = [
                ("per_second", count / elapsed),
                ("p50_ms", percentile(&took, 50)),
                ("p99_ms", percentile(&took, 99)),
                ("cpu_s_each", used.cpu.as_secs_f64() / count),
                usage::peak(used.memory),
            ];
            stage.results.note("uploads", "4 photos, 4 clients", contestant.who, &figures);
            let_settle(&contestant.roots());
        }
    }
    Ok(())
}

fn reports(on: &Contestant, kost: u32, count: u32, photo: &[u8], prefix: &str) -> Result<Vec<f64>> {
    let people = on.people.as_ref().context("it has people")?;
    let (agent, cookie) = (http::agent(), people.cookie_of(kost, STAFF + 1));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("cookie", cookie.as_str()), ("content-type", kind.as_str()), people.header];
    let url = format!("{}{}/tickets", on.base, path_of(kost));
    let mut took = Vec::new();
    for report in 0..count {
        let body = body(kost, &format!("{prefix}{kost}-{report}"), photo)?;
        let began = Instant::now();
        let status = http::post(&agent, &url, &headers, &body)?;
        ensure!(http::is_redirect(status), "{} answers {status} to four photos", on.who);
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(took)
}

fn body(kost: u32, submission: &str, photo: &[u8]) -> Result<Vec<u8>> {
    let room = Installation::room(kost, 0).to_string();
    let fields = [
        ("title", "Keran menetes"),
        ("category", "water"),
        ("location", &room),
        ("priority", "medium"),
        ("submission", submission),
    ];
    let mut body = Vec::with_capacity(photo.len() * PHOTOS + 2048);
    for (name, value) in fields {
        write!(
            body,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )?;
    }
    for place in 0..PHOTOS {
        let head =
            format!("Content-Disposition: form-data; name=\"photos\"; filename=\"{place}.jpg\"");
        write!(body, "--{BOUNDARY}\r\n{head}\r\nContent-Type: image/jpeg\r\n\r\n")?;
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n");
    }
    write!(body, "--{BOUNDARY}--\r\n")?;
    Ok(body)
}

/// Soft shapes under the noise of a small sensor: as large as a photo of a phone.
fn photo() -> Result<Vec<u8>> {
    let mut noise = 1_u32;
    let picture = RgbImage::from_fn(4000, 3000, |x, y| {
        // Xorshift: the same picture on every machine.
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let wave = ((x / 7 + y / 11) % 160).abs_diff(80) + (x * y / 40_000) % 60;
        let light =
            |shift: u32| u8::try_from((wave + 40 + (noise >> shift) % 24).min(255)).unwrap_or(255);
        Rgb([light(0), light(8), light(16)])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&picture)?;
    Ok(jpeg)
}
