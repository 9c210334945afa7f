//! One person who can log in, and what a name, an address and a number may be.

use crate::accounts::parse_password;
use crate::activity::ActivityKind;
use crate::web::{FieldErrors, Form, Problem, Signature};
use crate::words::{Language, Words};

impl db::FromValue for Language {
    fn from_value(value: db::ValueRef<'_>) -> Result<Language, db::Mismatch> {
        match value {
            db::ValueRef::Text(tag) => {
                Language::parse(tag).ok_or_else(|| db::Mismatch::new("a language", tag))
            }
            other => Err(db::Mismatch::new("a language", format!("{other:?}"))),
        }
    }
}

impl From<Language> for db::Value {
    fn from(language: Language) -> db::Value {
        db::Value::from(language.as_str())
    }
}

db::id! {
    /// One account.
    pub struct AccountId;
}

db::text_enum! {
    /// A colour scheme that somebody chose; without one the device decides.
    pub enum Theme { Light = "light", Dark = "dark" }
}

db::text_enum! {
    /// The kinds of events whose e-mails can be switched off one by one.
    pub enum MailKind {
        Opened = "opened",
        Assigned = "assigned",
        Status = "status",
        Comment = "comment",
        Note = "note",
        Confirmed = "confirmed",
    }
}

impl MailKind {
    /// The kind of e-mail that an activity is.
    pub fn of(activity: ActivityKind) -> MailKind {
        match activity {
            ActivityKind::Opened => MailKind::Opened,
            ActivityKind::Assigned => MailKind::Assigned,
            ActivityKind::Commented => MailKind::Comment,
            ActivityKind::Noted => MailKind::Note,
            ActivityKind::Confirmed => MailKind::Confirmed,
            ActivityKind::StatusChanged
            | ActivityKind::PriorityChanged
            | ActivityKind::Returned
            | ActivityKind::Reminded
            | ActivityKind::ClosedBySilence => MailKind::Status,
        }
    }

    /// What it tells of, within a sentence.
    pub fn inline(self, t: Words) -> &'static str {
        match self {
            MailKind::Opened => t.mail_kind_opened(),
            MailKind::Assigned => t.mail_kind_assigned(),
            MailKind::Status => t.mail_kind_status(),
            MailKind::Comment => t.mail_kind_comment(),
            MailKind::Note => t.mail_kind_note(),
            MailKind::Confirmed => t.mail_kind_confirmed(),
        }
    }
}

db::row! {
    /// One person who can log in.
    #[derive(Debug, Clone)]
    pub struct Account {
        pub id: AccountId,
        pub username: String,
        pub name: String,
        /// Verified: the link sent to it was opened.
        pub email: Option<String>,
        /// Given, but its link was not opened yet.
        pub pending_email: Option<String>,
        pub phone: Option<String>,
        pub language: Language,
        pub theme: Option<Theme>,
        /// Sees every kost and the whole task queue.
        pub is_admin: bool,
        /// Notifications that were not read.
        pub unread: i64,
        mail_off: String,
        pub unsubscribe_token: String,
    }
}

impl Account {
    /// The columns of [`Account`], for statements.
    pub const COLUMNS: &'static str = "account.id, account.username, account.name, account.email, \
        account.pending_email, account.phone, account.language, account.theme, account.is_admin, \
        account.unread, account.mail_off, account.unsubscribe_token";

    /// Whether e-mails of this kind are wanted and can be sent.
    pub fn mail_address_for(&self, kind: MailKind) -> Option<&str> {
        self.email.as_deref().filter(|_| self.wants_mail(kind))
    }

    /// Whether e-mails of this kind were not switched off.
    pub fn wants_mail(&self, kind: MailKind) -> bool {
        !self.mail_off.split(' ').any(|off| off == kind.as_str())
    }

    /// How the person is shown on a page.
    pub fn signature(&self, role: Option<&'static str>) -> Signature {
        Signature::new(self.id.get(), &self.name, role)
    }
}

/// What somebody typed to get an account, checked.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub password: String,
    pub language: Language,
}

impl NewAccount {
    /// Longest display name, in characters.
    pub const NAME: usize = 60;

    /// Checks a registration or set-up form
    /// [username, name, email, phone, password, password_again].
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn parse(form: &Form, language: Language) -> Result<NewAccount, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", form.required("name", Self::NAME));
        let username = errors.take("username", parse_username(form.text("username")));
        let email = errors.take("email", optional(form.text("email"), parse_email));
        let phone = errors.take("phone", optional(form.text("phone"), parse_phone));
        let password =
            errors.take("password", parse_password(form.value("password"), form.text("username")));
        if form.value("password") != form.value("password_again") {
            errors.add("password_again", Problem::PasswordsDiffer);
        }
        match (username, name, email, phone, password) {
            (Some(username), Some(name), Some(email), Some(phone), Some(password))
                if errors.is_empty() =>
            {
                Ok(NewAccount { username, name, email, phone, password, language })
            }
            _ => Err(errors),
        }
    }
}

/// What somebody typed to say who they are. Names with an @ are addresses, and
/// what looks like a telephone number is one: a username never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    Username(String),
    Email(String),
    /// As +62…; unverified, therefore not unique.
    Phone(String),
}

impl Login {
    /// How many accounts may share a telephone number and still log in by it.
    pub const MOST: usize = 3;

    /// What is meant by this text, in the form in which it is stored.
    pub fn parse(text: &str) -> Login {
        // No name has a NUL, and no database keeps one.
        let text = text.replace('\0', "").trim().to_lowercase();
        match parse_phone(&text) {
            Ok(phone) => Login::Phone(phone),
            Err(_) if text.contains('@') => Login::Email(text),
            Err(_) => Login::Username(text),
        }
    }

    /// The form in which it is stored; rate limits count by it.
    pub fn as_str(&self) -> &str {
        match self {
            Login::Username(text) | Login::Email(text) | Login::Phone(text) => text,
        }
    }

    /// How many hashes a log-in compares, whether or not anybody has the name:
    /// the time it takes must not tell.
    pub fn comparisons(&self) -> usize {
        if matches!(self, Login::Phone(_)) { Login::MOST } else { 1 }
    }
}

/// Nothing typed is fine; something typed must parse.
pub fn optional<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A username: 3 to 30 letters, digits, dots, dashes or underscores, in lower case.
/// It never looks like an e-mail address or a telephone number, since people
/// log in by any of the three.
pub fn parse_username(text: &str) -> Result<String, Problem> {
    let username = text.to_lowercase();
    match username.chars().count() {
        0 => return Err(Problem::Required),
        1..3 => return Err(Problem::TooShort(3)),
        3..=30 => {}
        length => return Err(Problem::TooLong(length - 30)),
    }
    let allowed =
        username.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let has_letter = username.chars().any(|c| c.is_ascii_alphabetic());
    if allowed && has_letter { Ok(username) } else { Err(Problem::NotAUsername) }
}

/// An e-mail address in lower case: something, @, a domain with a dot. Whether
/// it exists only its link tells.
pub fn parse_email(text: &str) -> Result<String, Problem> {
    let email = text.to_lowercase();
    let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.len())
            && domain.contains('.')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && local
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
    });
    match well_formed {
        _ if email.len() > 254 => Err(Problem::TooLong(email.len() - 254)),
        true => Ok(email),
        false => Err(Problem::NotAnEmail),
    }
}

/// A telephone number as +62…: Indonesian ones may begin with 0, 62 or 8.
pub fn parse_phone(text: &str) -> Result<String, Problem> {
    let plain =
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect::<String>();
    let international = match plain.as_bytes() {
        [b'+', ..] => plain,
        [b'0', b'0', ..] => format!("+{}", &plain[2..]),
        [b'0', ..] => format!("+62{}", &plain[1..]),
        [b'6', b'2', ..] => format!("+{plain}"),
        [b'8', ..] => format!("+62{plain}"),
        _ => return Err(Problem::NotAPhoneNumber),
    };
    let digits = &international[1..];
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(international) } else { Err(Problem::NotAPhoneNumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_lower_case_and_never_look_like_a_number() {
        assert_eq!(parse_username("Rani.P"), Ok("rani.p".to_owned()));
        assert_eq!(parse_username("081234567"), Err(Problem::NotAUsername));
        assert_eq!(parse_username("rani@kost"), Err(Problem::NotAUsername));
        assert_eq!(parse_username("ra"), Err(Problem::TooShort(3)));
        assert_eq!(parse_username(&"r".repeat(31)), Err(Problem::TooLong(1)));
    }

    #[test]
    fn emails_need_a_domain_with_a_dot() {
        assert_eq!(parse_email("Rani@Example.com"), Ok("rani@example.com".to_owned()));
        for wrong in [
            "rani",
            "rani@",
            "@example.com",
            "rani@example",
            "rani@a..com",
            "ra ni@example.com",
            "a@b.com\r\nBcc: c@d.com",
        ] {
            assert_eq!(parse_email(wrong), Err(Problem::NotAnEmail), "{wrong}");
        }
    }

    #[test]
    fn phone_numbers_become_international() {
        for same in [
            "0812-3456-7890",
            "+62 812 3456 7890",
            "6281234567890",
            "81234567890",
            "006281234567890",
        ] {
            assert_eq!(parse_phone(same), Ok("+6281234567890".to_owned()), "{same}");
        }
        assert_eq!(parse_phone("12"), Err(Problem::NotAPhoneNumber));
        assert_eq!(parse_phone("0812x"), Err(Problem::NotAPhoneNumber));
    }
}
