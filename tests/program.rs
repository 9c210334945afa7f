//! The program as its operator starts it: what it leaves on the disk, the
//! sentence it ends with when something cannot be used, and how it ends.

use std::io::{BufRead, BufReader, ErrorKind, Lines, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use db::{Clock, Db};
use kostticket::server;
use rustix::process::{Pid, Signal, kill_process};

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kostticket"));
    command.args(["--data", data.to_str().unwrap()]);
    for name in ["DATABASE_URL", "SMTP_URL", "KOSTTICKET_BASE_URL"] {
        command.env_remove(name);
    }
    command
}

fn kostticket(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).output().unwrap()
}

/// Makes “ada”, who runs the installation, without a terminal.
fn create_superuser(data: &Path) -> Output {
    let mut making = command(data)
        .args(["createsuperuser", "--username", "ada", "--name", "Ada"])
        .args(["--email", "ada@example.com", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    making.stdin.take().unwrap().write_all(b"kursi biru hujan\n").unwrap();
    making.wait_with_output().unwrap()
}

/// The program while it serves; killed if it has not ended with its test.
struct Served {
    child: Child,
    address: SocketAddr,
    /// A program that cannot say any more what it has to say would end.
    _says: Lines<BufReader<ChildStdout>>,
}

impl Served {
    fn start(data: &Path, arguments: &[&str]) -> Served {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = command(data)
            .args(["--listen", &address.to_string()])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(says.any(|line| line.unwrap().contains("is ready")));
        Served { child, address, _says: says }
    }

    /// Begins a form: its head, of which more may follow.
    fn begin(&self, path: &str, length: usize, header: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{header}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    /// Posts a form and gives the answer, headers and all.
    fn post(&self, path: &str, form: &str) -> String {
        let mut stream = self.begin(path, form.len(), "");
        stream.write_all(form.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tries until there is something, for so long at most.
fn within<T>(time: Duration, mut attempt: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + time;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < end, "not within {time:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
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
        (
            &["copy", "--from", "sqlite:nowhere/kost.db"],
            "there is no database sqlite:nowhere/kost.db",
        ),
        (&["copy", "--from", "mysql://kost"], "a database URL starts with"),
    ] {
        let output = kostticket(folder.path(), arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && words.contains(sentence), "{arguments:?}: {words}");
    }
}

#[test]
fn a_demo_whose_port_is_taken_says_so_before_it_makes_up_half_a_year() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = kostticket(folder.path(), &["--listen", &address, "demo"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("another program listens on"), "{words}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn what_a_newer_version_left_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(kostticket(folder.path(), &["migrate"]).status.success());
    let file = folder.path().join("kostticket.db");
    let db = Db::open(&format!("sqlite:{}", file.display()), Clock::system()).unwrap();
    let mut tx = db.begin().await.unwrap();
    let future = "INSERT INTO migration (name, applied_at) VALUES ('9999_future', 0)";
    db::query(future).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    for arguments in [&["migrate"][..], &["reset-link", "ada"]] {
        let output = kostticket(folder.path(), arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("newer version") && words.contains("9999_future"), "{words}");
    }
}

#[test]
fn a_superuser_is_made_without_a_terminal_and_can_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let made = create_superuser(folder.path());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8_lossy(&made.stdout).starts_with("ada can log in now"));
    let served = Served::start(folder.path(), &[]);
    for (login, password, status) in [
        ("ada", "kursi+biru+hujan", "303"),
        ("ada%40example.com", "kursi+biru+hujan", "303"),
        ("ada", "kursi+merah", "422"),
    ] {
        let answer = served.post("/login", &format!("login={login}&password={password}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{login}: {answer}");
        assert_eq!(answer.contains("set-cookie: kt_session="), status == "303", "{answer}");
    }
}

#[test]
fn it_ends_in_time_whatever_is_going_on() {
    let folder = tempfile::tempdir().unwrap();
    assert!(create_superuser(folder.path()).status.success());
    let mails = TcpListener::bind("127.0.0.1:0").unwrap();
    mails.set_nonblocking(true).unwrap();
    let url = format!("smtp://{}", mails.local_addr().unwrap());
    let mut served = Served::start(folder.path(), &["--smtp-url", &url]);

    // A task that waits for a mail server which never says a word.
    served.post("/forgot", "login=ada%40example.com");
    let _silent = within(Duration::from_secs(30), || match mails.accept() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        accepted => Some(accepted.unwrap()),
    });
    // A request whose form does not come; the program says that it waits for it.
    let mut slow = served.begin("/login", 900, "Expect: 100-continue\r\n");
    let mut said = [0; 12];
    slow.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"HTTP/1.1 100");

    kill_process(Pid::from_child(&served.child), Signal::TERM).unwrap();
    let time = server::GRACE + Duration::from_secs(2);
    let status = within(time, || served.child.try_wait().unwrap());
    assert!(status.success(), "{status}");
}
