use super::*;

fn usage(input: u64, output: u64, cache_read: u64, cache_write: u64, reasoning: u64) -> Option<Usage> {
    Some(Usage {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: cache_read,
        cache_write_tokens: cache_write,
        reasoning_tokens: reasoning,
    })
}

fn told(forwarded: &str, text_bytes: u64, events: u64, usage: Option<Usage>, finish: &str, model: &str) -> Told {
    Told {
        forwarded: forwarded.to_owned(),
        text_bytes,
        events,
        usage,
        finish: Some(finish.to_owned()).filter(|finish| !finish.is_empty()),
        model: Some(model.to_owned()).filter(|model| !model.is_empty()),
        error: None,
        is_complete: true,
        terminal: true,
        is_mid_event: false,
    }
}

#[test]
fn openai_stream_passes_and_is_understood() {
    let expected = told(OPENAI, 5 + 12, 6, usage(9, 12, 3, 0, 2), "stop", "gpt-4o-mini");
    assert_eq!(whole(WireFormat::OpenaiChat, PASS, OPENAI), expected);
}

#[test]
fn exactly_the_usage_only_event_is_withheld() {
    let mut events: Vec<&str> = OPENAI.split_inclusive("\n\n").collect();
    events.remove(4);
    let expected = told(&events.concat(), 17, 6, usage(9, 12, 3, 0, 2), "stop", "gpt-4o-mini");
    assert_eq!(whole(WireFormat::OpenaiChat, WITHHOLD, OPENAI), expected);
    // What only looks like it passes: content filter results of Azure, and usage beside choices.
    let stream = concat!(
        "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n",
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"choices\\\":[],\\\"usage\\\":{}\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n",
    );
    assert_eq!(whole(WireFormat::OpenaiChat, WITHHOLD, stream).forwarded, stream);
    let alone = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}";
    assert_eq!(whole(WireFormat::OpenaiChat, WITHHOLD, alone).forwarded, "");
    assert_eq!(whole(WireFormat::WorkersAi, WITHHOLD, alone).forwarded, alone);
}

#[test]
fn anthropic_stream_passes_and_is_understood() {
    let expected = told(ANTHROPIC, 6, 8, usage(1125, 15, 1000, 100, 0), "end_turn", "claude-opus-4-1");
    assert_eq!(whole(WireFormat::AnthropicMessages, PASS, ANTHROPIC), expected);
}

#[test]
fn gemini_streams_pass_and_are_understood() {
    let mut expected = told(GEMINI, 12, 2, usage(11, 27, 0, 0, 20), "STOP", "gemini-2.5-flash");
    expected.terminal = false;
    assert_eq!(whole(WireFormat::GeminiGenerateContent, PASS, GEMINI), expected);
    let expected = told(GEMINI_LIST, 15, 2, usage(11, 27, 0, 0, 20), "STOP", "");
    assert_eq!(whole(WireFormat::GeminiGenerateContent, PASS, GEMINI_LIST), expected);
}

#[test]
fn workers_ai_stream_passes_and_is_understood() {
    let expected = told(WORKERS_AI, 5, 4, usage(5, 2, 0, 0, 0), "", "");
    assert_eq!(whole(WireFormat::WorkersAi, PASS, WORKERS_AI), expected);
}

#[test]
fn a_ready_chunk_is_forwarded_without_a_copy() {
    for options in [PASS, WITHHOLD] {
        let chunk = Bytes::from(OPENAI.split_inclusive("\n\n").take(4).collect::<String>());
        let mut out = Vec::new();
        let mut tap = StreamTap::new(WireFormat::OpenaiChat, options);
        tap.push(chunk.clone(), &mut out).unwrap();
        assert_eq!(out.len(), 1);
        assert_eq!((out[0].as_ptr(), out[0].len()), (chunk.as_ptr(), chunk.len()));
    }
    // Around a withheld event the rest is sliced.
    let chunk = Bytes::from(OPENAI);
    let mut out = Vec::new();
    StreamTap::new(WireFormat::OpenaiChat, WITHHOLD).push(chunk.clone(), &mut out).unwrap();
    let range = chunk.as_ptr_range();
    assert_eq!(out.len(), 2);
    assert!(out.iter().all(|slice| range.contains(&slice.as_ptr())));
}

#[test]
fn the_first_token_is_text_and_not_the_role() {
    let mut tap = StreamTap::new(WireFormat::OpenaiChat, PASS);
    let seen: Vec<bool> = OPENAI
        .split_inclusive("\n\n")
        .map(|event| {
            tap.push(Bytes::from(event), &mut Vec::new()).unwrap();
            tap.first_token_seen()
        })
        .collect();
    assert_eq!(seen, [false, true, true, true, true, true]);
    let mut tap = StreamTap::new(WireFormat::AnthropicMessages, PASS);
    let events = ANTHROPIC.split_inclusive("\n\n");
    let seen = events.map(|event| tap.push(Bytes::from(event), &mut Vec::new()).map(|()| tap.first_token_seen()));
    assert_eq!(seen.collect::<Result<Vec<_>, _>>().unwrap(), [false, false, false, true, true, true, true, true]);
}

#[test]
fn boundaries_are_between_events_and_never_in_a_list() {
    let mut tap = StreamTap::new(WireFormat::AnthropicMessages, PASS);
    let mut at = |piece: &'static str| {
        tap.push(Bytes::from(piece), &mut Vec::new()).unwrap();
        tap.at_boundary()
    };
    assert!(!at("event: ping\n"));
    assert!(!at("data: {}\n"));
    assert!(at("\n"));
    assert!(at(": comment\n"));
    assert!(!at(": comm"));
    assert!(at("ent\n"));
    assert!(!at("data: {}\r\n\r"), "a comment must not come between CR and LF");
    assert!(at("\n"));

    let mut tap = StreamTap::new(WireFormat::OpenaiChat, WITHHOLD);
    let mut out = Vec::new();
    tap.push(Bytes::from_static(b"data: {\"choices\":[]}\n\ndata: {\"cho"), &mut out).unwrap();
    assert!(tap.at_boundary(), "the unfinished event is held");
    assert_eq!(out.concat(), b"data: {\"choices\":[]}\n\n");

    let mut tap = StreamTap::new(WireFormat::GeminiGenerateContent, PASS);
    tap.push(Bytes::from_static(b"[{}\n,"), &mut Vec::new()).unwrap();
    assert!(tap.is_json_list() && !tap.at_boundary());
}

#[test]
fn several_answers_end_one_by_one() {
    let event = |index: u8, rest: &str| format!("data: {{\"choices\":[{{\"index\":{index},{rest}}}]}}\n\n");
    let begun = event(0, "\"delta\":{\"content\":\"a\"}") + &event(1, "\"delta\":{\"content\":\"b\"}");
    let one = begun + &event(0, "\"delta\":{},\"finish_reason\":\"stop\"");
    assert!(!whole(WireFormat::OpenaiChat, PASS, &one).is_complete);
    let both = one + &event(1, "\"delta\":{},\"finish_reason\":\"length\"");
    assert!(whole(WireFormat::OpenaiChat, PASS, &both).is_complete);
}
