use proptest::prelude::*;

use super::*;

/// What streams are made of, right and wrong.
const PARTS: [&[u8]; 22] = [
    b"data: ",
    b"data:",
    b"data",
    b"event: error",
    b": c",
    b"\n",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"[DONE]",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}",
    b"{}",
    b",",
];

/// A stream of any format with some of its events repeated, left out or replaced by noise.
fn streams() -> impl Strategy<Value = (WireFormat, String)> {
    let noise = prop::sample::select(vec![
        ": comment\n\n",
        "\n",
        "\r\n\r\n",
        "data\n\n",
        "data: \n\n",
        "id: 1\nretry: 5\n\n",
        "data: garbage\n\n",
        "data: {\"choices\":\ndata: []}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\r\n\r\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\r\r",
        "data: {\"error\":{\"message\":\"é\"}}\n\n",
        "event: x\n: c\ndata: [DONE]\n\n",
    ]);
    let shaped = move |(format, stream): (WireFormat, &'static str)| {
        let events: Vec<&str> = stream.split_inclusive("\n\n").collect();
        let event = prop_oneof![3 => prop::sample::select(events), 1 => noise.clone()];
        let first = stream.split_inclusive("\n\n").next().unwrap_or_default();
        prop::collection::vec(event, 0..8).prop_map(move |events| (format, format!("{first}{}", events.concat())))
    };
    prop::sample::select(STREAMS.to_vec()).prop_flat_map(shaped)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// However a stream is cut, the caller gets the same bytes and the gateway learns the same.
    #[test]
    fn f15_any_chunking_tells_the_same(
        (format, stream) in streams(),
        withhold_usage_only: bool,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let options = TapOptions { withhold_usage_only };
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let pieces = places.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]);
        let expected = tell(format, options, [stream.as_bytes()]);
        if let Ok(told) = &expected && !(withhold_usage_only && format == WireFormat::OpenaiChat) {
            prop_assert_eq!(&told.forwarded, &stream);
        }
        prop_assert_eq!(tell(format, options, pieces), expected);
    }

    /// An event that is recognised by the one before counts as if it had been parsed.
    #[test]
    fn a70_recognised_text_counts_as_parsed_text(texts in prop::collection::vec("[a-z\"\\\\\n😀é]{0,12}", 1..6)) {
        let event = |text: &str| {
            let text = serde_json::Value::from(text).to_string();
            format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}}}}]}}\n\n")
        };
        let stream: String = texts.iter().map(|text| event(text)).collect();
        let told = tell(WireFormat::OpenaiChat, PASS, [stream.as_bytes()]).unwrap();
        prop_assert_eq!(told.text_bytes, texts.iter().map(|text| text.len() as u64).sum::<u64>());
        prop_assert_eq!(told.events, texts.len() as u64);
    }

    /// Whatever arrives, nothing panics, and the cuts of the network make no difference.
    #[test]
    fn a71_any_bytes_in_any_chunks_tell_the_same(
        format in prop::sample::select(WireFormat::ALL.to_vec()),
        parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..24),
        withhold_usage_only: bool,
        size in 1..9_usize,
    ) {
        let options = TapOptions { withhold_usage_only };
        let bytes = parts.concat();
        prop_assert_eq!(tell(format, options, bytes.chunks(size)), tell(format, options, [&bytes[..]]));
    }
}
