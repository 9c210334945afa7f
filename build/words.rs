//! Turns `locales/` into Rust, so that a text that is missing in one language
//! is a build error and never something that a person reads.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "words/generate.rs"]
mod generate;
#[path = "words/text.rs"]
mod text;

use generate::File;

/// Leaves `words.rs` in `OUT_DIR`: one method of `Words` for each key. Ends
/// the build with one sentence for each thing that is wrong in the texts.
pub fn build() {
    println!("cargo::rerun-if-changed=locales");
    let sentences = match try_build() {
        Ok(sentences) => sentences,
        Err(error) => vec![format!("the texts in locales/ could not be read: {error}")],
    };
    if sentences.is_empty() {
        return;
    }
    for sentence in sentences {
        println!("cargo::error={sentence}");
    }
    std::process::exit(1);
}

/// What is wrong in the texts; nothing if `words.rs` was written.
fn try_build() -> io::Result<Vec<String>> {
    let locales = PathBuf::from("locales");
    let indonesian = read(&locales.join("id"))?;
    let english = read(&locales.join("en"))?;
    match generate::generate(&indonesian, &english) {
        Ok(code) => {
            let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
            fs::write(Path::new(&out).join("words.rs"), code)?;
            Ok(Vec::new())
        }
        Err(sentences) => Ok(sentences),
    }
}

fn read(folder: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(File { path: path.display().to_string(), text: fs::read_to_string(&path)? });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}
