//! What is wrong with a form: typed data, worded only when it is shown.

use crate::words::Words;

/// One thing that is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Required,
    /// By so many characters.
    TooLong(usize),
    /// At least so many characters are wanted.
    TooShort(usize),
    NotAnEmail,
    NotAPhoneNumber,
    /// Letters, digits, dot, dash and underscore only.
    NotAUsername,
    UsernameTaken,
    PasswordsDiffer,
    PasswordTooCommon,
    PasswordWrong,
    /// A choice that is not offered.
    UnknownChoice,
    /// A number between these two.
    OutOfRange(i64, i64),
    NotADate,
    TooFarAhead,
    InviteUnknown,
    NameTaken,
    NotAPhoto,
    /// It waited too long for its form.
    PhotoGone,
    /// The number of megabytes that a photo may have.
    PhotoTooBig(i64),
    PhotoTooManyPixels,
    /// The number of photos that a report may have.
    TooManyPhotos(i64),
    /// Is in the kost already.
    AlreadyMember,
    /// A kost needs an owner.
    LastOwner,
    EndBeforeStart,
    SpanTooLong,
    /// Somebody lives in the room.
    RoomLivedIn,
}

impl Problem {
    /// The sentence that stands next to the field.
    pub fn word(&self, t: Words) -> String {
        match self {
            Problem::Required => t.form_missing().to_owned(),
            Problem::TooLong(over) => t.form_too_long(*over as i64),
            Problem::TooShort(least) => t.form_too_short(*least as i64),
            Problem::NotAnEmail => t.form_email().to_owned(),
            Problem::NotAPhoneNumber => t.form_phone().to_owned(),
            Problem::NotAUsername => t.form_username_characters().to_owned(),
            Problem::UsernameTaken => t.form_username_taken().to_owned(),
            Problem::PasswordsDiffer => t.form_passwords_differ().to_owned(),
            Problem::PasswordTooCommon => t.form_password_common().to_owned(),
            Problem::PasswordWrong => t.form_password_wrong().to_owned(),
            Problem::UnknownChoice => t.form_choice().to_owned(),
            Problem::OutOfRange(least, most) => t.form_range(*least, *most),
            Problem::NotADate => t.form_date().to_owned(),
            Problem::TooFarAhead => t.form_too_far_ahead().to_owned(),
            Problem::InviteUnknown => t.register_code_unknown().to_owned(),
            Problem::NameTaken => t.form_name_taken().to_owned(),
            Problem::NotAPhoto => t.photo_type().to_owned(),
            Problem::PhotoGone => t.photo_gone().to_owned(),
            Problem::PhotoTooBig(megabytes) => t.photo_too_big(*megabytes),
            Problem::PhotoTooManyPixels => t.photo_too_many_pixels().to_owned(),
            Problem::TooManyPhotos(most) => t.photo_most(*most),
            Problem::AlreadyMember => t.members_already().to_owned(),
            Problem::LastOwner => t.settings_member_last_owner().to_owned(),
            Problem::EndBeforeStart => t.stats_end_before_start().to_owned(),
            Problem::SpanTooLong => t.stats_too_long().to_owned(),
            Problem::RoomLivedIn => t.locations_lived_in().to_owned(),
        }
    }
}

/// The problems of a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, Problem)>);

impl FieldErrors {
    /// A form whose one problem is this.
    pub fn one(field: &'static str, problem: Problem) -> FieldErrors {
        FieldErrors(vec![(field, problem)])
    }

    /// Notes a problem; the first one of a field is the one that is shown.
    pub fn add(&mut self, field: &'static str, problem: Problem) {
        if self.of(field).is_none() {
            self.0.push((field, problem));
        }
    }

    /// Takes the value, or notes the problem.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.add(field, problem)).ok()
    }

    /// Notes the problems of another part of the same form.
    pub fn extend(&mut self, others: Option<FieldErrors>) {
        for (field, problem) in others.into_iter().flat_map(|others| others.0) {
            self.add(field, problem);
        }
    }

    /// What is wrong with this field.
    pub fn of(&self, field: &str) -> Option<&Problem> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem)
    }

    /// The sentence next to this field, if something is wrong with it.
    pub fn word(&self, field: &str, t: Words) -> Option<String> {
        self.of(field).map(|problem| sentence(field, problem, t))
    }

    /// Field and sentence, for the summary above the form.
    pub fn words(&self, t: Words) -> Vec<(&'static str, String)> {
        self.0.iter().map(|(field, problem)| (*field, sentence(field, problem, t))).collect()
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Field and problem.
    pub fn iter(&self) -> impl Iterator<Item = &(&'static str, Problem)> {
        self.0.iter()
    }
}

/// What is missing is called by its name, since the sentence also stands far
/// from its field, in the summary above the form.
fn sentence(field: &str, problem: &Problem, t: Words) -> String {
    match (problem, field_word(field, t)) {
        (Problem::Required, _) if field == "category" => t.form_category().to_owned(),
        (Problem::Required, Some(word)) => t.form_required(word),
        _ => problem.word(t),
    }
}

/// What people call a field, as the object of “enter”.
fn field_word(field: &str, t: Words) -> Option<&'static str> {
    Some(match field {
        "current_password" => t.field_current_password(),
        "title" => t.field_title(),
        "location" => t.field_location(),
        "priority" => t.field_priority(),
        "description" => t.field_description(),
        "body" => t.field_comment(),
        "status" => t.field_status(),
        "name" => t.field_name(),
        "username" => t.field_username(),
        "email" => t.field_email(),
        "phone" => t.field_phone(),
        "login" => t.field_login(),
        "password" => t.field_password(),
        "password_again" => t.field_password_again(),
        "invite" => t.field_invite(),
        "kost_name" => t.field_kost_name(),
        "rooms" => t.field_rooms(),
        "timezone" => t.field_timezone(),
        "address" => t.field_address(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn what_is_missing_is_named() {
        let errors = FieldErrors::one("title", Problem::Required);
        let (id, en) = (Words::new(Language::Id), Words::new(Language::En));
        assert_eq!(errors.word("title", id).unwrap(), "Judul belum diisi.");
        assert_eq!(errors.words(en), [("title", "Enter a title.".to_owned())]);
        let errors = FieldErrors::one("reason", Problem::Required);
        assert_eq!(errors.word("reason", id).unwrap(), "Bagian ini belum diisi.");
    }

    #[test]
    fn the_first_problem_of_a_field_is_the_one_that_counts() {
        let mut errors = FieldErrors::default();
        errors.add("title", Problem::Required);
        errors.add("title", Problem::TooLong(3));
        assert_eq!(errors.of("title"), Some(&Problem::Required));
        assert_eq!(errors.len(), 1);
    }
}
