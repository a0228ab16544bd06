//! Where a body ends, and its bytes out of a buffer.

use bytes::{Buf, Bytes, BytesMut};

use crate::COPIED_BYTES_MAX;

/// Digits of a chunk's size.
const SIZE_DIGITS_MAX: u8 = 16;

/// Bytes of extensions and trailers of one body, which nobody reads.
const ASIDE_BYTES_MAX: usize = 16 * 1024;

/// How a body ends; what has been taken is off it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// With the chunk that is empty.
    Chunked(Chunks),
    /// With the connection.
    UntilClose,
}

/// How far a chunked body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunks {
    at: At,
    /// Bytes that were no data so far, within extensions and trailers.
    aside_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size {
        size: u64,
        digits: u8,
    },
    /// Behind the size, before its line ends.
    Extension {
        size: u64,
    },
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    TrailerLf,
    EndLf,
    End,
}

/// Why a body's framing cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A chunk's size is none.
    #[error("the size of a chunk is no number")]
    Size,
    /// A chunk is not closed where its size says.
    #[error("a chunk doesn't end where its size says")]
    Delimiter,
    /// Extensions or trailers without end.
    #[error("more than {ASIDE_BYTES_MAX} bytes of chunk extensions and trailers")]
    Aside,
}

impl Framing {
    /// A chunked body at its beginning.
    pub const fn chunked() -> Self {
        Self::Chunked(Chunks { at: At::Size { size: 0, digits: 0 }, aside_bytes: 0 })
    }

    /// Nothing more belongs to the body.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks { at: At::End, .. }))
    }

    /// Bytes that are still to come, where that is known.
    pub const fn left(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(Chunks { at: At::End, .. }) => Some(0),
            Self::Chunked(_) | Self::UntilClose => None,
        }
    }

    /// Takes what the buffer holds of the body, chunks joined; empty where it holds nothing of it.
    ///
    /// # Errors
    /// The framing is broken. What came before it is lost with it.
    pub fn take(&mut self, buffer: &mut BytesMut) -> Result<Bytes, FramingError> {
        match self {
            Self::Length(left) => {
                let bytes = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= bytes as u64;
                Ok(take(buffer, bytes))
            }
            Self::UntilClose => {
                let bytes = buffer.len();
                Ok(take(buffer, bytes))
            }
            Self::Chunked(chunks) => chunks.take(buffer),
        }
    }
}

/// The first bytes of a buffer, as many as there are. Small pieces are copied, so that the buffer need not be made anew.
pub fn take(buffer: &mut BytesMut, bytes: usize) -> Bytes {
    let bytes = bytes.min(buffer.len());
    if bytes > COPIED_BYTES_MAX {
        return buffer.split_to(bytes).freeze();
    }
    let piece = buffer.get(..bytes).map(Bytes::copy_from_slice).unwrap_or_default();
    buffer.advance(piece.len());
    piece
}

impl Chunks {
    fn take(&mut self, buffer: &mut BytesMut) -> Result<Bytes, FramingError> {
        let mut lone = Bytes::new();
        let mut joined = BytesMut::new();
        while self.at != At::End {
            if let At::Data { left } = &mut self.at {
                let bytes = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                if bytes == 0 {
                    break;
                }
                *left -= bytes as u64;
                if *left == 0 {
                    self.at = At::DataCr;
                }
                if joined.is_empty() && lone.is_empty() {
                    lone = take(buffer, bytes);
                } else {
                    if joined.is_empty() {
                        joined.reserve(lone.len() + buffer.len());
                        joined.extend_from_slice(&lone);
                    }
                    joined.extend_from_slice(buffer.get(..bytes).unwrap_or_default());
                    buffer.advance(bytes);
                }
                continue;
            }
            let Some(&byte) = buffer.first() else { break };
            self.at = self.follow(byte)?;
            buffer.advance(1);
        }
        Ok(if joined.is_empty() { lone } else { joined.freeze() })
    }

    /// What a byte that is no data means. Source: RFC 9112 §7.1; a lone line feed is no end of a line here.
    fn follow(&mut self, byte: u8) -> Result<At, FramingError> {
        Ok(match (self.at, byte) {
            (At::Size { size, digits }, b'\r') if digits > 0 => At::SizeLf { size },
            (At::Size { size, digits }, b';' | b' ' | b'\t') if digits > 0 => {
                self.aside()?;
                At::Extension { size }
            }
            (At::Size { size, digits }, digit) => {
                let digit = char::from(digit).to_digit(16).ok_or(FramingError::Size)?;
                if digits == SIZE_DIGITS_MAX {
                    return Err(FramingError::Size);
                }
                At::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (At::Extension { size }, b'\r') => At::SizeLf { size },
            (At::Extension { .. }, b'\n') => return Err(FramingError::Size),
            (At::Extension { size }, _) => {
                self.aside()?;
                At::Extension { size }
            }
            (At::SizeLf { size: 0 }, b'\n') => At::TrailerStart,
            (At::SizeLf { size }, b'\n') => At::Data { left: size },
            (At::SizeLf { .. }, _) => return Err(FramingError::Size),
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size { size: 0, digits: 0 },
            (At::DataCr | At::DataLf, _) => return Err(FramingError::Delimiter),
            (At::TrailerStart, b'\r') => At::EndLf,
            (At::Trailer, b'\r') => At::TrailerLf,
            (At::TrailerLf, b'\n') => At::TrailerStart,
            (At::EndLf, b'\n') => At::End,
            (At::TrailerStart | At::Trailer, byte) if byte != b'\n' => {
                self.aside()?;
                At::Trailer
            }
            (At::TrailerStart | At::Trailer | At::TrailerLf | At::EndLf, _) => return Err(FramingError::Delimiter),
            (at @ (At::Data { .. } | At::End), _) => at,
        })
    }

    const fn aside(&mut self) -> Result<(), FramingError> {
        self.aside_bytes += 1;
        if self.aside_bytes > ASIDE_BYTES_MAX { Err(FramingError::Aside) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(mut framing: Framing, pieces: &[&[u8]]) -> Result<(Vec<u8>, Framing, usize), FramingError> {
        let (mut buffer, mut body) = (BytesMut::new(), Vec::new());
        for piece in pieces {
            buffer.extend_from_slice(piece);
            body.extend_from_slice(&framing.take(&mut buffer)?);
        }
        Ok((body, framing, buffer.len()))
    }

    #[test]
    fn a_length_ends_where_it_says() {
        let (body, framing, left) = read(Framing::Length(5), &[b"he", b"lloHTTP"]).unwrap();
        assert_eq!((&*body, framing.is_over(), left), (&b"hello"[..], true, 4));
        let (body, framing, _) = read(Framing::Length(5), &[b"he"]).unwrap();
        assert_eq!((&*body, framing.is_over(), framing.left()), (&b"he"[..], false, Some(3)));
        let (body, framing, left) = read(Framing::UntilClose, &[b"he", b"llo"]).unwrap();
        assert_eq!((&*body, framing.is_over(), left), (&b"hello"[..], false, 0));
    }

    #[test]
    fn large_pieces_are_split_off_and_small_ones_copied() {
        let large = vec![b'x'; COPIED_BYTES_MAX + 1];
        for text in [&large[..], b"small"] {
            let mut framing = Framing::Length(text.len() as u64 + 1);
            assert_eq!(framing.take(&mut BytesMut::from(text)).unwrap(), text);
            assert_eq!(framing.left(), Some(1));
        }
    }

    /// The example of RFC 9112 §7.1 and its neighbours.
    #[test]
    fn f18_chunks_are_joined_and_what_is_beside_them_is_dropped() {
        for text in [
            "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
            "05\r\nhello\r\n6;a=\"b\"\r\n world\r\n000\r\n\r\n",
            "5 \r\nhello\r\n6\t;x\r\n world\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
        ] {
            let (body, framing, left) = read(Framing::chunked(), &[text.as_bytes(), b"HTTP"]).unwrap();
            assert_eq!((&*body, framing.is_over(), left), (&b"hello world"[..], true, 4), "{text:?}");
        }
    }

    #[test]
    fn f18_broken_chunks_are_refused() {
        let endless = format!("5;{}", "x".repeat(ASIDE_BYTES_MAX + 1));
        let trailers = format!("0\r\n{}", "x: y\r\n".repeat(ASIDE_BYTES_MAX / 3));
        for (text, expected) in [
            ("x\r\n", FramingError::Size),
            ("\r\n", FramingError::Size),
            ("-1\r\n", FramingError::Size),
            ("5\nhello", FramingError::Size),
            ("5\r\rhello", FramingError::Size),
            ("5;a\nhello", FramingError::Size),
            ("11111111111111111\r\n", FramingError::Size),
            ("5\r\nhello!", FramingError::Delimiter),
            ("5\r\nhello\r!", FramingError::Delimiter),
            ("0\r\n\n", FramingError::Delimiter),
            ("0\r\na\r!", FramingError::Delimiter),
            (&endless, FramingError::Aside),
            (&trailers, FramingError::Aside),
        ] {
            assert_eq!(read(Framing::chunked(), &[text.as_bytes()]).map(|_| ()), Err(expected), "{text:.20?}");
        }
        // As large as a number can be, and still only as much is taken as there is.
        let (body, framing, _) = read(Framing::chunked(), &[b"ffffffffffffffff\r\nhello"]).unwrap();
        assert_eq!((&*body, framing.is_over()), (&b"hello"[..], false));
    }

    proptest! {
        #[test]
        fn chunks_mean_the_same_wherever_they_are_split(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in prop::collection::vec(0_usize..400, 0..8),
        ) {
            let mut text = Vec::new();
            for chunk in &chunks {
                text.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                text.extend_from_slice(chunk);
                text.extend_from_slice(b"\r\n");
            }
            text.extend_from_slice(b"0\r\n\r\n");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                pieces.push(&text[from..cut]);
                from = cut;
            }
            let (body, framing, left) = read(Framing::chunked(), &pieces).unwrap();
            prop_assert_eq!(body, chunks.concat());
            prop_assert!(framing.is_over() && left == 0);
        }

        #[test]
        fn no_bytes_confuse_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(Framing::chunked(), &[&bytes]);
        }
    }
}
