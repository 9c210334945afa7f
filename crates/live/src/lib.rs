//! Messages to whoever is looking: topics, subscribers, and the sockets they sit behind.
//!
//! The crate knows neither who people are nor what is said. It promises that a publisher never
//! waits, that a reader who is too slow is dropped rather than waited for, that messages of one
//! topic arrive in the order in which they were published, and that a topic which is cut is
//! silent at once for everybody who held it. It does not promise delivery: a page that connects
//! again asks for the present state.

mod hub;
mod inbox;
mod socket;

pub use axum::extract::ws::Utf8Bytes;
pub use hub::{Hub, Subscription};
pub use inbox::{Closed, Cut};
pub use socket::{Ending, Limits, refuse, serve_socket, upgrade};
