use super::*;

/// Reads a stream in pieces and lists its events as `name|data`.
fn read(pieces: &[&[u8]]) -> Result<Vec<String>, SseError> {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    let show = |event: Event<'_>| format!("{}|{}", event.name, String::from_utf8_lossy(event.data));
    for piece in pieces {
        let mut at = 0;
        while let Some(event) = reader.next(piece, &mut at)? {
            events.push(show(event));
        }
        assert_eq!(at, piece.len());
    }
    events.extend(reader.finish().map(show));
    Ok(events)
}

const STREAM: &[u8] = b"\xef\xbb\xbf: hi\r\n\r\nevent: a\ndata: one\ndata:two\n\nid: 7\n\ndata: {\"x\": \"\xf0\x9f\x98\x80\"}\r\rdata\n\ndata: x\r\n\r\n: c\nretry: 1\ndata:  y\n\n";
const EVENTS: [&str; 5] = ["a|one\ntwo", "|{\"x\": \"😀\"}", "|", "|x", "| y"];

#[test]
fn f15_split_at_every_byte_gives_the_same_events() {
    assert_eq!(read(&[STREAM]).unwrap(), EVENTS);
    for first in 0..=STREAM.len() {
        for second in [first, first + 1, first + 2, STREAM.len()] {
            let second = second.min(STREAM.len());
            let pieces = [&STREAM[..first], &STREAM[first..second], &STREAM[second..]];
            assert_eq!(read(&pieces).unwrap(), EVENTS, "split at {first} and {second}");
        }
    }
    let bytes: Vec<&[u8]> = STREAM.chunks(1).collect();
    assert_eq!(read(&bytes).unwrap(), EVENTS);
}

#[test]
fn f15_line_ends_of_every_kind_are_the_same() {
    let text = "data: a\n\ndata: b\ndata: c\n\n: d\n\n";
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(read(&[text.replace('\n', end).as_bytes()]).unwrap(), ["|a", "|b\nc"]);
    }
}

#[test]
fn f11_an_event_without_its_blank_line_is_read_at_the_end() {
    assert_eq!(read(&[b"data: a\n\ndata: [DO", b"NE]"]).unwrap(), ["|a", "|[DONE]"]);
    assert_eq!(read(&[b"data: a\n"]).unwrap(), ["|a"]);
    assert!(read(&[b""]).unwrap().is_empty());
}

#[test]
fn a70_only_line_ends_are_line_ends() {
    let text = "data: \"a\u{2028}data: [DONE]\u{85}\u{b}x\"\n\n";
    assert_eq!(read(&[text.as_bytes()]).unwrap(), ["|\"a\u{2028}data: [DONE]\u{85}\u{b}x\""]);
}

#[test]
fn a71_an_event_has_a_bound() {
    let mebibyte = vec![b'x'; 1 << 20];
    let mut pieces: Vec<&[u8]> = vec![b"data: "];
    pieces.extend(std::iter::repeat_n(&mebibyte[..], 17));
    assert_eq!(read(&pieces), Err(SseError::TooLarge));
    let line = [b"data: ", &mebibyte[..1017], b"\n"].concat();
    let many_lines = line.repeat(EVENT_BYTES_MAX / line.len() + 1);
    assert_eq!(read(&[&many_lines]), Err(SseError::TooLarge));
}

#[test]
fn a71_a_million_empty_events_and_endless_comments_are_nothing() {
    assert!(read(&[&b"\n".repeat(1_000_000)]).unwrap().is_empty());
    // More than an event may have; a comment between events is no event.
    let comment = format!(": still here, thinking{}\n", ".".repeat(1_000));
    assert!(read(&[comment.repeat(EVENT_BYTES_MAX / 1_000).as_bytes()]).unwrap().is_empty());
}

#[test]
fn f14_pages_and_bodies_are_no_streams() {
    for text in ["<!DOCTYPE html>", "{\"error\":1}", "database: x", "\n\n<html>", "d:", "[", "data!"] {
        assert_eq!(read(&[text.as_bytes(), b"\n"]), Err(SseError::NotAStream), "{text}");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).chain([&b"\n"[..]]).collect();
        assert_eq!(read(&bytes), Err(SseError::NotAStream), "{text}");
    }
}
