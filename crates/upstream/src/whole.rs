//! An answer read to its end, in the clear: what is inspected or translated has to be whole first.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::{HeaderMap, Response, header};
use http_body_util::BodyExt;
use waypost_types::{Fault, FaultClass};

use crate::{
    answer::{Answer, too_large},
    limits::{ANSWER_BYTES_MAX, INFLATE_FREE_BYTES, INFLATE_RATIO_MAX},
};

/// Reads the body to its end and undoes `gzip` and `deflate`; the headers then describe the bytes at hand.
///
/// # Errors
/// The body's own faults; [`FaultClass::TooLarge`] above 64 MiB or 100 times its compressed size; [`FaultClass::BadAnswer`] for
/// an unknown encoding or broken compression.
pub async fn read_whole(response: Response<Answer>) -> Result<Response<Bytes>, Fault> {
    let (mut parts, body) = response.into_parts();
    let bytes = collect(body).await?;
    let plain = decode(&parts.headers, bytes)?;
    if parts.headers.remove(header::CONTENT_ENCODING).is_some() {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Ok(Response::from_parts(parts, plain))
}

/// The body's bytes as they came. It is bounded by [`Answer`] itself.
///
/// # Errors
/// The body's own faults.
pub async fn collect(mut body: Answer) -> Result<Bytes, Fault> {
    let (mut first, mut all) = (None, BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        match (first.take(), all.is_empty()) {
            (None, true) => first = Some(data),
            (held, _) => {
                all.extend_from_slice(&held.unwrap_or_default());
                all.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| all.freeze()))
}

/// Undoes the encodings that the headers name.
///
/// # Errors
/// See [`read_whole`].
pub fn decode(headers: &HeaderMap, mut bytes: Bytes) -> Result<Bytes, Fault> {
    let named = headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let encodings: Vec<_> =
        named.flat_map(|value| value.split(',')).map(|one| one.trim().to_ascii_lowercase()).collect();
    if encodings.iter().filter(|encoding| *encoding != "identity").count() > 1 {
        return Err(Fault::new(FaultClass::BadAnswer, "the answer is encoded more than once"));
    }
    for encoding in encodings {
        bytes = match encoding.as_str() {
            "" | "identity" => bytes,
            "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(&*bytes), bytes.len())?,
            // Some servers send raw DEFLATE under this name, where the standard means the zlib format.
            "deflate" if is_zlib(&bytes) => inflate(ZlibDecoder::new(&*bytes), bytes.len())?,
            "deflate" => inflate(DeflateDecoder::new(&*bytes), bytes.len())?,
            other => return Err(Fault::new(FaultClass::BadAnswer, format!("unknown content-encoding {other:?}"))),
        };
    }
    Ok(bytes)
}

fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [cmf, flags, ..] if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flags)) % 31 == 0)
}

fn inflate(decoder: impl Read, compressed_bytes: usize) -> Result<Bytes, Fault> {
    let ratio_bound = (compressed_bytes as u64).saturating_mul(INFLATE_RATIO_MAX).max(INFLATE_FREE_BYTES);
    let bound = ratio_bound.min(ANSWER_BYTES_MAX);
    let mut plain = Vec::new();
    match decoder.take(bound + 1).read_to_end(&mut plain) {
        Ok(_) if plain.len() as u64 <= bound => Ok(plain.into()),
        Ok(_) if bound == ANSWER_BYTES_MAX => Err(too_large()),
        Ok(_) => Err(Fault::new(
            FaultClass::TooLarge,
            format!("the answer inflates to more than {INFLATE_RATIO_MAX} times its size"),
        )),
        Err(error) => Err(broken(&error)),
    }
}

fn broken(error: &io::Error) -> Fault {
    Fault::new(FaultClass::BadAnswer, format!("the answer's compression is broken: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn headers(encoding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_ENCODING, encoding.parse().unwrap())])
    }

    fn gzip(plain: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn encodings_are_undone() {
        assert_eq!(decode(&headers("gzip"), gzip(b"{}")).unwrap(), "{}");
        assert_eq!(decode(&headers("identity"), Bytes::from_static(b"{}")).unwrap(), "{}");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        assert_eq!(decode(&headers("deflate"), zlib.finish().unwrap().into()).unwrap(), "hello");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"hello").unwrap();
        assert_eq!(decode(&headers("Deflate"), raw.finish().unwrap().into()).unwrap(), "hello");
    }

    #[test]
    fn f18_broken_and_unknown_encodings_are_bad_answers() {
        let whole = gzip(&[b'x'; 5000]);
        let half = whole.slice(..whole.len() / 2);
        assert_eq!(decode(&headers("gzip"), half).unwrap_err().class, FaultClass::BadAnswer);
        for encoding in ["br", "zstd", "gzip, gzip", "made-up"] {
            assert_eq!(
                decode(&headers(encoding), whole.clone()).unwrap_err().class,
                FaultClass::BadAnswer,
                "{encoding}"
            );
        }
    }

    #[test]
    fn a21_a_bomb_is_not_inflated() {
        let bomb = gzip(&vec![0; 8 * 1024 * 1024]);
        assert!(bomb.len() < 10_000);
        assert_eq!(decode(&headers("gzip"), bomb).unwrap_err().class, FaultClass::TooLarge);
        let honest = gzip(&vec![b' '; 500_000]);
        assert_eq!(decode(&headers("gzip"), honest).unwrap().len(), 500_000);
    }
}
