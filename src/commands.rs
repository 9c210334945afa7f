//! What the commands do once the application is open.

use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;

use anyhow::{Context, bail};
use clap::Args;
use db::Clock;
use live::Cut;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::accounts::link::{self, LinkKind};
use crate::accounts::{self, Login, NewAccount};
use crate::app::patiently;
use crate::config::Config;
use crate::notifications;
use crate::server::Manners;
use crate::web::Form;
use crate::words::{Language, Words};
use crate::{App, router, server, workers};

/// Serves pages and runs tasks until the program is asked to stop.
pub async fn serve(app: App) -> anyhow::Result<()> {
    let listener = listen(app.config.listen).await?;
    serve_on(listener, app).await
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("another program listens on {address} (try --listen 127.0.0.1:8001)")
        }
        bound => bound.with_context(|| format!("cannot listen on {address}")),
    }
}

async fn serve_on(listener: TcpListener, app: App) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let workers = workers::start(&app);
    let bridge = tokio::spawn(notifications::live::bridge(app.clone()));
    println!("KostTicket is ready: {}", app.config.base_url);
    if let Some(url) = patiently(&app.db, async || accounts::setup_url(&app).await).await? {
        println!("Nobody has an account yet. Set up your kost here, once:\n  {url}");
    }
    let manners = Manners::behind(app.config.trusted_proxies.clone());
    let serving =
        tokio::spawn(server::serve(listener, router::router(app.clone()), manners, stopped));
    asked_to_stop().await?;
    app.hub.stop(Cut { code: 1012, reason: "restart" });
    stop.send_replace(true);
    let (served, ()) = tokio::join!(serving, workers.stop(server::GRACE));
    served?;
    bridge.abort();
    app.db.close().await;
    Ok(())
}

/// Serves a demo kost from a folder that is removed afterwards, or from an
/// empty `--data` folder that stays.
pub async fn demo(mut config: Config) -> anyhow::Result<()> {
    let mut temporary = None;
    if config.is_default_data() {
        let folder = tempfile::Builder::new().prefix("kostticket-demo-").tempdir()?;
        config = config.with_data(folder.path().to_owned())?;
        temporary = Some(folder);
    }
    // Before half a year is made up: a port that is taken is told at once.
    let listener = listen(config.listen).await?;
    let clock = Clock::system();
    println!("Preparing the demo: half a year in Kost Melati …");
    for login in crate::demo::seed(config.clone(), clock.now()).await? {
        println!("{} {} {}", login.role, login.username, crate::demo::PASSWORD);
    }
    let result = serve_on(listener, App::open(config, clock).await?).await;
    drop(temporary);
    result
}

/// Runs tasks until the program is asked to stop.
pub async fn work(app: App) -> anyhow::Result<()> {
    let workers = workers::start(&app);
    println!("KostTicket runs tasks.");
    asked_to_stop().await?;
    workers.stop(server::GRACE).await;
    app.db.close().await;
    Ok(())
}

async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

/// Who runs the installation; what is not given is asked for.
#[derive(Args, Debug)]
pub struct CreateSuperuser {
    /// Name to log in with
    #[arg(long)]
    username: Option<String>,
    /// Name that people see
    #[arg(long)]
    name: Option<String>,
    /// E-mail address; it counts as verified
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of asking
    #[arg(long)]
    password_stdin: bool,
}

/// Makes an account that sees every kost and the whole task queue. On a terminal
/// it asks again for what is wrong.
pub async fn create_superuser(app: App, given: CreateSuperuser) -> anyhow::Result<()> {
    let new = parse_superuser(given)?;
    let hash = app.passwords.hash(new.password.clone()).await?;
    let mut tx = app.db.begin().await?;
    let account = match accounts::store::insert(&mut tx, &new, &hash, true).await {
        Ok(account) => account,
        Err(error) if error.constraint() == Some("account_username_key") => {
            bail!("the username {} is taken", new.username)
        }
        Err(error) => return Err(error.into()),
    };
    // Whoever has the console needs no proof of the address.
    if let Some(email) = &new.email {
        match accounts::store::verify_email(&mut tx, account, email).await {
            Ok(()) => {}
            Err(error) if error.constraint() == Some("account_email_key") => {
                bail!("the e-mail address {email} has an account already")
            }
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    println!("{} can log in now, on the page /login of this installation.", new.username);
    Ok(())
}

fn parse_superuser(given: CreateSuperuser) -> anyhow::Result<NewAccount> {
    let is_asking = !given.password_stdin;
    if is_asking && !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask on: give --username and --password-stdin");
    }
    let answer = |given: Option<String>, question: &str, otherwise: &str| match given {
        Some(given) => Ok(given),
        None if is_asking => ask(question),
        None => Ok(otherwise.to_owned()),
    };
    let mut form = Form::default();
    form.set("username", answer(given.username, "Username", "")?);
    form.set("name", answer(given.name, "Name", form.value("username"))?);
    form.set("email", answer(given.email, "E-mail (may stay empty)", "")?);
    let password = if is_asking { ask_password()? } else { read_line()? };
    set_password(&mut form, password);
    loop {
        let errors = match NewAccount::parse(&form, Language::Id) {
            Ok(new) => return Ok(new),
            Err(errors) => errors,
        };
        for (field, problem) in errors.iter() {
            let wrong = format!("{field}: {}", problem.word(Words::new(Language::En)));
            match *field {
                _ if !is_asking => bail!(wrong),
                "password" | "password_again" => {
                    println!("{wrong}");
                    set_password(&mut form, ask_password()?);
                }
                field => {
                    println!("{wrong}");
                    form.set(field, ask(field)?);
                }
            }
        }
    }
}

fn set_password(form: &mut Form, password: String) {
    form.set("password", password.as_str());
    form.set("password_again", password);
}

fn ask_password() -> anyhow::Result<String> {
    Ok(rpassword::prompt_password("Password: ")?)
}

/// Whose password is to be chosen anew.
#[derive(Args, Debug)]
pub struct ResetLink {
    /// Name that they log in with
    username: String,
}

/// Prints a one-time link with which somebody chooses a new password: for who has
/// no e-mail address. Whoever has the console hands it over.
pub async fn reset_link(app: App, given: ResetLink) -> anyhow::Result<()> {
    let username = Login::Username(given.username.trim().to_lowercase());
    let Some((id, _)) = accounts::store::log_in_candidates(&app.db, &username).await?.pop() else {
        bail!("nobody has the username {}", given.username)
    };
    let mut tx = app.db.begin().await?;
    let account = accounts::store::get(&mut tx, id).await?.context("the account is gone")?;
    let email = account.email.as_deref().unwrap_or("");
    let now = tx.now();
    let token = link::create(&mut tx, LinkKind::ResetPassword, id, email, now).await?;
    tx.commit().await?;
    println!("{} can choose a new password here, once, within an hour:", account.name);
    println!("  {}", app.url(&format!("/reset/{token}")));
    Ok(())
}

fn ask(question: &str) -> anyhow::Result<String> {
    print!("{question}: ");
    std::io::stdout().flush()?;
    read_line()
}

fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("standard input ended before an answer");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
