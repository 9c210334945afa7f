//! Why a task or a mail failed, in words. Codes come from the crates below,
//! which know no language; tickets and the queue page share the sentences.

use super::Words;

impl Words {
    /// The cause that goes with an error code, to follow a colon: “kata sandi
    /// SMTP ditolak”. A code that nobody knows is shown as it is.
    pub fn cause(self, code: &str) -> String {
        let cause = match code {
            "internal" => self.job_error_internal(),
            "database" => self.job_error_database(),
            "timeout" => self.job_error_timeout(),
            "panic" => self.job_error_panic(),
            "worker_lost" => self.job_error_worker_lost(),
            "not_committed" => self.job_error_not_committed(),
            "cancelled" => self.job_error_cancelled(),
            "unknown_type" => self.job_error_unknown_type(),
            "bad_arguments" => self.job_error_bad_arguments(),
            "smtp_auth" => self.job_error_smtp_auth(),
            "smtp_unreachable" => self.job_error_smtp_unreachable(),
            "smtp_timeout" => self.job_error_smtp_timeout(),
            "smtp_tls" => self.job_error_smtp_tls(),
            "smtp_mailbox_unknown" => self.job_error_smtp_mailbox_unknown(),
            "smtp_mailbox_full" => self.job_error_smtp_mailbox_full(),
            "smtp_rejected_content" => self.job_error_smtp_rejected_content(),
            "smtp_rate_limited" => self.job_error_smtp_rate_limited(),
            "smtp_dropped" => self.job_error_smtp_dropped(),
            "smtp_other" => self.job_error_smtp_other(),
            "address_invalid" => self.job_error_address_invalid(),
            "photos" => self.job_error_photos(),
            "folder" => self.job_error_folder(),
            "no_address" => self.job_error_no_address(),
            "mail_off" => self.job_error_mail_off(),
            "no_access" => self.job_error_no_access(),
            other => return self.job_error_other(other),
        };
        cause.to_owned()
    }

    /// What whoever looks after the installation or the person can do about it.
    pub fn remedy(self, code: &str) -> &'static str {
        match code {
            "smtp_auth" => self.job_remedy_password(),
            "smtp_unreachable" | "smtp_timeout" | "smtp_dropped" => self.job_remedy_server(),
            "smtp_tls" => self.job_remedy_tls(),
            "smtp_mailbox_unknown" | "address_invalid" => self.job_remedy_address(),
            "smtp_mailbox_full" => self.job_remedy_mailbox(),
            "smtp_rejected_content" => self.job_remedy_content(),
            "smtp_rate_limited" => self.job_remedy_slower(),
            "folder" | "database" | "not_committed" => self.job_remedy_disk(),
            "unknown_type" | "bad_arguments" => self.job_remedy_version(),
            _ => self.job_remedy_log(),
        }
    }
}

/// A text as the beginning of a sentence: its first letter is a capital.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Language, Words};
    use super::capitalised;

    #[test]
    fn a_code_becomes_a_cause() {
        let (id, en) = (Words::new(Language::Id), Words::new(Language::En));
        assert_eq!(id.cause("smtp_auth"), "kata sandi SMTP ditolak");
        assert_eq!(en.cause("smtp_auth"), "the SMTP password was refused");
        assert_eq!(id.cause("moon"), "sebabnya belum dikenal (moon)");
    }

    #[test]
    fn every_code_of_the_queue_and_of_the_mailer_has_its_words() {
        for t in [Words::new(Language::Id), Words::new(Language::En)] {
            for code in queue::CODES.into_iter().chain(mail::SendError::CODES) {
                assert_ne!(t.cause(code), t.job_error_other(code));
            }
        }
    }

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(capitalised("kata sandi"), "Kata sandi");
        assert_eq!(capitalised("élan"), "Élan");
        assert_eq!(capitalised(""), "");
    }
}
