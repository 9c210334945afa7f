//! Builds `frontend/` and writes the list of its files as Rust, so that plain
//! `cargo build` is all that anybody has to know. The source tree is only read:
//! packages are installed in a copy inside `OUT_DIR`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A folder that `frontend/build.mjs` has written; given, Node is not needed.
const PREBUILT: &str = "KOSTTICKET_FRONTEND_DIR";
const OLDEST_NODE: u32 = 20;
const SOURCES: [&str; 5] = ["package.json", "package-lock.json", ".npmrc", "build.mjs", "src"];

/// Leaves `assets.rs` in `OUT_DIR`: a constant with the address of each file,
/// and `FILES`, the files themselves. Ends the build with a sentence that says
/// what is missing if it cannot.
pub fn build() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={PREBUILT}");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=frontend/{source}");
    }
    if let Err(error) = try_build() {
        println!("cargo::error={error}");
        std::process::exit(1);
    }
}

fn try_build() -> Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = match env::var_os(PREBUILT) {
        Some(folder) => prebuilt(Path::new(&folder))?,
        None => build_with_node(&out)?,
    };
    fs::write(out.join("assets.rs"), list(&folder)?)?;
    Ok(())
}

fn prebuilt(folder: &Path) -> Result<PathBuf> {
    let folder = fs::canonicalize(folder)
        .map_err(|error| format!("{PREBUILT} ({}): {error}", folder.display()))?;
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(folder)
}

fn build_with_node(out: &Path) -> Result<PathBuf> {
    check_node()?;
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("frontend");
    let copy = out.join("frontend");
    let assets = out.join("assets");
    fs::create_dir_all(&copy)?;
    replace(&source.join("src"), &copy.join("src"))?;
    for file in SOURCES.iter().filter(|name| **name != "src") {
        fs::write(copy.join(file), fs::read(source.join(file))?)?;
    }
    install_packages(&copy)?;
    let mut node = Command::new("node");
    run(node.arg("build.mjs").arg(&assets).current_dir(&copy))?;
    Ok(assets)
}

/// An old Node fails later, in the words of whichever package trips first.
fn check_node() -> Result<()> {
    let version = run(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= OLDEST_NODE) {
        return Ok(());
    }
    let version = version.trim();
    Err(format!(
        "Node {version} is too old to build the front end: it needs {OLDEST_NODE} or newer"
    )
    .into())
}

/// Runs `npm ci`, unless the packages of this very lockfile are there.
fn install_packages(folder: &Path) -> Result<()> {
    let wanted = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    run(npm
        .args(["ci", "--ignore-scripts", "--omit=dev", "--prefer-offline"])
        .args(["--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder))?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// What the command printed; an error says what is missing, or what it complained of.
fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!(
            "`{program}` was not found. Building the front end needs Node {OLDEST_NODE} or newer with npm \
             (https://nodejs.org); or set {PREBUILT} to a folder that \
             `node frontend/build.mjs <folder>` has written on another machine."
        ),
        _ => format!("`{program}` did not start: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    let first = String::from_utf8_lossy(&output.stderr)
        .lines()
        .find(|line| line.to_lowercase().contains("error"))
        .unwrap_or("its output is above")
        .to_owned();
    Err(format!("building the front end failed in `{program}`: {first}").into())
}

/// Makes `to` a copy of the folder `from`, without what was there before.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            replace(&entry.path(), &target)?;
        } else {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// The Rust source that embeds every file of `folder`.
fn list(folder: &Path) -> Result<String> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    let mut constants = String::new();
    let mut files = String::from("static FILES: &[Asset] = &[\n");
    for name in names.iter().filter(|name| !is_compressed(name)) {
        let parts = name.split('.').collect::<Vec<_>>();
        let [stem, _hash, extension] = parts[..] else {
            return Err(format!("{name} is not named like app.1a2b3c4d5e.css").into());
        };
        let constant = format!("{stem}_{extension}").to_uppercase();
        constants += &format!(
            "/// The address of {stem}.{extension}.\npub const {constant}: &str = \"/assets/{name}\";\n"
        );
        let embed = |suffix: &str| {
            let path = folder.join(format!("{name}{suffix}"));
            format!("include_bytes!({:?})", path.display().to_string())
        };
        let optional = |suffix: &str| match names.contains(&format!("{name}{suffix}")) {
            true => format!("Some({})", embed(suffix)),
            false => "None".to_owned(),
        };
        files += &format!(
            "    Asset {{ path: {constant}, media_type: {:?}, plain: {}, brotli: {}, gzip: {} }},\n",
            media_type(extension)?,
            embed(""),
            optional(".br"),
            optional(".gz"),
        );
    }
    Ok(constants + &files + "];\n")
}

fn is_compressed(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| extension == "br" || extension == "gz")
}

fn media_type(extension: &str) -> Result<&'static str> {
    Ok(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        other => return Err(format!("no media type is known for .{other} files").into()),
    })
}
