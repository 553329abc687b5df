//! Bytes → text (READING 4): byte order mark first, else valid UTF-8, else UTF-16 by its zero
//! bytes, else GB18030. Lines that do not fit, and lines with NUL, are named, not guessed at.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

/// The encodings a file may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 with one.
    Utf8Bom,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// GB18030 (and with it GBK and GB 2312).
    Gb18030,
}

impl Encoding {
    /// The name people know.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf8Bom => "UTF-8 BOM",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Gb18030 => "GB18030",
        }
    }
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text without its byte order mark; borrowed where the bytes were UTF-8.
    pub text: Cow<'a, str>,
    /// What it was in.
    pub encoding: Encoding,
    /// Lines (from 1, sorted) whose bytes did not fit or that hold NUL; their text is a best effort.
    pub bad_lines: Vec<u32>,
}

/// Decodes a delimited file.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let mut decoded = if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        utf8(rest, Encoding::Utf8Bom)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        utf16(rest, Encoding::Utf16Le)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        utf16(rest, Encoding::Utf16Be)
    } else if let Some(encoding) = zero_bytes(bytes) {
        utf16(bytes, encoding)
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        Decoded { text: Cow::Borrowed(text), encoding: Encoding::Utf8, bad_lines: Vec::new() }
    } else if mostly_utf8(bytes) {
        utf8(bytes, Encoding::Utf8)
    } else {
        gb18030(bytes)
    };
    if memchr::memchr(0, decoded.text.as_bytes()).is_some() {
        let newline = if decoded.text.contains('\n') { '\n' } else { '\r' };
        for (index, line) in decoded.text.split(newline).enumerate() {
            if line.contains('\0') {
                decoded.bad_lines.push(index as u32 + 1);
            }
        }
        decoded.bad_lines.sort_unstable();
        decoded.bad_lines.dedup();
    }
    decoded
}

/// UTF-16 without a mark: delimiters and digits leave a zero byte on one side of many pairs and
/// hardly any on the other.
fn zero_bytes(bytes: &[u8]) -> Option<Encoding> {
    let sample = &bytes[..bytes.len().min(64 * 1024)];
    let pairs = sample.len() / 2;
    if !bytes.len().is_multiple_of(2) || pairs < 4 {
        return None;
    }
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = (pairs / 5).max(2);
    let few = pairs / 50;
    if odd >= many && even <= few {
        Some(Encoding::Utf16Le)
    } else if even >= many && odd <= few {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Whether most lines with characters beyond ASCII are valid UTF-8: a UTF-8 file with some damaged
/// lines. GB18030 lines are hardly ever valid UTF-8, while much UTF-8 decodes as GB18030 into rubbish.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        if std::str::from_utf8(line).is_ok() { good += 1 } else { bad += 1 }
    }
    good > bad
}

fn utf8(bytes: &[u8], encoding: Encoding) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), encoding, bad_lines: Vec::new() };
    }
    by_line(bytes, encoding, |line, text| match String::from_utf8_lossy(line) {
        Cow::Borrowed(good) => {
            text.push_str(good);
            true
        }
        Cow::Owned(repaired) => {
            text.push_str(&repaired);
            false
        }
    })
}

fn gb18030(bytes: &[u8]) -> Decoded<'_> {
    let glued = bytes.split(|byte| *byte == b'\n').any(is_utf8_chinese);
    if !glued && let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        return Decoded { text, encoding: Encoding::Gb18030, bad_lines: Vec::new() };
    }
    by_line(bytes, Encoding::Gb18030, |line, text| {
        let (decoded, faulty) = GB18030.decode_without_bom_handling(line);
        text.push_str(&decoded);
        !faulty && !is_utf8_chinese(line)
    })
}

/// Whether a line of a GB18030 file is Chinese in UTF-8: glued in from another file, it decodes into other
/// characters and is not believed. Text in GB18030 is hardly ever valid UTF-8, and then of two-byte letters.
fn is_utf8_chinese(line: &[u8]) -> bool {
    !line.is_ascii()
        && std::str::from_utf8(line).is_ok_and(|text| {
            text.chars().filter(|sign| !sign.is_ascii()).all(|sign| sign >= '\u{800}')
                && text.chars().filter(|sign| matches!(sign, '\u{4E00}'..='\u{9FFF}')).count() > 3
        })
}

/// A line feed is never part of a longer character in UTF-8 or GB18030.
fn by_line(
    bytes: &[u8],
    encoding: Encoding,
    mut append: impl FnMut(&[u8], &mut String) -> bool,
) -> Decoded<'static> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let mut bad_lines = Vec::new();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !append(line, &mut text) {
            bad_lines.push(index as u32 + 1);
            if line.ends_with(b"\n") && !text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    Decoded { text: Cow::Owned(text), encoding, bad_lines }
}

fn utf16(bytes: &[u8], encoding: Encoding) -> Decoded<'static> {
    let decoder = if encoding == Encoding::Utf16Be { UTF_16BE } else { UTF_16LE };
    let (text, faulty) = decoder.decode_without_bom_handling(bytes);
    let bad_lines = if faulty {
        let numbered = text.split('\n').enumerate();
        numbered.filter(|(_, line)| line.contains('\u{FFFD}')).map(|(index, _)| index as u32 + 1).collect()
    } else {
        Vec::new()
    };
    Decoded { text: Cow::Owned(text.into_owned()), encoding, bad_lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "姓名,身份证号\n赵超军,150199195208020135\n";

    #[test]
    fn every_encoding_gives_the_same_text() {
        let utf16 = |low_first: bool| -> Vec<u8> {
            ROW.encode_utf16()
                .flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect()
        };
        let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
        for (bytes, encoding) in [
            (ROW.as_bytes().to_vec(), Encoding::Utf8),
            (marked(b"\xEF\xBB\xBF", ROW.as_bytes().to_vec()), Encoding::Utf8Bom),
            (GB18030.encode(ROW).0.into_owned(), Encoding::Gb18030),
            (utf16(true), Encoding::Utf16Le),
            (utf16(false), Encoding::Utf16Be),
            (marked(b"\xFF\xFE", utf16(true)), Encoding::Utf16Le),
            (marked(b"\xFE\xFF", utf16(false)), Encoding::Utf16Be),
        ] {
            let decoded = decode(&bytes);
            assert_eq!((decoded.text.as_ref(), decoded.encoding), (ROW, encoding));
            assert_eq!(decoded.bad_lines, Vec::<u32>::new());
        }
    }

    #[test]
    fn a_damaged_line_is_named_and_the_others_stay() {
        let mut bytes = ROW.as_bytes().to_vec();
        bytes.extend_from_slice(b"\xE5\xBC,1\n");
        bytes.extend_from_slice("张三,2\n".as_bytes());
        let decoded = decode(&bytes);
        assert_eq!((decoded.encoding, decoded.bad_lines.as_slice()), (Encoding::Utf8, &[3][..]));
        assert_eq!(decoded.text.lines().nth(3), Some("张三,2"));

        let mut bytes = GB18030.encode(ROW).0.into_owned();
        bytes.extend_from_slice(b"\xFF\xFF,1\n");
        let decoded = decode(&bytes);
        assert_eq!((decoded.encoding, decoded.bad_lines.as_slice()), (Encoding::Gb18030, &[3][..]));
    }

    #[test]
    fn a_nul_sets_its_line_aside() {
        assert_eq!(decode(b"a,b\n1,\0\n2,3\n").bad_lines, [2]);
    }
}
