//! The program is MIT: everything that goes into it must allow that.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Licences whose code may be part of an MIT program that is given away as a binary.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "IJG",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Fails with the packages whose licence is not one that we may use, or that
/// come from elsewhere than crates.io.
pub fn check() -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let refused: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| !is_fine(package))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    ensure!(refused.is_empty(), "licence or origin not allowed:\n{}", refused.join("\n"));
    Ok(())
}

fn is_fine(package: &Package) -> bool {
    match (&package.source, &package.license) {
        (None, _) => true, // ours
        (Some(source), Some(licence)) => source.contains("crates.io") && is_allowed(licence),
        (Some(_), None) => false,
    }
}

/// Every part joined by AND needs one allowed choice among those joined by OR.
/// (The old slash means OR; parentheses only ever group ORs in what we use.)
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], " ");
    plain
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_choice_is_enough_but_every_part_counts() {
        assert!(is_allowed("MIT OR GPL-3.0"));
        assert!(is_allowed("MIT/Apache-2.0"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("MIT AND GPL-3.0"));
        assert!(!is_allowed("GPL-3.0"));
    }
}
