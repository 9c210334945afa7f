//! The rules by which the scripted server answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

/// A moment of the conversation at which a rule can apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first line, before the client says anything.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH, all of it.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The content, after its last dot.
    Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Reply(String),
    HangUp,
    /// Takes the message and hangs up before saying so.
    TakeAndHangUp,
}

#[derive(Debug, Clone)]
struct Rule {
    step: Step,
    recipient: Option<String>,
    after: Duration,
    action: Option<Action>,
    left: Option<usize>,
    /// It applies to every so many-th time only, and was met so often.
    every: (usize, usize),
}

/// How the server answers. Rules are tried in the order in which they were added; the first
/// that fits counts. Without one, the answer is friendly.
#[derive(Clone, Default)]
pub struct Behaviour {
    rules: Vec<Rule>,
    pub(crate) login: Option<(String, String)>,
    pub(crate) mechanisms: Option<String>,
    pub(crate) starttls: Option<Arc<ServerConfig>>,
    pub(crate) implicit_tls: Option<Arc<ServerConfig>>,
}

impl Behaviour {
    /// Takes every message from everybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `step` with `reply`, for instance `451 4.3.0 try again later`.
    #[must_use]
    pub fn reply(self, step: Step, reply: &str) -> Self {
        self.rule(step, Duration::ZERO, Some(Action::Reply(reply.to_owned())))
    }

    /// Answers RCPT TO for this address only.
    #[must_use]
    pub fn reply_for(self, recipient: &str, reply: &str) -> Self {
        let mut with = self.reply(Step::Recipient, reply);
        if let Some(rule) = with.rules.last_mut() {
            rule.recipient = Some(recipient.to_ascii_lowercase());
        }
        with
    }

    /// Hangs up instead of answering `step`.
    #[must_use]
    pub fn hang_up(self, step: Step) -> Self {
        self.rule(step, Duration::ZERO, Some(Action::HangUp))
    }

    /// Takes the message but hangs up before the client hears of it.
    #[must_use]
    pub fn take_and_hang_up(self) -> Self {
        self.rule(Step::Content, Duration::ZERO, Some(Action::TakeAndHangUp))
    }

    /// Thinks for `time` before it answers `step` in a friendly way.
    #[must_use]
    pub fn slow(self, step: Step, time: Duration) -> Self {
        self.rule(step, time, None)
    }

    /// The rule added last applies to the first `count` times only.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        if let Some(rule) = self.rules.last_mut() {
            rule.left = Some(count);
        }
        self
    }

    /// The rule added last applies to every `count`-th time only.
    #[must_use]
    pub fn every(mut self, count: usize) -> Self {
        if let Some(rule) = self.rules.last_mut() {
            rule.every = (count.max(1), 0);
        }
        self
    }

    /// Only this user with this password may send.
    #[must_use]
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Offers these log-in mechanisms instead of `PLAIN LOGIN`.
    #[must_use]
    pub fn mechanisms(mut self, mechanisms: &str) -> Self {
        self.mechanisms = Some(mechanisms.to_owned());
        self
    }

    /// Offers STARTTLS, and a log-in only after it.
    #[must_use]
    pub fn starttls(mut self, config: Arc<ServerConfig>) -> Self {
        self.starttls = Some(config);
        self
    }

    /// Speaks TLS from the first byte.
    #[must_use]
    pub fn implicit_tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.implicit_tls = Some(config);
        self
    }

    fn rule(mut self, step: Step, after: Duration, action: Option<Action>) -> Self {
        let every = (1, 0);
        self.rules.push(Rule { step, recipient: None, after, action, left: None, every });
        self
    }

    /// What to do now, and after how long; uses up a rule that is counted.
    pub(crate) fn next(&mut self, step: Step, recipient: &str) -> (Duration, Option<Action>) {
        let recipient = recipient.to_ascii_lowercase();
        let fitting = self.rules.iter_mut().filter(|rule| {
            rule.step == step
                && rule.left != Some(0)
                && rule.recipient.as_ref().is_none_or(|wanted| *wanted == recipient)
        });
        let next = fitting.map(|rule| (rule.is_its_time(), rule)).find(|(is_time, _)| *is_time);
        let Some((_, rule)) = next else { return (Duration::ZERO, None) };
        rule.left = rule.left.map(|left| left - 1);
        (rule.after, rule.action.clone())
    }
}

impl Rule {
    /// Counts that it was met.
    fn is_its_time(&mut self) -> bool {
        let (count, met) = &mut self.every;
        *met += 1;
        met.is_multiple_of(*count)
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("rules", &self.rules).finish_non_exhaustive()
    }
}
