//! One connection of the scripted server.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::behaviour::{Action, Step};
use super::{Received, State, lock};

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

struct Session {
    state: Arc<State>,
    stream: BufReader<Box<dyn Io>>,
    encrypted: bool,
    login: Option<String>,
    from: String,
    to: Vec<String>,
}

/// Ends the conversation; what was said last has been said.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Over
    }
}

type Turn<T = ()> = Result<T, Over>;

pub(super) async fn serve(stream: TcpStream, state: Arc<State>) {
    let implicit = lock(&state.behaviour).implicit_tls.clone();
    let encrypted = implicit.is_some();
    let stream: Box<dyn Io> = match implicit {
        None => Box::new(stream),
        Some(config) => match TlsAcceptor::from(config).accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
    };
    let (from, to, login) = (String::new(), Vec::new(), None);
    let stream = BufReader::new(stream);
    let mut session = Session { state, stream, encrypted, login, from, to };
    // Over is how every conversation ends.
    let _ = session.talk().await;
}

impl Session {
    async fn talk(&mut self) -> Turn {
        self.answer(Step::Greeting, "", "220 localhost ESMTP, scripted").await?;
        loop {
            let line = self.line().await?;
            let upper = line.to_ascii_uppercase();
            match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" | "HELO" => self.hello().await?,
                "STARTTLS" => self.starttls().await?,
                "AUTH" => self.auth(line.get(5..).unwrap_or_default()).await?,
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    (self.from, self.to) = (String::new(), Vec::new());
                    self.say("250 2.0.0 forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 still here").await?,
                "QUIT" => return self.say("221 2.0.0 bye").await,
                _ => self.say("500 5.5.2 what?").await?,
            }
        }
    }

    async fn hello(&mut self) -> Turn {
        let (login, mechanisms, starttls) = {
            let behaviour = lock(&self.state.behaviour);
            let mechanisms = behaviour.mechanisms.clone().unwrap_or("PLAIN LOGIN".to_owned());
            (behaviour.login.is_some(), mechanisms, behaviour.starttls.is_some())
        };
        let mut reply = "250-localhost\r\n250-8BITMIME\r\n".to_owned();
        if starttls && !self.encrypted {
            reply.push_str("250-STARTTLS\r\n");
        }
        if login && (!starttls || self.encrypted) {
            reply.push_str(&format!("250-AUTH {mechanisms}\r\n"));
        }
        reply.push_str("250 ENHANCEDSTATUSCODES");
        self.answer(Step::Hello, "", &reply).await.map(drop)
    }

    async fn starttls(&mut self) -> Turn {
        let Some(config) = lock(&self.state.behaviour).starttls.clone() else {
            return self.say("502 5.5.1 no").await;
        };
        if !self.answer(Step::StartTls, "", "220 2.0.0 go ahead").await? {
            return Ok(());
        }
        let nothing: Box<dyn Io> = Box::new(tokio::io::empty());
        let plain = std::mem::replace(&mut self.stream, BufReader::new(nothing)).into_inner();
        let encrypted = TlsAcceptor::from(config).accept(plain).await?;
        self.stream = BufReader::new(Box::new(encrypted));
        self.encrypted = true;
        Ok(())
    }

    async fn auth(&mut self, arguments: &str) -> Turn {
        let given = match arguments.split_once(' ') {
            Some(("PLAIN", answer)) => answer.to_owned(),
            None if arguments == "LOGIN" => {
                self.say("334 VXNlcm5hbWU6").await?;
                let user = self.line().await?;
                self.say("334 UGFzc3dvcmQ6").await?;
                format!("{user} {}", self.line().await?)
            }
            _ => return self.say("504 5.5.4 unknown mechanism").await,
        };
        let wanted = lock(&self.state.behaviour).login.clone();
        let Some((user, password)) = wanted else {
            return self.say("502 5.5.1 no log-in here").await;
        };
        let plain = base64(format!("\0{user}\0{password}").as_bytes());
        let login = format!("{} {}", base64(user.as_bytes()), base64(password.as_bytes()));
        if given != plain && given != login {
            return self.say("535 5.7.8 Username and password not accepted").await;
        }
        if self.answer(Step::Login, "", "235 2.7.0 welcome").await? {
            self.login = Some(user);
        }
        Ok(())
    }

    async fn mail(&mut self, line: &str) -> Turn {
        if lock(&self.state.behaviour).login.is_some() && self.login.is_none() {
            return self.say("530 5.7.0 Authentication required").await;
        }
        if self.answer(Step::Sender, "", "250 2.1.0 sender ok").await? {
            self.from = path(line);
        }
        Ok(())
    }

    async fn rcpt(&mut self, line: &str) -> Turn {
        let recipient = path(line);
        if self.answer(Step::Recipient, &recipient, "250 2.1.5 recipient ok").await? {
            self.to.push(recipient);
        }
        Ok(())
    }

    async fn data(&mut self) -> Turn {
        if self.to.is_empty() {
            return self.say("503 5.5.1 no recipients").await;
        }
        if !self.answer(Step::Data, "", "354 go ahead").await? {
            return Ok(());
        }
        let mut content = String::new();
        loop {
            let line = self.raw_line().await?;
            if line == "." {
                break;
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        self.take(content).await
    }

    async fn take(&mut self, content: String) -> Turn {
        let (from, to) = (std::mem::take(&mut self.from), std::mem::take(&mut self.to));
        let (login, encrypted) = (self.login.clone(), self.encrypted);
        let message = Received { from, to, content, login, encrypted };
        let (after, action) = lock(&self.state.behaviour).next(Step::Content, "");
        tokio::time::sleep(after).await;
        match action {
            Some(Action::HangUp) => return Err(Over),
            Some(Action::Reply(reply)) if !reply.starts_with('2') => return self.say(&reply).await,
            _ => {}
        }
        let number = {
            let mut received = lock(&self.state.received);
            received.push(message);
            received.len()
        };
        match action {
            Some(Action::TakeAndHangUp) => Err(Over),
            Some(Action::Reply(reply)) => self.say(&reply).await,
            _ => self.say(&format!("250 2.0.0 taken as {number}")).await,
        }
    }

    /// Answers as the rules want, or with `friendly`. Says whether the client may go on.
    async fn answer(&mut self, step: Step, recipient: &str, friendly: &str) -> Turn<bool> {
        let (after, action) = lock(&self.state.behaviour).next(step, recipient);
        tokio::time::sleep(after).await;
        match action {
            None => self.say(friendly).await.map(|()| true),
            Some(Action::Reply(reply)) => {
                let goes_on = reply.starts_with(['2', '3']);
                self.say(&reply).await.map(|()| goes_on)
            }
            Some(Action::HangUp | Action::TakeAndHangUp) => Err(Over),
        }
    }

    async fn say(&mut self, reply: &str) -> Turn {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(stream.flush().await?)
    }

    async fn line(&mut self) -> Turn<String> {
        let line = self.raw_line().await?;
        if !self.encrypted {
            lock(&self.state.overheard).push_str(&format!("{line}\n"));
        }
        Ok(line)
    }

    async fn raw_line(&mut self) -> Turn<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        match line.strip_suffix(b"\r\n") {
            Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
            None => Err(Over),
        }
    }
}

fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(path, _)| path.to_owned()).unwrap_or_default()
}

/// RFC 4648; a dozen lines rather than a dependency for the tests alone.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
