//! KostTicket.
