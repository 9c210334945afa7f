//! Why a task did not work, by the code that its job left behind.

use super::Words;

impl Words {
    /// The cause behind a job's error code, in words that can follow a colon:
    /// “gagal: kata sandi SMTP ditolak”.
    pub fn failure(self, code: &str) -> String {
        match code {
            "internal" => self.job_error_internal(),
            "database" => self.job_error_database(),
            "timeout" => self.job_error_timeout(),
            "panic" => self.job_error_panic(),
            "lease_lost" => self.job_error_lease_lost(),
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
            "folder" => self.job_error_folder(),
            other => return self.job_error_other(other),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Language, Words};

    #[test]
    fn every_failure_of_the_mail_has_words() {
        for language in [Language::Id, Language::En] {
            let t = Words::new(language);
            for code in mail::SendError::CODES {
                assert_ne!(t.failure(code), t.job_error_other(code), "{code}");
            }
        }
    }
}
