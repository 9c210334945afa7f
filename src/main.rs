//! The commands of the program `kostticket`.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use db::Clock;
use kostticket::config::{Config, Flags};
use kostticket::{App, commands, copy};
use mimalloc::MiMalloc;
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// A page is hundreds of small pieces of memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Residents of a kost report problems; its owner, manager and caretaker handle them.
#[derive(Parser)]
#[command(name = "kostticket", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and run the tasks (what happens without a command)
    Serve,
    /// Run tasks only, beside a server
    Work,
    /// Bring the database to this program's state, and stop
    Migrate,
    /// Copy everything into another database, such as from SQLite to PostgreSQL
    Copy(copy::Journey),
    /// Try it: a lively kost on a throw-away data folder
    Demo,
    /// Make an account that runs the installation
    Createsuperuser(commands::CreateSuperuser),
    /// Print a link with which somebody without e-mail chooses a new password
    ResetLink(commands::ResetLink),
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,tokio_postgres=warn".into()),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let cli = parse();
    settle_in();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    let ended = runtime.block_on(run(cli));
    // A photo that is being looked at is waited for no longer than that.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

/// The command line. A variable that is set to nothing, as container files leave
/// them, is as good as none.
fn parse() -> Cli {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = Cli::command().mut_args(|arg| match arg.get_env() {
        Some(name) if is_empty(name) => arg.env(None::<&str>),
        _ => arg,
    });
    let parsed = Cli::from_arg_matches(&command.get_matches());
    parsed.unwrap_or_else(|error| error.exit())
}

/// What the machine gives the program, and what the program leaves to others on it.
fn settle_in() {
    // Kept mails hold links that open accounts, the database hashes of passwords.
    umask(Mode::RWXG | Mode::RWXO);
    // Every open page is a connection, and few are allowed to begin with.
    let files = getrlimit(Resource::Nofile);
    let more = Rlimit { current: files.maximum, ..files };
    if let Err(error) = setrlimit(Resource::Nofile, more) {
        tracing::warn!(%error, "no more than {:?} files may be open at once", files.current);
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::new(cli.flags)?;
    let open = || App::open(config.clone(), Clock::system());
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve(open().await?).await,
        Command::Work => commands::work(open().await?).await,
        Command::Migrate => {
            open().await?;
            println!("The database is up to date.");
            Ok(())
        }
        Command::Copy(journey) => copy::copy(&config, Clock::system(), journey).await,
        // It opens a folder of its own.
        Command::Demo => commands::demo(config).await,
        Command::Createsuperuser(arguments) => {
            commands::create_superuser(open().await?, arguments).await
        }
        Command::ResetLink(arguments) => commands::reset_link(open().await?, arguments).await,
    }
}

fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("kostticket: {error:#}");
    ExitCode::FAILURE
}
