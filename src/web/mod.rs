//! What every page shares: who reads it, forms, faults, limits, cookies, assets.

pub mod assets;
pub mod compress;
mod cookies;
mod crowd;
mod errors;
pub mod faults;
mod flash;
mod form;
pub mod headers;
mod letter;
mod limits;
pub mod links;
mod multipart;
mod page;
pub mod parts;
pub mod post;
pub mod prefer;
pub mod rate;
mod receive;
pub mod repeat;
mod request;
mod room;
mod sent;

pub use cookies::{clear_cookie, cookie, cookie_value};
pub use crowd::{Crowd, Guest};
pub use errors::{FieldErrors, Problem};
pub use flash::Flash;
pub use form::{Form, TextForm, Upload};
pub use letter::Letter;
pub use limits::{Limits, Network};
pub use page::{NavItem, Page, Place, Reader, Signature, redirect_to};
pub use request::{client_address, client_network};
pub use room::Sender;
pub use sent::Sent;
