use proptest::prelude::*;

use super::*;

const ID: SegmentId = SegmentId { number: 7, core: 3 };

/// Writes payloads one after the other; returns the bytes and where each frame ends.
fn segment(payloads: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends, mut frame) = (Vec::new(), Vec::new(), Vec::new());
    for payload in payloads {
        begin(&mut frame, 2);
        frame.extend_from_slice(payload);
        end(&mut frame);
        seal(&mut frame, ID.seed(bytes.len()));
        bytes.extend_from_slice(&frame);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn scan(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut payloads, mut damage) = (Vec::new(), 0);
    let mut scan = Scan::new(ID, 0, bytes.len());
    while let Some(found) = scan.next(bytes) {
        match found {
            Found::Frame(frame) => payloads.push(frame.payload.to_vec()),
            Found::Damage { bytes } => {
                assert!(bytes > 0);
                damage += 1;
            }
        }
    }
    (payloads, damage)
}

fn payloads() -> Vec<Vec<u8>> {
    vec![b"open".to_vec(), b"{\"id\":1}".to_vec(), Vec::new(), vec![0; 40], b"settlement".to_vec()]
}

#[test]
fn frames_come_back_in_order() {
    let (mut bytes, _) = segment(&payloads());
    assert_eq!(scan(&bytes), (payloads(), 0));
    bytes.resize(4096, 0);
    assert_eq!(scan(&bytes), (payloads(), 0), "zeros behind the last frame are no damage");
}

#[test]
fn f53_a_cut_at_every_byte_keeps_the_whole_frames_before_it() {
    let (bytes, ends) = segment(&payloads());
    for cut in 0..bytes.len() {
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        // The last frame's padding may be cut off without harm.
        let (read, damage) = scan(&bytes[..cut]);
        assert!(read.len() == whole || read.len() == whole + 1, "cut at {cut}");
        assert_eq!(read, payloads()[..read.len()]);
        assert!(damage <= 1);
    }
}

#[test]
fn f53_a_cut_in_a_full_segment_is_skipped_and_counted_once() {
    let (bytes, ends) = segment(&payloads());
    for cut in 1..bytes.len() {
        let mut torn = bytes[..cut].to_vec();
        torn.resize(4096, 0);
        let (read, damage) = scan(&torn);
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert!(read.len() >= whole && damage <= 1, "cut at {cut}");
        assert_eq!(read, payloads()[..read.len()]);
    }
}

#[test]
fn f53_a_flipped_bit_costs_at_most_its_own_frame() {
    let (bytes, ends) = segment(&payloads());
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let hit = ends.iter().filter(|&&end| end <= bit / 8).count();
        let mut expected = payloads();
        let (read, damage) = scan(&flipped);
        if read != expected {
            expected.remove(hit);
            assert_eq!(read, expected, "bit {bit}");
            assert_eq!(damage, 1, "bit {bit}");
        }
    }
}

#[test]
fn a_page_that_never_reached_the_disk_costs_only_what_it_held() {
    let (mut bytes, ends) = segment(&vec![vec![b'x'; 100]; 80]);
    bytes[4096..8192].fill(0);
    let lost = ends.iter().enumerate().filter(|&(index, &end)| {
        let start = index.checked_sub(1).map_or(0, |before| ends[before]);
        end > 4096 && start < 8192
    });
    let (read, damage) = scan(&bytes);
    assert_eq!((read.len(), damage), (80 - lost.count(), 1));
}

#[test]
fn a_frame_inside_a_payload_is_not_one() {
    let (inner, _) = segment(&[b"forged".to_vec()]);
    let (mut bytes, _) = segment(&[inner]);
    bytes[0] ^= 1;
    assert_eq!(scan(&bytes), (vec![], 1), "the copy was sealed for another place");
}

#[test]
fn a_file_of_marks_does_not_hold_up_the_start() {
    let mut bytes = Vec::new();
    while bytes.len() < 1 << 20 {
        bytes.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0xFF, b'W', 0xFF]);
    }
    let mut scan = Scan::new(ID, 0, bytes.len());
    assert_eq!(scan.next(&bytes), Some(Found::Damage { bytes: bytes.len() }));
    assert_eq!(scan.next(&bytes), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn f53_any_bytes_are_read_to_the_end(bytes in prop::collection::vec(any::<u8>(), 0..2048), from in 0..2048_usize) {
        let mut scan = Scan::new(ID, from, bytes.len());
        while scan.next(&bytes).is_some() {}
        prop_assert!(scan.at() >= bytes.len());
    }
}
