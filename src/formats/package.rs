//! The zip around a workbook: refused before anything is unpacked where it would become larger than any
//! list is (zip bombs).

use std::io::{Cursor, Read};

use super::document::DocumentFault;

/// Bytes that all parts together may become. A list of a million rows is some 400 MB of XML.
pub const MOST_BYTES: u64 = 1 << 30;
/// A part smaller than this packed cannot become too large, whatever it says of itself: deflate gives at most
/// 1,032 bytes for one.
const HARMLESS: u64 = MOST_BYTES / 1032 / 16;

/// Whether a package stays within bounds when unpacked.
///
/// # Errors
/// It does not, or it is no package.
pub fn check(bytes: &[u8]) -> Result<(), DocumentFault> {
    let damaged = |fault: zip::result::ZipError| DocumentFault::Damaged(fault.to_string().into());
    let too_large = || DocumentFault::TooLarge(format!("{} MB", MOST_BYTES >> 20).into());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let (packed, says, encrypted) = {
            let file = archive.by_index_raw(index).map_err(damaged)?;
            (file.compressed_size(), file.size(), file.encrypted())
        };
        if encrypted {
            return Err(DocumentFault::Protected);
        }
        unpacked = unpacked.saturating_add(says);
        // What a part says of its size may be a lie; an honest one is seldom packed beyond 1:100.
        if packed > HARMLESS && says / packed.max(1) < 2 {
            let file = archive.by_index(index).map_err(damaged)?;
            let real = std::io::copy(&mut file.take(MOST_BYTES + 1), &mut std::io::sink()).unwrap_or(says);
            unpacked = unpacked.saturating_add(real.saturating_sub(says));
        }
        if unpacked > MOST_BYTES {
            return Err(too_large());
        }
    }
    Ok(())
}
