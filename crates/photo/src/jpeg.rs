//! What must be known of a JPEG before its decoder sees it.
//!
//! The decoder is lenient: it paints the missing half of a truncated file grey. And a
//! progressive file needs three times the memory of a plain one.

/// The outline of a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    /// All coefficients must be held in memory at once.
    pub progressive: bool,
    /// The picture's end marker is there. Data after it is none of ours.
    pub complete: bool,
}

/// Walks the segments; one in which another picture (a thumbnail) lies is stepped over.
pub(crate) fn outline(bytes: &[u8]) -> Outline {
    let mut outline = Outline { progressive: false, complete: false };
    let mut at = 2;
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk()) {
        match marker {
            // Padding, and markers that stand alone.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xD9 => {
                outline.complete = true;
                return outline;
            }
            _ => {
                // SOF2, 6, 10 and 14 are the progressive ones.
                outline.progressive |= matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
                let length = bytes.get(at + 2..at + 4).and_then(|pair| pair.first_chunk());
                let Some(length) = length else { return outline };
                at += 2 + usize::from(u16::from_be_bytes(*length));
                if marker == 0xDA {
                    at = end_of_scan(bytes, at);
                }
            }
        }
    }
    outline
}

/// Within a scan 0xFF is followed by 0 or by a restart marker; anything else ends it.
fn end_of_scan(bytes: &[u8], from: usize) -> usize {
    let scan = bytes.get(from..).unwrap_or_default();
    let end = scan
        .windows(2)
        .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF));
    end.map_or(bytes.len(), |end| from + end)
}
