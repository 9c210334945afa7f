//! The program as its operator starts it: what it leaves on the disk, and the
//! sentence it ends with when something cannot be used.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn kostticket(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kostticket"))
        .args(["--data", data.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn what_it_keeps_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(kostticket(&data, &["migrate"]).status.success());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("kostticket.db")), 0o600);
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, sentence) in [
        (&["--base-url", "https://budi@kost.example", "migrate"][..], "--base-url wants"),
        (&["--mail-from", "a@b@c", "migrate"], "--mail-from wants"),
        (&["--smtp-url", "foo", "migrate"], "--smtp-url"),
        (&["--listen", "192.0.2.1:8000"], "cannot listen on 192.0.2.1:8000"),
        (&["createsuperuser"], "there is no terminal to ask on"),
        (&["reset-link", "joko"], "nobody has the username joko"),
    ] {
        let output = kostticket(folder.path(), arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && words.contains(sentence), "{arguments:?}: {words}");
    }
}
