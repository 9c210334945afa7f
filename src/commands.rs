//! What the commands do once the application is open.

use std::io::{BufRead, Write};

use anyhow::{Context, bail};
use clap::Args;
use db::Clock;
use live::Cut;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::accounts::{self, NewAccount};
use crate::config::Config;
use crate::notifications;
use crate::server::Manners;
use crate::web::Form;
use crate::words::{Language, Words};
use crate::{App, router, server, workers};

/// Serves pages and runs tasks until the program is asked to stop.
pub async fn serve(app: App) -> anyhow::Result<()> {
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "cannot listen on {listen}; another program may use it (try --listen 127.0.0.1:8001)"
        )
    })?;
    let (stop, stopped) = watch::channel(false);
    let workers = workers::start(&app);
    let bridge = tokio::spawn(notifications::live::bridge(app.clone()));
    println!("KostTicket is ready: {}", app.config.base_url);
    if let Some(url) = crate::accounts::setup_url(&app).await? {
        println!("Nobody has an account yet. Set up your kost here, once:\n  {url}");
    }
    let manners = Manners::behind(app.config.trusted_proxies.clone());
    let serving =
        tokio::spawn(server::serve(listener, router::router(app.clone()), manners, stopped));
    asked_to_stop().await?;
    app.hub.stop(Cut { code: 1012, reason: "restart" });
    stop.send_replace(true);
    serving.await?;
    workers.stop(server::GRACE).await;
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
    let clock = Clock::system();
    println!("Preparing the demo: half a year in Kost Melati …");
    for login in crate::demo::seed(config.clone(), clock.now()).await? {
        println!("{} {} {}", login.role, login.username, crate::demo::PASSWORD);
    }
    let result = serve(App::open(config, clock).await?).await;
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

/// Makes an account that sees every kost and the whole task queue.
pub async fn create_superuser(app: App, given: CreateSuperuser) -> anyhow::Result<()> {
    let username = given.username.map_or_else(|| ask("Username"), Ok)?;
    let name = match given.name {
        Some(name) => name,
        None if given.password_stdin => username.clone(),
        None => ask("Name")?,
    };
    let email = match given.email {
        Some(email) => email,
        None if given.password_stdin => String::new(),
        None => ask("E-mail (may stay empty)")?,
    };
    let password =
        if given.password_stdin { read_line()? } else { rpassword::prompt_password("Password: ")? };
    let form = Form::of([
        ("username", &username),
        ("name", &name),
        ("email", &email),
        ("password", &password),
        ("password_again", &password),
    ]);
    let t = Words::new(Language::En);
    let new = NewAccount::parse(&form, Language::Id).map_err(|errors| {
        let lines = errors
            .iter()
            .map(|(field, problem)| format!("{field}: {}", problem.word(t)))
            .collect::<Vec<_>>();
        anyhow::anyhow!(lines.join("\n"))
    })?;
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
        accounts::store::verify_email(&mut tx, account, email)
            .await
            .context("that e-mail address has an account already")?;
    }
    tx.commit().await?;
    println!("{} can log in now: {}", new.username, app.url("/login"));
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
