//! People, how they prove who they are, and the devices they are logged in on.

mod account;
mod draft;
pub mod jobs;
pub mod link;
mod mails;
mod password;
mod setup;
pub mod session;
pub mod store;

pub use account::{Account, AccountId, MailKind, NewAccount, Theme, parse_email, parse_phone};
pub use draft::{MAX_TYPED, Typed, draft_of};
pub use password::{Passwords, parse_password};
pub use setup::{close_setup, opens_setup, setup_url};
pub use session::{Session, SessionId};
