//! One error for the whole program and one mapping to HTTP. What the person
//! reads is worded by `web::faults`, in their language.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::secret;

/// Result of everything that can go wrong in the application.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the reader may not know that it does.
    #[error("not found")]
    NotFound,
    /// Only within a kost one belongs to.
    #[error("forbidden")]
    Forbidden,
    /// Somebody has to log in first.
    #[error("log-in needed")]
    LogIn,
    /// The request is not one that our pages send.
    #[error("bad request")]
    BadRequest,
    /// More than we take.
    #[error("too large")]
    TooLarge,
    /// The state has changed since the page was shown.
    #[error("conflict")]
    Conflict,
    /// A rate limit; try again after so many seconds.
    #[error("too many requests")]
    TooMany { seconds: u64 },
    /// Others take all the memory that there is for photos, or all turns to compare
    /// passwords; so many seconds.
    #[error("busy")]
    Busy { seconds: u64 },
    /// The database or a file cannot be written or reached right now.
    #[error("unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// Somebody else's transaction was in the way; nothing was kept.
    #[error("rolled back")]
    RolledBack(#[source] db::Error),
    /// Our fault; the log line carries a reference.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// For the log: with what is behind it.
    pub fn in_full(self) -> String {
        format!("{:#}", anyhow::Error::from(self))
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            error @ db::Error::RolledBack(_) => Error::RolledBack(error),
            db::Error::Nul(_) => Error::BadRequest, // no page of ours sends one
            error if error.is_unavailable() => Error::Unavailable(error.into()),
            error => Error::Internal(error.into()),
        }
    }
}

/// The data folder cannot be written or read right now: the disk is full, or gone.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Unavailable(error.into())
    }
}

/// The photos cannot be written or read right now.
impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Error::Unavailable(error.into())
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Error::Internal(error.into())
    }
}

/// What `web::faults` turns into a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    NotFound,
    Forbidden,
    LogIn,
    BadRequest,
    TooLarge,
    Conflict,
    TooMany {
        seconds: u64,
    },
    /// Too much at once; so many seconds.
    Busy {
        seconds: u64,
    },
    Unavailable,
    /// `web::repeat` does it again before anybody sees this.
    RolledBack,
    /// The request came from another site's page.
    OtherSite,
    /// The reference that finds the log line.
    Internal {
        reference: String,
    },
}

impl Fault {
    /// The HTTP status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            Fault::NotFound => StatusCode::NOT_FOUND,
            Fault::Forbidden | Fault::OtherSite => StatusCode::FORBIDDEN,
            Fault::LogIn => StatusCode::UNAUTHORIZED,
            Fault::BadRequest => StatusCode::BAD_REQUEST,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Conflict => StatusCode::CONFLICT,
            Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Fault::Busy { .. } | Fault::Unavailable | Fault::RolledBack => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Fault::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Fault {
    /// Whether the same request can succeed a little later.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Fault::TooMany { .. }
                | Fault::Busy { .. }
                | Fault::Unavailable
                | Fault::RolledBack
                | Fault::Internal { .. }
        )
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Fault::NotFound,
            Error::Forbidden => Fault::Forbidden,
            Error::LogIn => Fault::LogIn,
            Error::BadRequest => Fault::BadRequest,
            Error::TooLarge => Fault::TooLarge,
            Error::Conflict => Fault::Conflict,
            Error::TooMany { seconds } => Fault::TooMany { seconds },
            Error::Busy { seconds } => Fault::Busy { seconds },
            Error::Unavailable(why) => {
                tracing::warn!(why = format!("{why:#}"), "unavailable");
                Fault::Unavailable
            }
            Error::RolledBack(why) => {
                tracing::warn!(why = why.to_string(), "rolled back");
                Fault::RolledBack
            }
            Error::Internal(error) => {
                let reference = secret::readable(8);
                tracing::error!(reference, error = format!("{error:#}"), "internal error");
                Fault::Internal { reference }
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Fault::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_the_database_failed_says_so() {
        for error in [db::Error::Unavailable(String::new()), db::Error::RolledBack(String::new())] {
            assert_eq!(queue::Failure::from(Error::from(error)).code(), "database");
        }
    }
}
