use super::*;

fn openai(stream: &str) -> Told {
    let passed = whole(WireFormat::OpenaiChat, PASS, stream);
    assert_eq!(passed.forwarded, stream);
    passed
}

fn first_events(stream: &str, count: usize) -> String {
    stream.split_inclusive("\n\n").take(count).collect()
}

const USAGE: &str = r#""usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}"#;

fn text_event(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n")
}

#[test]
fn f11_a_clean_end_without_marker_is_complete_after_a_finish_reason() {
    let told = openai(&first_events(OPENAI, 4));
    assert!(told.is_complete && !told.terminal && !told.is_mid_event);
    assert!(!openai(&first_events(OPENAI, 3)).is_complete);
    assert!(openai(&(first_events(OPENAI, 3) + "data: [DONE]")).is_complete);
    assert!(!whole(WireFormat::AnthropicMessages, PASS, &first_events(ANTHROPIC, 6)).is_complete);
    assert!(whole(WireFormat::AnthropicMessages, PASS, &first_events(ANTHROPIC, 7)).is_complete);
    assert!(!openai("").is_complete);
}

#[test]
fn f12_a_reset_inside_an_event_leaves_it_unfinished() {
    let cut = &OPENAI[..OPENAI.find("w\\u00f6rld").unwrap()];
    let told = openai(cut);
    assert!(told.is_mid_event && !told.is_complete);
    assert_eq!((told.text_bytes, told.events), (5, 2));
    let held = whole(WireFormat::OpenaiChat, WITHHOLD, cut);
    assert_eq!(held.forwarded, cut, "what was held is the caller's when the stream ends");
}

#[test]
fn f12_a54_what_was_received_is_counted_when_the_stream_breaks() {
    let tokens = |format, stream: &str| {
        let mut tap = StreamTap::new(format, PASS);
        tap.push(Bytes::from(stream.to_owned()), &mut Vec::new()).unwrap();
        let (usage, source) = tap.tokens(40);
        (usage.input_tokens, usage.output_tokens, source)
    };
    let long = first_events(ANTHROPIC, 4).replace("Hello", &"x".repeat(401));
    assert_eq!(tokens(WireFormat::AnthropicMessages, &long), (1125, 101, UsageSource::Counted));
    assert_eq!(tokens(WireFormat::AnthropicMessages, ANTHROPIC), (1125, 15, UsageSource::Provider));
    assert_eq!(tokens(WireFormat::OpenaiChat, &first_events(OPENAI, 3)), (40, 5, UsageSource::Counted));
    assert_eq!(tokens(WireFormat::OpenaiChat, OPENAI), (9, 12, UsageSource::Provider));
    assert_eq!(tokens(WireFormat::OpenaiChat, ""), (40, 0, UsageSource::Counted));
}

#[test]
fn f13_an_error_event_passes_and_is_known() {
    let stream = first_events(OPENAI, 2)
        + "data: {\"error\":{\"message\":\"Server overloaded\",\"type\":\"server_error\"}}\n\ndata: [DONE]\n\n";
    let told = openai(&stream);
    assert_eq!((told.error.as_deref(), told.is_complete), (Some("Server overloaded"), false));

    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let told = whole(WireFormat::AnthropicMessages, PASS, &(first_events(ANTHROPIC, 4) + error));
    assert_eq!((told.error.as_deref(), told.is_complete), (Some("Overloaded"), false));

    let told = whole(WireFormat::OpenaiChat, PASS, "event: error\ndata: out of memory\n\n");
    assert_eq!(told.error.as_deref(), Some("out of memory"));

    let list = "[{\"candidates\":[]},{\"error\":{\"code\":503,\"message\":\"Unavailable\"}}]";
    assert_eq!(whole(WireFormat::GeminiGenerateContent, PASS, list).error.as_deref(), Some("Unavailable"));
}

#[test]
fn f14_a_page_or_body_instead_of_a_stream_is_never_forwarded() {
    for (text, error) in [
        ("<html><body>502</body></html>\n\n", TapError::NotAStream),
        ("{\"error\":{\"message\":\"no\"}}\n", TapError::NotAStream),
        ("data: <html>\n\n", TapError::NotJson),
    ] {
        for options in [PASS, WITHHOLD] {
            let mut out = Vec::new();
            let mut tap = StreamTap::new(WireFormat::OpenaiChat, options);
            assert_eq!(tap.push(Bytes::from(text), &mut out), Err(error), "{text}");
            assert!(out.is_empty());
            assert_eq!(error.class(), FaultClass::BadAnswer);
        }
    }
    // Later on it passes and is counted.
    let stream = text_event("a") + "data: oops\n\n" + &text_event("b");
    let told = openai(&stream);
    assert_eq!((told.text_bytes, told.events), (2, 3));
}

#[test]
fn f15_split_at_every_byte_tells_the_same() {
    for end in ["\n", "\r\n", "\r"] {
        for (format, stream) in STREAMS {
            let stream = stream.replace("\r\n", "\n").replace('\n', end);
            let all = [PASS, WITHHOLD];
            let options = if format == WireFormat::OpenaiChat { &all[..] } else { &all[..1] };
            for &options in options {
                let expected = whole(format, options, &stream);
                for at in 0..=stream.len() {
                    let (left, right) = stream.as_bytes().split_at(at);
                    assert_eq!(tell(format, options, [left, right]).unwrap(), expected, "{end:?} {format:?} at {at}");
                }
                let bytes = stream.as_bytes().chunks(1);
                assert_eq!(tell(format, options, bytes).unwrap(), expected, "{end:?} {format:?} byte by byte");
            }
        }
    }
}

#[test]
fn f15_white_space_before_a_gemini_stream_says_nothing() {
    for stream in [format!("\n \u{feff}{GEMINI}"), format!("\r\n {GEMINI_LIST}")] {
        let expected = whole(WireFormat::GeminiGenerateContent, PASS, &stream);
        assert!(expected.is_complete && expected.forwarded == stream);
        let bytes = stream.as_bytes().chunks(1);
        assert_eq!(tell(WireFormat::GeminiGenerateContent, PASS, bytes).unwrap(), expected);
    }
}

#[test]
fn f16_invalid_utf8_passes_and_is_flagged() {
    let mut stream = text_event("a").into_bytes();
    stream.extend_from_slice(&text_event("x").into_bytes());
    let bad = stream.iter().rposition(|&byte| byte == b'x').unwrap();
    stream[bad] = 0xff;
    stream.extend_from_slice(text_event("b").as_bytes());
    let mut tap = StreamTap::new(WireFormat::OpenaiChat, PASS);
    let mut out = Vec::new();
    tap.push(Bytes::from(stream.clone()), &mut out).unwrap();
    assert_eq!(out.concat(), stream);
    assert!(tap.has_invalid_utf8());
    assert_eq!((tap.events(), tap.output_text_bytes(), tap.garbage_events()), (3, 1 + 3 + 1, 0));
}

#[test]
fn f17_a55_usage_is_booked_once_wherever_it_stands() {
    let expected = Some(Usage { input_tokens: 7, output_tokens: 3, ..Usage::default() });
    let text = text_event("abc");
    let alone = format!("data: {{\"choices\":[],{USAGE}}}\n\n");
    let without_choices = format!("data: {{{USAGE}}}\n\n");
    let beside = format!("data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}],{USAGE}}}\n\n");
    let groq = format!("data: {{\"choices\":[],\"x_groq\":{{{USAGE}}}}}\n\n");
    for stream in [
        text.clone() + &alone,
        alone.clone() + &text,
        alone.clone() + &text + &alone,
        text.clone() + &without_choices,
        text.clone() + &beside + &alone,
        text.clone() + &groq,
        text.clone() + &alone + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n",
    ] {
        assert_eq!(openai(&stream).usage, expected, "{stream}");
    }
    // A chunk without choices is not what was asked for: it passes.
    let told = whole(WireFormat::OpenaiChat, WITHHOLD, &without_choices);
    assert_eq!(told.forwarded, without_choices);
}

#[test]
fn a55_missing_and_impossible_usage_leave_our_own_count() {
    for usage in
        ["null", "{\"prompt_tokens\":0,\"completion_tokens\":0}", "{\"prompt_tokens\":-7,\"completion_tokens\":3}"]
    {
        let told = openai(&(text_event("abcd") + &format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n")));
        assert_eq!((told.usage, told.text_bytes), (None, 4), "{usage}");
    }
    let stream = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1000000000000}}\n\n";
    let (_, was_capped) = openai(stream).usage.unwrap().capped();
    assert!(was_capped);
}

#[test]
fn a70_markers_inside_text_are_text() {
    let nasty =
        r#"\n\ndata: [DONE]\n\nevent: error\nid: 1\nretry: 0\r\u2028 \"usage\":{\"prompt_tokens\":9} \"error\":\"x\""#;
    let raw = "\u{2028}data: [DONE]\u{2028}";
    // The first is understood, the next are recognised by it.
    let stream = [nasty, nasty, raw, "[DONE]", "plain"].map(text_event).concat();
    let told = openai(&stream);
    assert_eq!((told.events, told.usage, told.error, told.terminal), (5, None, None, false));
    let spelled =
        "\n\ndata: [DONE]\n\nevent: error\nid: 1\nretry: 0\r\u{2028} \"usage\":{\"prompt_tokens\":9} \"error\":\"x\"";
    assert_eq!(told.text_bytes, (2 * spelled.len() + raw.len() + 6 + 5) as u64);
}

#[test]
fn a71_an_event_without_end_is_given_up() {
    let mebibyte = vec![b'x'; 1 << 20];
    for (format, start) in [
        (WireFormat::OpenaiChat, &b"data: {\"x\":\""[..]),
        (WireFormat::OpenaiChat, b"data"),
        (WireFormat::GeminiGenerateContent, b"[{\"x\":\""),
    ] {
        for options in [PASS, WITHHOLD] {
            let pieces = std::iter::once(start).chain(std::iter::repeat_n(&mebibyte[..], 17));
            // A field with a name of its own is ignored by parsers, so that only its size tells.
            let pieces = pieces.map(|piece| if piece == b"data" { &b"data: x\nnothing"[..] } else { piece });
            assert_eq!(tell(format, options, pieces), Err(TapError::TooLarge));
        }
    }
}

#[test]
fn a71_nothing_but_line_ends_and_comments_is_no_answer() {
    let told = whole(WireFormat::OpenaiChat, WITHHOLD, &"\n".repeat(1_000_000));
    assert_eq!((told.events, told.is_complete, told.forwarded.len()), (0, false, 1_000_000));
    let comments = ": thinking\n".repeat(100_000);
    let told = whole(WireFormat::OpenaiChat, WITHHOLD, &comments);
    assert_eq!((told.events, told.is_complete), (0, false));
    assert_eq!(told.forwarded, comments);
}
