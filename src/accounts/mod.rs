//! People, how they prove who they are, and the devices they are logged in on.

mod account;
pub mod device;
mod draft;
pub mod email;
pub mod jobs;
pub mod link;
mod mails;
pub mod pages;
mod password;
pub mod session;
mod setup;
pub mod store;

pub use account::{
    Account, AccountId, Login, MailKind, NewAccount, Theme, optional, parse_email, parse_phone,
};
pub use draft::{MAX_TYPED, Typed, draft_of};
pub use password::{Passwords, parse_password};
pub use session::{Session, SessionId};
pub use setup::{opens_setup, redeem_setup, setup_url};
