//! Boarding houses, the places in them, who belongs to them, and what that allows.

mod access;
mod identify;
pub mod invitation;
mod kost;
mod location;
mod membership;
mod navigation;
mod new_kost;
pub mod pages;
pub mod store;

pub use access::{InstallationAdmin, Manager, Member, SignedIn, Staff};
pub use identify::{Visitor, admit, identify};
pub use kost::{Kost, KostId, Registration, Timezone, slug_of};
pub use location::{
    Location, LocationId, LocationKind, label as location_label, room_name, sort_key,
};
pub use membership::{
    AssignWaiting, MAY_HEAR, Membership, ReleaseTickets, Role, change, end, forget_news, join,
    set_takes_tickets,
};
pub use new_kost::NewKost;
