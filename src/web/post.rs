//! What a task makes of a mail that was not taken: whether, when and for how
//! long it is tried again.

use std::time::Duration;

use jiff::SignedDuration;
use mail::{ErrorKind, SendError};
use queue::Failure;

/// How long one attempt may take: longer than a mailer that waits for every
/// answer of a slow server, so that it is the mailer that says what was slow.
pub const TIMEOUT: Duration = Duration::from_secs(600);

/// How long a server that takes no mail at all is left alone: at first, and at most.
const PAUSES: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(15), SignedDuration::from_mins(15));

/// The limit of all tasks that send a mail: a server is not hammered, however many
/// nodes there are. Twice as many as one node sends at once: the mails of one whose
/// machine is gone keep their places for as long as their leases last, and those of
/// the others must not wait for that.
pub fn limit() -> Option<(String, i32)> {
    Some(("mail server".to_owned(), 8))
}

/// How a task ends whose mail was not taken, `age` after it was asked for.
/// While the server takes nobody's mail, no attempt is used up; each pause is
/// as long as it has been so far. Older than `most`, the mail is given up.
pub fn failure(error: SendError, age: SignedDuration, most: SignedDuration) -> Failure {
    let meets_every_message = error.meets_every_message();
    let SendError { kind, code, detail } = error;
    if kind == ErrorKind::Permanent || age >= most {
        Failure::fail(code, detail)
    } else if meets_every_message {
        Failure::delayed(code, detail, age.clamp(PAUSES.0, PAUSES.1))
    } else {
        Failure::retry(code, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::limit;

    #[test]
    fn a_node_whose_machine_is_gone_leaves_places_for_the_others() {
        let settings = queue::Settings::default();
        let mail = settings.queues.iter().find(|(queue, _)| queue == "mail").unwrap();
        let (_, limit) = limit().unwrap();
        assert!(usize::try_from(limit).unwrap() >= 2 * mail.1);
    }
}
