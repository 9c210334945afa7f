//! A kost to look around in: four staff, thirty residents, half a year of
//! reports. Everything happens through the verbs that the pages use, under a
//! clock that runs through those months.

mod content;
mod dice;
mod drawing;
mod story;

use anyhow::Context;
use db::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::accounts::{self, AccountId, NewAccount};
use crate::config::Config;
use crate::demo::content::{RESIDENTS, SHARED, STAFF};
use crate::demo::dice::Dice;
use crate::error::Result;
use crate::kosts::store::KostSettings;
use crate::kosts::{self, Kost, LocationId, LocationKind, Registration, Role, Timezone};
use crate::words::Language;
use crate::{App, notifications, workers};

/// The password of everybody in the demo.
pub const PASSWORD: &str = "demo-melati";
/// Reports in the demo.
pub const REPORTS: usize = 200;

const ROOMS: usize = 24;
const HISTORY: SignedDuration = SignedDuration::from_hours(24 * 180);
/// What happened longer ago has been read.
const READ_BEFORE: SignedDuration = SignedDuration::from_hours(30);

/// Somebody who can log in to the demo.
#[derive(Debug, Clone)]
pub struct Login {
    pub role: &'static str,
    pub username: &'static str,
}

/// Fills an empty installation with the demo kost, as if it had run until `now`.
///
/// # Errors
/// When the installation has accounts already, or cannot be written.
pub async fn seed(config: Config, now: Timestamp) -> anyhow::Result<Vec<Login>> {
    let clock = Clock::frozen(now - HISTORY);
    let app = App::open(config, clock.clone()).await?;
    if !accounts::store::is_empty(&app.db).await? {
        anyhow::bail!(
            "the data folder {} is in use already; the demo wants an empty one",
            app.config.data.display()
        );
    }
    let house = furnish(&app).await?;
    let logins = house.logins();
    story::live(&app, &clock, &house, now).await.context("the demo's history")?;
    let app_db = app.db.clone();
    drop(app);
    app_db.close().await;
    Ok(logins)
}

/// The kost and the people in it.
struct House {
    kost: Kost,
    staff: Vec<AccountId>,
    residents: Vec<(AccountId, LocationId)>,
    shared: Vec<LocationId>,
}

impl House {
    fn logins(&self) -> Vec<Login> {
        let staff =
            STAFF.iter().map(|&(username, _, role)| Login { role: role.as_str(), username });
        let residents = RESIDENTS
            .iter()
            .take(4)
            .map(|&(username, _)| Login { role: Role::Resident.as_str(), username });
        std::iter::once(Login { role: "admin", username: "admin" })
            .chain(staff)
            .chain(residents)
            .collect()
    }
}

async fn furnish(app: &App) -> Result<House> {
    let hash = app.passwords.hash(PASSWORD.to_owned()).await?;
    let mut tx = app.db.begin().await?;
    person(&mut tx, "admin", "Admin Instalasi", &hash, true).await?;
    let kost = kosts::store::create(&mut tx, "Kost Melati", Timezone::Wib, ROOMS as i64).await?;
    let settings = KostSettings {
        name: "Kost Melati".to_owned(),
        address: "Jl. Kenanga 8, Depok, Sleman, Yogyakarta".to_owned(),
        contact_name: "Mas Joko".to_owned(),
        contact_phone: "+6281234567890".to_owned(),
        about: "Gerbang ditutup pukul 23.00. Jam tenang mulai pukul 22.00.\nSampah diangkut Senin dan Kamis pagi.".to_owned(),
        timezone: Timezone::Wib,
        registration: Registration::Invite,
    };
    kosts::store::update(&mut tx, kost, &settings).await?;
    let mut shared = Vec::new();
    for name in SHARED {
        shared.push(kosts::store::add_location(&mut tx, kost, LocationKind::Shared, name).await?);
    }
    let rooms: Vec<LocationId> = kosts::store::locations(&mut tx, kost)
        .await?
        .into_iter()
        .filter(|location| location.kind == LocationKind::Room)
        .map(|location| location.id)
        .collect();
    let mut staff = Vec::new();
    for (username, name, role) in STAFF {
        let account = person(&mut tx, username, name, &hash, false).await?;
        kosts::join(&mut tx, account, kost, role, None).await?;
        staff.push(account);
    }
    // The owner leaves the work to the others.
    kosts::set_takes_tickets(&mut tx, kost, staff[0], false).await?;
    let mut residents = Vec::new();
    for (number, (username, name)) in RESIDENTS.into_iter().enumerate() {
        let account = person(&mut tx, username, name, &hash, false).await?;
        let room = rooms[(number * 5 + 11) % ROOMS];
        kosts::join(&mut tx, account, kost, Role::Resident, Some(room)).await?;
        residents.push((account, room));
    }
    let kost = kosts::store::get(&mut tx, kost).await?;
    tx.commit().await?;
    Ok(House { kost, staff, residents, shared })
}

async fn person(
    tx: &mut db::Tx,
    username: &str,
    name: &str,
    hash: &str,
    is_admin: bool,
) -> Result<AccountId> {
    let new = NewAccount {
        username: username.to_owned(),
        name: name.to_owned(),
        email: None,
        phone: None,
        password: PASSWORD.to_owned(),
        language: Language::Id,
    };
    Ok(accounts::store::insert(tx, &new, hash, is_admin).await?)
}

/// Runs what is due, as the workers of that time would have.
async fn run_tasks(app: &App) -> Result<()> {
    queue::run_due(&app.db, &std::sync::Arc::new(app.clone()), &workers::registry()).await?;
    Ok(())
}

/// Everybody has read what they were told so far.
async fn read_everything(app: &App, house: &House) -> Result<()> {
    let mut tx = app.db.begin().await?;
    for account in house.staff.iter().chain(house.residents.iter().map(|(account, _)| account)) {
        notifications::store::mark_all_read(
            &mut tx,
            *account,
            notifications::NotificationId(i64::MAX),
        )
        .await?;
    }
    Ok(tx.commit().await?)
}

/// From now on mails are wanted: the last day of the demo fills the mail folder.
async fn verify_addresses(app: &App, house: &House) -> Result<()> {
    let people = house.staff.iter().copied().zip(STAFF.map(|(username, ..)| username));
    let residents = house
        .residents
        .iter()
        .map(|(account, _)| *account)
        .zip(RESIDENTS.map(|(username, _)| username))
        .take(4);
    let mut tx = app.db.begin().await?;
    for (account, username) in people.chain(residents) {
        accounts::store::verify_email(&mut tx, account, &format!("{username}@kost-melati.example"))
            .await?;
    }
    Ok(tx.commit().await?)
}
