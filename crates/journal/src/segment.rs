//! Segment files: their names, their first bytes, how one is made and how those of former runs are found.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::{
    checksum::xxh64,
    frame::SegmentId,
    mapping::{self, Pen},
};

/// Bytes before the first frame: `magic [8] | version u32 | core u16 | 0 u16 | number u64 | checksum u64`.
pub(crate) const HEADER_BYTES: usize = 32;

const MAGIC: [u8; 8] = *b"waypostJ";
/// 2 has frames with two events; those of 1 are read as they were.
const VERSION: u32 = 2;
const EXTENSION: &str = "journal";

/// A segment file found on disk.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: SegmentId,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    Whole,
    /// Written by a later version of this program.
    Newer(u32),
    /// Torn, flipped or never written. The frames are looked for all the same.
    Damaged,
}

/// Makes the folder, readable by its owner only.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a segment whose blocks are allocated, with its header written. Nothing is synced yet: that comes with its content.
pub(crate) fn create(folder: &Path, id: SegmentId, bytes: usize) -> io::Result<(PathBuf, Pen)> {
    let path = folder.join(format!("{:020}-{:05}.{EXTENSION}", id.number, id.core));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    let made = reserve(&file, bytes).and_then(|()| mapping::map(&file));
    match made {
        Ok(mut pen) => {
            pen.push(&header(id));
            Ok((path, pen))
        }
        Err(error) => {
            // A half-made segment would hold the space that is missing.
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Takes the blocks, by writing zeros where the file system knows no other way.
fn reserve(mut file: &File, bytes: usize) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes as u64) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let zeros = [0; 64 << 10];
            let mut left = bytes;
            while left > 0 {
                let part = zeros.get(..left.min(zeros.len())).unwrap_or(&zeros);
                file.write_all(part)?;
                left -= part.len();
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The segments of a folder, in the order in which they were begun.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(id) = id_of(&entry.path()) {
            found.push(Found { id, path: entry.path(), bytes: entry.metadata()?.len() });
        }
    }
    found.sort_by_key(|segment| segment.id.number);
    Ok(found)
}

fn id_of(path: &Path) -> Option<SegmentId> {
    let name = path.file_name()?.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
    let (number, core) = name.split_once('-')?;
    Some(SegmentId { number: number.parse().ok()?, core: core.parse().ok()? })
}

/// Reads a whole file into `bytes`, whose memory is used again. Not mapped: a file that fails or shrinks under a mapping
/// would end the process.
pub(crate) fn read(path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    File::open(path)?.read_to_end(bytes).map(|_| ())
}

/// Sets a file aside that cannot be read, so that it is neither tried for ever nor lost.
pub(crate) fn set_aside(path: &Path) {
    let _ = fs::rename(path, path.with_extension("unreadable"));
}

fn header(id: SegmentId) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let fields: [&[u8]; 5] =
        [&MAGIC, &VERSION.to_le_bytes(), &id.core.to_le_bytes(), &[0, 0], &id.number.to_le_bytes()];
    let mut bytes = fields.concat();
    let checksum = xxh64(&bytes, 0);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    header.copy_from_slice(&bytes);
    header
}

/// What the first bytes of a file say.
pub(crate) fn header_of(path: &Path) -> io::Result<Header> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(judge(&bytes))
}

pub(crate) fn judge(bytes: &[u8]) -> Header {
    let Some(head) = bytes.first_chunk::<HEADER_BYTES>() else { return Header::Damaged };
    let Some((fields, checksum)) = head.split_last_chunk::<8>() else { return Header::Damaged };
    if !fields.starts_with(&MAGIC) || xxh64(fields, 0) != u64::from_le_bytes(*checksum) {
        return Header::Damaged;
    }
    let version = fields.get(8..12).and_then(|field| field.first_chunk()).map_or(0, |field| u32::from_le_bytes(*field));
    if version > VERSION { Header::Newer(version) } else { Header::Whole }
}
