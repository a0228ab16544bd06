//! What holds for every format.

use proptest::prelude::*;
use waypost_types::WireFormat;
use waypost_wire::{
    event::ReplyEvent,
    formats::{StreamDecoder, decode_reply, decode_request, encode_reply, encode_request},
    prompt::{Effort, Function, Json, Message, Part, PartBody, Prompt, Role, Tool, ToolCall, ToolChoice, ToolResult},
};

use crate::{
    said::Said,
    support::{Case, events, identity, json, stream},
};

/// A model that takes back whatever the fixtures carry.
const ANY_MODEL: &str = "google/claude";

fn own_requests_survive(format: WireFormat) {
    for case in Case::all(format) {
        let Some(body) = case.read("request.json") else { continue };
        let mut prompt = decode_request(format, &body).unwrap();
        let (bytes, losses) = encode_request(format, &prompt, ANY_MODEL, prompt.stream);
        let mut again = decode_request(format, &bytes).unwrap();
        (prompt.model, again.model) = Default::default();
        (prompt.stream, again.stream) = Default::default();
        if format == WireFormat::AnthropicMessages {
            again.sampling.max_output_tokens = prompt.sampling.max_output_tokens;
        }
        assert_eq!(prompt, again, "{}", case.name);
        assert!(losses.is_empty(), "{}: {losses:?}", case.name);
    }
}

fn own_replies_survive(format: WireFormat) {
    for case in Case::all(format) {
        let Some(body) = case.read("reply.json") else { continue };
        let reply = decode_reply(format, &body).unwrap();
        let (bytes, _) = encode_reply(format, &reply, &identity());
        let again = decode_reply(format, &bytes).unwrap();
        assert_eq!(Said::in_reply(&reply).text, Said::in_reply(&again).text, "{}", case.name);
        assert_eq!(reply.choices[0].extras, again.choices[0].extras, "{}", case.name);
    }
}

fn replies_say_the_same_everywhere(format: WireFormat) {
    for case in Case::all(format) {
        let Some(body) = case.read("reply.json") else { continue };
        let reply = decode_reply(format, &body).unwrap();
        for target in WireFormat::ALL {
            let (bytes, _) = encode_reply(target, &reply, &identity());
            let again = decode_reply(target, &bytes).unwrap();
            let (before, mut after) = (Said::in_reply(&reply), Said::in_reply(&again));
            // Where a provider reports no tokens, formats that must name some name none.
            after.tokens = after.tokens.filter(|_| before.tokens.is_some());
            assert_eq!(strip_marks(after), before, "{} in {}", case.name, target.as_str());
        }
    }
}

fn streams_say_the_same_everywhere(format: WireFormat) {
    for case in Case::all(format) {
        let Some(body) = case.read("stream.sse") else { continue };
        let events_before = events(format, &body).unwrap();
        if events_before.iter().any(|event| matches!(event, ReplyEvent::Error { .. })) {
            continue;
        }
        for target in WireFormat::ALL {
            let (text, _) = stream(target, &events_before);
            let again = events(target, text.as_bytes()).unwrap();
            let (before, mut after) = (Said::in_stream(&events_before), Said::in_stream(&again));
            after.tokens = after.tokens.filter(|_| before.tokens.is_some());
            if target == WireFormat::OpenaiChat {
                // A signed thought goes out as text to show and once more whole; a client joins neither.
                after.thoughts = before.thoughts.clone();
            }
            assert_eq!(strip_marks(after), before, "{} in {}", case.name, target.as_str());
        }
    }
}

/// Answers read back as a provider's hold foreign signatures in their marked form.
fn strip_marks(mut said: Said) -> Said {
    for signature in &mut said.signatures {
        if let Some(marked) = signature.strip_prefix("waypost:") {
            *signature = marked.rsplit(':').next().unwrap().to_owned();
        }
    }
    said.signatures.sort();
    said
}

fn any_split_reads_the_same(format: WireFormat) {
    for case in Case::all(format) {
        let Some(body) = case.read("stream.sse") else { continue };
        let whole = events(format, &body).unwrap();
        for size in [1, 2, 3, 7, 64] {
            assert_eq!(in_pieces(format, &body, size), whole, "{} in pieces of {size}", case.name);
        }
        for replaced in [&b"\r\n"[..], b"\r"] {
            let body = with_line_ends(&body, replaced);
            assert_eq!(in_pieces(format, &body, 1), whole, "{} with {replaced:?}", case.name);
            assert_eq!(in_pieces(format, &body, body.len()), whole, "{} with {replaced:?}", case.name);
        }
    }
}

fn every_split_in_two_reads_the_same(format: WireFormat) {
    let case = Case::all(format).into_iter().find(|case| case.name == "text").unwrap();
    let body = with_line_ends(&case.read("stream.sse").unwrap(), b"\r\n");
    let whole = events(format, &body).unwrap();
    for at in 0..body.len() {
        let mut decoder = StreamDecoder::new(format);
        let mut out = Vec::new();
        decoder.push(&body[..at], &mut out).unwrap();
        decoder.push(&body[at..], &mut out).unwrap();
        decoder.finish(&mut out).unwrap();
        assert_eq!(out, whole, "split at {at}");
    }
}

fn in_pieces(format: WireFormat, body: &[u8], size: usize) -> Vec<ReplyEvent> {
    let mut decoder = StreamDecoder::new(format);
    let mut out = Vec::new();
    body.chunks(size).for_each(|piece| decoder.push(piece, &mut out).unwrap());
    decoder.finish(&mut out).unwrap();
    assert!(!decoder.has_replaced_bytes());
    out
}

fn with_line_ends(body: &[u8], end: &[u8]) -> Vec<u8> {
    body.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(end)
}

// === prompts that every format can say ===

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", Just("é\u{2028}\"\\\n👋".to_owned())]
}

fn turn() -> impl Strategy<Value = Vec<Message>> {
    let said = (word(), word()).prop_map(|(asked, answered)| {
        vec![
            Message::new(Role::User, vec![Part::text(asked)]),
            Message::new(Role::Assistant, vec![Part::text(answered)]),
        ]
    });
    let called = (word(), "[a-z]{3}", proptest::collection::vec(word(), 1..3)).prop_map(|(asked, id, results)| {
        let call = |number: usize| ToolCall {
            id: format!("{id}{number}"),
            name: "look".into(),
            arguments: format!("{{\"n\":{number}}}"),
        };
        let calls = (0..results.len()).map(|number| Part::new(PartBody::ToolCall(call(number)))).collect();
        let results = results.into_iter().enumerate().map(|(number, text)| {
            let content = vec![Part::text(text)];
            let call = call(number);
            Part::new(PartBody::ToolResult(ToolResult { call_id: call.id, name: call.name, content, is_error: false }))
        });
        vec![
            Message::new(Role::User, vec![Part::text(asked)]),
            Message::new(Role::Assistant, calls),
            Message::new(Role::User, results.collect()),
            Message::new(Role::Assistant, vec![Part::text("so")]),
        ]
    });
    prop_oneof![said, called]
}

prop_compose! {
    fn prompt(origin: WireFormat)(
        system in proptest::option::of(word()),
        turns in proptest::collection::vec(turn(), 0..4),
        last in word(),
        max in 1_u64..9_000,
        temperature in proptest::option::of(0_u8..=10),
        stop in proptest::collection::vec("[A-Z]{1,4}", 0..4),
        choice in proptest::sample::select(vec![
            None, Some(ToolChoice::Auto), Some(ToolChoice::Required), Some(ToolChoice::None),
            Some(ToolChoice::Function("look".into())),
        ]),
        effort in proptest::sample::select(vec![None, Some(Effort::Low), Some(Effort::High)]),
    ) -> Prompt {
        let mut prompt = Prompt::new(origin);
        prompt.messages.extend(system.map(|text| Message::new(Role::System, vec![Part::text(text)])));
        prompt.messages.extend(turns.into_iter().flatten());
        prompt.messages.push(Message::new(Role::User, vec![Part::text(last)]));
        prompt.sampling.max_output_tokens = Some(max);
        prompt.sampling.temperature = temperature.map(|tenths| f64::from(tenths) / 10.0);
        // Workers AI knows no stop sequences.
        prompt.sampling.stop = if origin == WireFormat::WorkersAi { Vec::new() } else { stop };
        prompt.tool_choice = choice;
        prompt.reasoning.effort = effort;
        prompt.tools.push(Tool::Function(Function {
            name: "look".into(),
            description: Some("Looks.".into()),
            parameters: Some(json(br#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number"}}}"#)),
            strict: None,
            extras: Vec::new(),
        }));
        prompt
    }
}

fn what_all_can_say_is_not_changed(format: WireFormat) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let checked = runner.run(&prompt(format), |prompt| {
        let (bytes, losses) = encode_request(format, &prompt, "", false);
        let again = decode_request(format, &bytes).unwrap();
        prop_assert_eq!(&again, &prompt);
        prop_assert!(losses.is_empty(), "{:?}", losses);
        Ok(())
    });
    checked.unwrap();
}

macro_rules! codec_suite {
    ($name:ident, $format:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn own_requests_are_read_as_they_were_written() {
                own_requests_survive($format);
            }

            #[test]
            fn own_replies_are_read_as_they_were_written() {
                own_replies_survive($format);
            }

            #[test]
            fn what_all_formats_can_say_is_not_changed_by_writing_and_reading() {
                what_all_can_say_is_not_changed($format);
            }

            #[test]
            fn a_reply_says_the_same_in_every_format() {
                replies_say_the_same_everywhere($format);
            }

            #[test]
            fn a_stream_says_the_same_in_every_format() {
                streams_say_the_same_everywhere($format);
            }

            #[test]
            fn f15_pieces_of_any_size_and_any_line_end_read_the_same() {
                any_split_reads_the_same($format);
            }

            #[test]
            fn f15_a_split_at_every_byte_reads_the_same() {
                every_split_in_two_reads_the_same($format);
            }
        }
    };
}

codec_suite!(openai_chat, WireFormat::OpenaiChat);
codec_suite!(anthropic_messages, WireFormat::AnthropicMessages);
codec_suite!(gemini_generate_content, WireFormat::GeminiGenerateContent);
codec_suite!(workers_ai, WireFormat::WorkersAi);

#[test]
fn the_order_of_members_survives() {
    let text = br#"{"b":1,"a":{"z":[1,2.5,-3],"y":null},"c":"\u2028"}"#;
    let Json::Object(members) = json(text) else { panic!() };
    assert_eq!(members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(json(text).to_text(), "{\"b\":1,\"a\":{\"z\":[1,2.5,-3],\"y\":null},\"c\":\"\u{2028}\"}");
}

#[test]
fn a20_many_calls_and_results_cost_no_more_than_their_length() {
    let count = 5_000;
    let calls: Vec<String> = (0..count)
        .map(|n| format!(r#"{{"id":"c{n}","type":"function","function":{{"name":"f{n}","arguments":"{{}}"}}}}"#))
        .collect();
    let details: Vec<String> =
        (0..count).map(|n| format!(r#"{{"type":"reasoning.encrypted","id":"c{n}","data":"x"}}"#)).collect();
    let results: Vec<String> = (0..count)
        .rev()
        .map(|n| format!(r#"{{"role":"tool","tool_call_id":"c{n}","content":"x","x{n}":1}}"#))
        .collect();
    let body = format!(
        r#"{{"messages":[{{"role":"assistant","tool_calls":[{}],"reasoning_details":[{}]}},{}]}}"#,
        calls.join(","),
        details.join(","),
        results.join(",")
    );
    let started = std::time::Instant::now();
    let prompt = decode_request(WireFormat::OpenaiChat, body.as_bytes()).unwrap();
    for target in WireFormat::ALL {
        let (bytes, losses) = encode_request(target, &prompt, "m", false);
        decode_request(target, &bytes).unwrap();
        assert!(losses.0.len() <= 65);
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
