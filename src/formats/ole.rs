//! The container of old binary files (MS-CFB): just enough to get one stream out of it.

/// A stream of a compound file by one of its names; `None` where it is not there or the container is
/// damaged.
pub fn stream(bytes: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let file = Container::open(bytes)?;
    let entry =
        file.entries().find(|entry| names.iter().any(|name| entry.name.eq_ignore_ascii_case(name)))?;
    file.read(&entry)
}

/// Whether the container holds an encrypted workbook of the newer form.
pub fn is_encrypted_package(bytes: &[u8]) -> bool {
    Container::open(bytes).is_some_and(|file| file.entries().any(|entry| entry.name == "EncryptedPackage"))
}

const END: u32 = 0xFFFF_FFFA;

struct Container<'a> {
    bytes: &'a [u8],
    sector: usize,
    mini_sector: usize,
    cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    directory: Vec<u8>,
}

struct Entry {
    name: String,
    start: u32,
    size: u64,
    root: bool,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

impl<'a> Container<'a> {
    fn open(bytes: &'a [u8]) -> Option<Container<'a>> {
        let shift = u32::from(u16_at(bytes, 30)?);
        let mini_shift = u32::from(u16_at(bytes, 32)?);
        if !(7..=16).contains(&shift) || !(4..=shift).contains(&mini_shift) {
            return None;
        }
        let mut file = Container {
            bytes,
            sector: 1 << shift,
            mini_sector: 1 << mini_shift,
            cutoff: u64::from(u32_at(bytes, 56)?),
            fat: Vec::new(),
            mini_fat: Vec::new(),
            directory: Vec::new(),
        };
        let mut tables: Vec<u32> = numbers(bytes.get(76..512)?).collect();
        let mut next = u32_at(bytes, 68)?;
        let mut visited = 0;
        while next < END && visited <= bytes.len() / file.sector {
            let sector = file.sector_at(next)?;
            let (list, link) = sector.split_at(file.sector - 4);
            tables.extend(numbers(list));
            next = u32_at(link, 0)?;
            visited += 1;
        }
        for table in tables.into_iter().filter(|table| *table < END) {
            let sector = file.sector_at(table)?;
            file.fat.extend(numbers(sector));
        }
        file.directory = file.chain(u32_at(bytes, 48)?)?;
        let mini = u32_at(bytes, 60)?;
        if mini < END {
            file.mini_fat = numbers(&file.chain(mini)?).collect();
        }
        Some(file)
    }

    fn sector_at(&self, sector: u32) -> Option<&'a [u8]> {
        let start = (sector as usize).checked_add(1)?.checked_mul(self.sector)?;
        self.bytes.get(start..start + self.sector)
    }

    fn chain(&self, first: u32) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        let mut sector = first;
        while sector < END {
            if content.len() > self.bytes.len() {
                return None;
            }
            match self.sector_at(sector) {
                Some(bytes) => content.extend_from_slice(bytes),
                // The last sector of a file may be cut short.
                None => {
                    let start = (sector as usize + 1).checked_mul(self.sector)?;
                    content.extend_from_slice(self.bytes.get(start..)?);
                }
            }
            sector = *self.fat.get(sector as usize)?;
        }
        Some(content)
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.directory.chunks_exact(128).filter_map(|entry| {
            let length = usize::from(u16_at(entry, 64)?).min(64);
            let units: Vec<u16> = entry[..length.saturating_sub(2)]
                .chunks_exact(2)
                .map(|two| u16::from_le_bytes([two[0], two[1]]))
                .collect();
            let kind = entry[66];
            (kind == 2 || kind == 5).then(|| {
                Some(Entry {
                    name: String::from_utf16_lossy(&units),
                    start: u32_at(entry, 116)?,
                    size: u64::from(u32_at(entry, 120)?),
                    root: kind == 5,
                })
            })?
        })
    }

    fn read(&self, entry: &Entry) -> Option<Vec<u8>> {
        let size = usize::try_from(entry.size).ok()?;
        let mut content = if entry.size >= self.cutoff || entry.root {
            self.chain(entry.start)?
        } else {
            let root = self.entries().find(|entry| entry.root)?;
            let minis = self.chain(root.start)?;
            let mut content = Vec::with_capacity(size);
            let mut sector = entry.start;
            while sector < END && content.len() < size {
                let start = (sector as usize).checked_mul(self.mini_sector)?;
                content.extend_from_slice(minis.get(start..start + self.mini_sector)?);
                sector = *self.mini_fat.get(sector as usize)?;
            }
            content
        };
        content.truncate(size);
        Some(content)
    }
}
