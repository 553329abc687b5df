//! Bytes to text as READING 4 says: byte order mark, else valid UTF-8, else UTF-16 by its zero
//! bytes, else GB18030.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// The text and the name of its encoding; `None` where the bytes fit none.
pub(super) fn decode(bytes: &[u8]) -> Option<(String, &'static str)> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return whole(encoding, &bytes[mark..]);
    }
    let even = bytes.len().is_multiple_of(2) && bytes.contains(&0);
    if even {
        // Text of ours is mostly ASCII, so one half of UTF-16 is mostly zero.
        let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
        let encoding = if zeros(1) >= zeros(0) { UTF_16LE } else { UTF_16BE };
        return whole(encoding, bytes);
    }
    whole(UTF_8, bytes).or_else(|| whole(GB18030, bytes))
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Option<(String, &'static str)> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\0')).then(|| (text.into_owned(), encoding.name()))
}

/// A cell as meant: ends trimmed, width folded where it is ASCII, Excel's guards taken off
/// (READING 11, 22).
pub(super) fn cell(text: &str) -> String {
    let strange = |c: char| matches!(c, '\u{200B}'..='\u{200D}' | '\u{FEFF}');
    let plain: String = text.chars().filter(|c| !strange(*c)).collect();
    let trimmed = plain.trim();
    let bare = trimmed
        .strip_prefix("=\"")
        .and_then(|inner| inner.strip_suffix('"'))
        .or_else(|| trimmed.strip_prefix('\''))
        .unwrap_or(trimmed);
    bare.to_owned()
}

/// Full-width ASCII becomes ASCII.
pub(super) fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart_by_their_bytes() {
        let text = "payment_id,status\n张三";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(text.as_bytes()).unwrap(), (text.to_owned(), "UTF-8"));
        assert_eq!(decode(&GB18030.encode(text).0).unwrap(), (text.to_owned(), "gb18030"));
        assert_eq!(decode(&utf16).unwrap(), (text.to_owned(), "UTF-16LE"));
        assert_eq!(decode(&[&[0xFF, 0xFE][..], &utf16].concat()).unwrap(), (text.to_owned(), "UTF-16LE"));
        assert_eq!(decode(b"\xEF\xBB\xBFa").unwrap().0, "a");
        assert_eq!(decode(b"a\xFF\xFFb"), None);
        assert_eq!(decode(b"a\0b"), None);
    }
}
