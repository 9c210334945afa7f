//! From a [`Message`] to the bytes that travel. The only place that writes headers.

use std::time::SystemTime;

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox as LettreMailbox, MultiPart, SinglePart};

use crate::{Mailbox, Message, SendError};

/// RFC 5321, 4.5.3.1.3: a path is at most 256 octets, angle brackets included.
const LONGEST_ADDRESS: usize = 254;

/// A checked message, ready for any transport.
pub(crate) struct Composed {
    pub from: Address,
    pub to: Address,
    /// RFC 5322 with CRLF line ends; ASCII only.
    pub bytes: Vec<u8>,
}

/// Checks the message and writes it down.
///
/// # Errors
/// `address_invalid` for an address that no server would take, `smtp_other` for a message id or
/// an unsubscribe URL that could not stand in a header; all permanent.
pub(crate) fn compose(message: &Message) -> Result<Composed, SendError> {
    let from = mailbox(&message.from)?;
    let to = mailbox(&message.to)?;
    let mut builder = lettre::Message::builder()
        .date(date(message)?)
        .from(from.clone())
        .to(to.clone())
        .subject(without_controls(&message.subject))
        .message_id(Some(bracketed(&message.message_id)?))
        // Otherwise lettre reads it back from the headers, less tolerantly than it wrote them.
        .envelope(envelope(&from, &to)?);
    if let Some(reply_to) = &message.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(id) = &message.in_reply_to {
        builder = builder.in_reply_to(bracketed(id)?);
    }
    if !message.references.is_empty() {
        let ids: Result<Vec<_>, _> = message.references.iter().map(|id| bracketed(id)).collect();
        builder = builder.references(ids?.join(" "));
    }
    for (name, value) in extra_headers(message)? {
        builder = builder.raw_header(header(name, value));
    }
    let text = part(ContentType::TEXT_PLAIN, &message.text);
    let composed = match &message.html {
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .singlepart(text)
                .singlepart(part(ContentType::TEXT_HTML, html)),
        ),
        None => builder.singlepart(text),
    };
    let composed = composed.map_err(|e| SendError::permanent("smtp_other", e))?;
    Ok(Composed { from: from.email, to: to.email, bytes: composed.formatted() })
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder().header(content_type).body(body.to_owned())
}

fn extra_headers(message: &Message) -> Result<Vec<(&'static str, String)>, SendError> {
    let mut headers = Vec::new();
    if let Some(url) = &message.list_unsubscribe {
        headers.push(("List-Unsubscribe", format!("<{}>", unsubscribe_url(url)?)));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    if message.auto_submitted {
        headers.push(("Auto-Submitted", "auto-generated".to_owned()));
        // Exchange and Outlook.com do not look at Auto-Submitted.
        headers.push(("X-Auto-Response-Suppress", "All".to_owned()));
    }
    Ok(headers)
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Seconds since 1970; what lies before, or after the year 9999, has no place in a mail.
fn date(message: &Message) -> Result<SystemTime, SendError> {
    let seconds = message.date.as_second();
    if (0..253_402_300_800).contains(&seconds) {
        return Ok(SystemTime::from(message.date));
    }
    Err(SendError::permanent("smtp_other", format!("no date for a mail: {}", message.date)))
}

fn envelope(from: &LettreMailbox, to: &LettreMailbox) -> Result<Envelope, SendError> {
    Envelope::new(Some(from.email.clone()), vec![to.email.clone()])
        .map_err(|e| SendError::permanent("address_invalid", e))
}

fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, SendError> {
    let name = without_controls(&mailbox.name);
    let name = Some(name).filter(|name| !name.is_empty());
    Ok(LettreMailbox::new(name, address(&mailbox.address)?))
}

fn address(written: &str) -> Result<Address, SendError> {
    let invalid = |why: &str| SendError::permanent("address_invalid", format!("{written}: {why}"));
    let Some((local, domain)) = written.rsplit_once('@') else {
        return Err(invalid("no @ in it"));
    };
    // Quoted local parts are legal and never real; they are where injections hide.
    let unusual = |c: char| c.is_control() || c.is_whitespace() || "<>\"(),;:\\".contains(c);
    if local.contains(unusual) || domain.contains(|c: char| unusual(c) && c != ':') {
        return Err(invalid("a character that no address has"));
    }
    let domain = match domain.starts_with('[') {
        true => domain.to_owned(),
        false => idna::domain_to_ascii(domain).map_err(|_| invalid("no such domain can exist"))?,
    };
    let address = Address::new(local, domain).map_err(|e| invalid(&e.to_string()))?;
    let length = AsRef::<str>::as_ref(&address).len();
    if length > LONGEST_ADDRESS {
        return Err(invalid("longer than 254 characters"));
    }
    Ok(address)
}

/// `<unique@domain>`, whether it came with its brackets or without.
fn bracketed(id: &str) -> Result<String, SendError> {
    let bare = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
    let plain = bare.bytes().all(|b| b.is_ascii_graphic() && !b"<>(),;:\\\"[]".contains(&b));
    let halves = bare
        .split_once('@')
        .is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains('@'));
    if !plain || !halves || bare.len() > 250 {
        return Err(SendError::permanent("smtp_other", format!("not a message id: {id}")));
    }
    Ok(format!("<{bare}>"))
}

fn unsubscribe_url(url: &str) -> Result<&str, SendError> {
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"<>,\"\\".contains(&b));
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !plain || !web || url.len() > 900 {
        return Err(SendError::permanent("smtp_other", format!("not an unsubscribe URL: {url}")));
    }
    Ok(url)
}

fn without_controls(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}
