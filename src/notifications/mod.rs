//! Who hears of an activity, and how: in the page, in the list, by e-mail.

mod audience;
mod deliveries;
pub mod jobs;
pub mod live;
pub mod mails;
pub mod pages;
mod reading;
pub mod store;
mod wording;

pub use audience::audience;
pub use deliveries::DeliveryId;
pub use reading::mark_read;
pub use store::NotificationId;
pub use wording::News;
