//! Characters to bytes, one at a time, so that a character the encoding lacks is always seen.
//! (`encoding_rs` writes `&#181126;` for such a character and merely sets a flag.)

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use encoding_rs::{Encoding, GB18030, GBK};

use super::profile::FileEncoding;

/// Memo of the encoder's answers for the basic plane: bytes packed big-endian, 0 not yet asked,
/// [`LACKING`] no such character. The answers never change, so threads may fill it in any order.
type Memo = LazyLock<Vec<AtomicU32>>;

const LACKING: u32 = u32::MAX;

static OF_GB18030: Memo = LazyLock::new(|| (0..0x1_0000).map(|_| AtomicU32::new(0)).collect());
static OF_GBK: Memo = LazyLock::new(|| (0..0x1_0000).map(|_| AtomicU32::new(0)).collect());

/// A character that an encoding lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lacking(pub char);

fn ask(encoding: &'static Encoding, character: char) -> u32 {
    let mut buffer = [0; 4];
    let (bytes, _, lacking) = encoding.encode(character.encode_utf8(&mut buffer));
    if lacking || bytes.len() > 4 {
        return LACKING;
    }
    bytes.iter().fold(0, |packed, &byte| packed << 8 | u32::from(byte))
}

/// The bytes of a character that is not ASCII, from the memo where it stands there.
fn packed(encoding: &'static Encoding, memo: &Memo, character: char) -> u32 {
    let Some(entry) = memo.get(character as usize) else { return ask(encoding, character) };
    match entry.load(Ordering::Relaxed) {
        0 => {
            let packed = ask(encoding, character);
            entry.store(packed, Ordering::Relaxed);
            packed
        }
        packed => packed,
    }
}

impl FileEncoding {
    fn table(self) -> Option<(&'static Encoding, &'static Memo)> {
        match self {
            FileEncoding::Utf8 => None,
            FileEncoding::Gb18030 => Some((GB18030, &OF_GB18030)),
            FileEncoding::Gbk => Some((GBK, &OF_GBK)),
        }
    }

    /// Appends a text.
    ///
    /// # Errors
    /// The first character that the encoding lacks; what came before it has been appended.
    pub fn push(self, bytes: &mut Vec<u8>, text: &str) -> Result<(), Lacking> {
        let Some((encoding, memo)) = self.table() else {
            bytes.extend_from_slice(text.as_bytes());
            return Ok(());
        };
        if text.is_ascii() {
            bytes.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for character in text.chars() {
            if character.is_ascii() {
                bytes.push(character as u8);
                continue;
            }
            let packed = packed(encoding, memo, character);
            if packed == LACKING {
                return Err(Lacking(character));
            }
            bytes.extend_from_slice(&packed.to_be_bytes()[packed.leading_zeros() as usize / 8..]);
        }
        Ok(())
    }

    /// Length of a text in bytes, or the character that it cannot hold.
    ///
    /// # Errors
    /// As [`FileEncoding::push`].
    pub fn length(self, text: &str) -> Result<usize, Lacking> {
        let Some((encoding, memo)) = self.table().filter(|_| !text.is_ascii()) else { return Ok(text.len()) };
        let mut length = 0;
        for character in text.chars() {
            length += match character.is_ascii() {
                true => 1,
                false => match packed(encoding, memo, character) {
                    LACKING => return Err(Lacking(character)),
                    packed => 4 - packed.leading_zeros() as usize / 8,
                },
            };
        }
        Ok(length)
    }

    /// The longest beginning of a text of at most so many bytes, cut between characters.
    pub fn cut(self, text: &str, most: usize) -> &str {
        let mut used = 0;
        for (position, character) in text.char_indices() {
            let mut buffer = [0; 4];
            used += self.length(character.encode_utf8(&mut buffer)).unwrap_or(0);
            if used > most {
                return &text[..position];
            }
        }
        text
    }

    /// The text of bytes; `None` where they are not of this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
        match self {
            FileEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(Into::into),
            FileEncoding::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
            FileEncoding::Gbk => GBK.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(encoding: FileEncoding, text: &str) -> Result<Vec<u8>, Lacking> {
        let mut bytes = Vec::new();
        encoding.push(&mut bytes, text).map(|()| bytes)
    }

    #[test]
    fn rare_characters_have_their_bytes_or_are_lacking_and_never_an_entity() {
        for (character, gbk, gb18030) in [
            ('·', Some(2), 2),
            ('•', None, 4),
            ('龑', Some(2), 2),
            ('䶮', Some(2), 2),
            ('𬎆', None, 4),
            ('㛃', None, 4),
        ] {
            let text = character.to_string();
            assert_eq!(bytes(FileEncoding::Gbk, &text).ok().map(|b| b.len()), gbk, "{character}");
            let four = bytes(FileEncoding::Gb18030, &text).unwrap();
            assert_eq!(four.len(), gb18030, "{character}");
            assert_eq!(FileEncoding::Gb18030.decode(&four).unwrap(), text);
        }
        assert_eq!(bytes(FileEncoding::Gbk, "张·𬎆"), Err(Lacking('𬎆')));
        assert_eq!(bytes(FileEncoding::Gbk, "张·A").unwrap(), [0xD5, 0xC5, 0xA1, 0xA4, b'A']);
    }

    #[test]
    fn the_memo_agrees_with_the_encoder_on_the_whole_basic_plane() {
        for character in (0x80..0x1_0000).filter_map(char::from_u32) {
            let text = character.to_string();
            for (encoding, theirs) in [(FileEncoding::Gbk, GBK), (FileEncoding::Gb18030, GB18030)] {
                // Twice: once asked, once remembered.
                let ours = bytes(encoding, &text);
                assert_eq!(encoding.length(&text), ours.as_ref().map(Vec::len).map_err(|lacking| *lacking));
                assert_eq!(bytes(encoding, &text), ours);
                if (character as u32).is_multiple_of(61) {
                    let (expected, _, lacking) = theirs.encode(&text);
                    assert_eq!(ours.is_err(), lacking);
                    if let Ok(ours) = ours {
                        assert_eq!(ours, *expected);
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_by_its_bytes() {
        assert_eq!(FileEncoding::Gbk.cut("高龄津贴", 7), "高龄津");
        assert_eq!(FileEncoding::Gbk.cut("高龄津贴", 8), "高龄津贴");
        assert_eq!(FileEncoding::Utf8.cut("高龄津贴", 7), "高龄");
    }
}
