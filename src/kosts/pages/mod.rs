//! The pages of a kost: who is in it, what it consists of, how it is set up.

pub mod info;
pub mod invitations;
pub mod invite;
pub mod location;
pub mod locations;
pub mod member;
pub mod members;
pub mod settings;
