//! Providers that break off, answer garbage or try to break the caller's stream.

use waypost_types::{Usage, WireFormat};
use waypost_wire::{
    event::ReplyEvent,
    formats::{
        DecodeErrorKind, StreamDecoder, decode_reply, decode_request, encode_error, encode_reply, error_message,
        stream_error,
    },
    prompt::Part,
    reply::{Choice, Finish, Reply},
};

use crate::support::{Case, data_lines, events, identity, json, stream};

/// What a careless relay would take for the end of the stream, another event or another field.
const HOSTILE: &str = "a\n\ndata: [DONE]\n\nevent: error\nid: 1\nretry: 0\r\rdata: x\r\n\u{2028}\u{2029}\u{85}\u{0}z";

fn text_of(events: &[ReplyEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        ReplyEvent::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn stream_of(format: WireFormat, case: &str) -> Vec<u8> {
    Case::all(format).into_iter().find(|known| known.name == case).unwrap().read("stream.sse").unwrap()
}

#[test]
fn a70_hostile_text_stays_inside_one_json_string() {
    for format in WireFormat::ALL {
        let said = ReplyEvent::Text { choice: 0, text: HOSTILE.into() };
        let (text, _) = stream(format, &[said]);
        for separator in ['\r', '\u{85}', '\u{2028}', '\u{2029}'] {
            assert!(!text.contains(separator), "{format:?} writes {separator:?}");
        }
        let holding: Vec<&str> = data_lines(&text).into_iter().filter(|data| data.contains("retry")).collect();
        assert_eq!(holding.len(), 1, "{format:?}: {text}");
        assert_eq!(text_of(&events(format, text.as_bytes()).unwrap()), HOSTILE);
    }
}

#[test]
fn a70_hostile_tool_names_and_arguments_stay_inside_too() {
    for format in WireFormat::ALL {
        let (id, name) = (HOSTILE.to_owned(), HOSTILE.to_owned());
        let arguments = format!("{{\"a\":{}}}", serde_json::to_string(HOSTILE).unwrap());
        let events = [
            ReplyEvent::ToolCallStart { choice: 0, call: 0, id, name, signature: None },
            ReplyEvent::ToolCallArguments { choice: 0, call: 0, json: arguments },
            ReplyEvent::Finish { choice: 0, reason: Finish::ToolCalls, stop_sequence: None },
        ];
        let (text, _) = stream(format, &events);
        let lines = text.lines().filter(|line| !line.is_empty());
        assert!(lines.clone().all(|line| line.starts_with("data: ") || line.starts_with("event: ")), "{text}");
        assert!(
            data_lines(&text)
                .into_iter()
                .all(|data| data == "[DONE]" || serde_json::from_str::<serde_json::Value>(data).is_ok())
        );
    }
}

#[test]
fn a71_an_event_without_end_is_refused_at_its_bound() {
    for format in WireFormat::ALL {
        let mut decoder = StreamDecoder::new(format);
        let mut out = Vec::new();
        decoder.push(b"data: \"", &mut out).unwrap();
        let piece = vec![b'x'; 1 << 20];
        let error = (0..17).find_map(|_| decoder.push(&piece, &mut out).err()).unwrap();
        assert_eq!(error.kind, DecodeErrorKind::TooLarge);
        assert!(out.is_empty());
    }
}

#[test]
fn a71_comments_and_empty_events_say_nothing() {
    for format in WireFormat::ALL {
        let mut decoder = StreamDecoder::new(format);
        let mut out = Vec::new();
        let piece = ": keep-alive\n\n\n\nevent: x\n\n".repeat(1_000);
        (0..20).for_each(|_| decoder.push(piece.as_bytes(), &mut out).unwrap());
        decoder.finish(&mut out).unwrap();
        assert!(out.is_empty());
        assert!(!decoder.is_complete());
    }
}

#[test]
fn f11_an_end_without_marker_is_complete_only_after_a_stop_reason() {
    for format in WireFormat::ALL {
        let body = String::from_utf8(stream_of(format, "text")).unwrap();
        let mut decoder = StreamDecoder::new(format);
        let mut out = Vec::new();
        let (half, _) = body.split_at(body.find("\n\n").unwrap() + 2);
        decoder.push(half.as_bytes(), &mut out).unwrap();
        decoder.finish(&mut out).unwrap();
        assert!(!decoder.is_complete(), "{format:?}");
    }
    for (format, end) in
        [(WireFormat::OpenaiChat, "data: [DONE]\n\n"), (WireFormat::AnthropicMessages, "event: message_stop")]
    {
        let body = String::from_utf8(stream_of(format, "text")).unwrap();
        let mut decoder = StreamDecoder::new(format);
        decoder.push(&body.as_bytes()[..body.find(end).unwrap()], &mut Vec::new()).unwrap();
        decoder.finish(&mut Vec::new()).unwrap();
        assert!(decoder.is_complete() && !decoder.is_terminated());
    }
}

#[test]
fn f11_a_last_event_without_its_blank_line_counts_and_a_torn_one_does_not() {
    let chunk = r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    for (body, is_complete) in [(chunk, true), (&chunk[..chunk.len() - 3], false)] {
        let mut decoder = StreamDecoder::new(WireFormat::OpenaiChat);
        let mut out = Vec::new();
        decoder.push(body.as_bytes(), &mut out).unwrap();
        decoder.finish(&mut out).unwrap();
        assert_eq!(decoder.is_complete(), is_complete);
    }
}

#[test]
fn f12_the_event_that_ends_a_broken_stream_is_the_callers_own() {
    let written = WireFormat::ALL.map(|format| {
        String::from_utf8(stream_error(format, "stream_interrupted", 9505, "The provider closed.", "req-1")).unwrap()
    });
    assert_eq!(
        written,
        [
            "data: {\"error\":{\"message\":\"The provider closed.\",\"type\":\"stream_interrupted\",\"param\":null,\"code\":9505,\"request_id\":\"req-1\"}}\n\n",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"stream_interrupted\",\"message\":\"The provider closed.\",\"code\":9505},\"request_id\":\"req-1\"}\n\n",
            "data: {\"error\":{\"code\":9505,\"message\":\"The provider closed.\",\"status\":\"stream_interrupted\",\"request_id\":\"req-1\"}}\n\n",
            "data: {\"errors\":[{\"code\":9505,\"message\":\"The provider closed.\",\"type\":\"stream_interrupted\",\"request_id\":\"req-1\"}],\"success\":false}\n\n",
        ]
    );
}

#[test]
fn f13_an_error_inside_the_stream_is_passed_on_as_one() {
    let words = [
        "The server had an error while processing your request.",
        "Overloaded",
        "The model is overloaded.",
        "AiError: 3046",
    ];
    for (format, words) in WireFormat::ALL.into_iter().zip(words) {
        let mut decoder = StreamDecoder::new(format);
        let mut out = Vec::new();
        decoder.push(&stream_of(format, "error"), &mut out).unwrap();
        decoder.finish(&mut out).unwrap();
        assert!(decoder.error().unwrap().starts_with(words), "{format:?}");
        assert!(!decoder.is_complete());
        assert_eq!(text_of(&out), "Hel");
        for target in WireFormat::ALL {
            let (text, _) = stream(target, &out);
            let again = events(target, text.as_bytes()).unwrap();
            assert!(matches!(again.last(), Some(ReplyEvent::Error { message, .. }) if message.starts_with(words)));
            assert!(!text.contains("[DONE]") && !text.contains("message_stop"));
        }
    }
}

#[test]
fn f14_a_page_is_no_answer() {
    for format in WireFormat::ALL {
        for page in
            ["<!DOCTYPE html><html><body>502</body></html>\n", "{\"oops\": true}\n\n", "upstream connect error\n"]
        {
            let mut decoder = StreamDecoder::new(format);
            let pushed = decoder.push(page.as_bytes(), &mut Vec::new());
            assert_eq!(pushed.unwrap_err().kind, DecodeErrorKind::Syntax, "{format:?}: {page}");
        }
        assert_eq!(decode_reply(format, b"<html></html>").unwrap_err().kind, DecodeErrorKind::Syntax);
        assert_eq!(decode_reply(format, b"{\"oops\":true}").unwrap_err().kind, DecodeErrorKind::Shape);
        assert!(decode_reply(format, b"[]").is_err());
    }
}

#[test]
fn f14_garbage_in_an_event_is_refused() {
    for format in WireFormat::ALL {
        for data in ["data: {\"choices\":\n\n", "data: null\n\n", "data: [1]\n\n", "data: \"x\"\n\n"] {
            assert!(events(format, data.as_bytes()).is_err(), "{format:?}: {data}");
        }
    }
}

#[test]
fn f14_a_failure_with_a_good_status_is_one() {
    let bodies = [
        r#"{"error":{"message":"no","type":"x"}}"#,
        r#"{"type":"error","error":{"type":"api_error","message":"no"}}"#,
        r#"{"error":{"code":500,"message":"no","status":"INTERNAL"}}"#,
        r#"{"success":false,"errors":[{"code":1,"message":"no"}],"result":null}"#,
    ];
    for (format, body) in WireFormat::ALL.into_iter().zip(bodies) {
        let error = decode_reply(format, body.as_bytes()).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (DecodeErrorKind::Failed, "no"));
    }
}

#[test]
fn f16_invalid_utf8_is_replaced_once_and_the_stream_goes_on() {
    let body = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\xffb\"}}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"},\"finish_reason\":\"stop\"}]}\n\n";
    let mut decoder = StreamDecoder::new(WireFormat::OpenaiChat);
    let mut out = Vec::new();
    decoder.push(body, &mut out).unwrap();
    assert_eq!(text_of(&out), "a\u{fffd}bc");
    assert!(decoder.has_replaced_bytes() && decoder.is_complete());
    assert_eq!(decoder.losses().0, ["bytes that are not UTF-8 were replaced"]);

    let reply = decode_reply(WireFormat::WorkersAi, b"{\"result\":{\"response\":\"a\xc3\"},\"success\":true}").unwrap();
    assert_eq!(reply.choices[0].parts, [Part::text("a\u{fffd}")]);
    let (_, losses) = encode_reply(WireFormat::OpenaiChat, &reply, &identity());
    assert_eq!(losses.0, ["bytes that are not UTF-8 were replaced"]);
}

#[test]
fn f17_usage_counts_once_wherever_it_stands() {
    let usage = |output: u64| format!(r#""usage":{{"prompt_tokens":5,"completion_tokens":{output}}}"#);
    let stop = r#"{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}"#;
    let bodies = [
        format!("data: {{\"choices\":[{stop}],{}}}\n\n", usage(7)),
        format!("data: {{\"choices\":[{stop}],{}}}\n\ndata: {{\"choices\":[],{}}}\n\n", usage(3), usage(7)),
        format!("data: {{\"choices\":[{stop}]}}\n\ndata: {{{}}}\n\ndata: [DONE]\n\n", usage(7)),
    ];
    for body in bodies {
        let mut decoder = StreamDecoder::new(WireFormat::OpenaiChat);
        let mut out = Vec::new();
        decoder.push(body.as_bytes(), &mut out).unwrap();
        let expected = Usage { input_tokens: 5, output_tokens: 7, ..Usage::default() };
        assert_eq!(decoder.usage(), Some(expected), "{body}");
        for target in WireFormat::ALL {
            let (text, _) = stream(target, &out);
            let mut decoder = StreamDecoder::new(target);
            decoder.push(text.as_bytes(), &mut Vec::new()).unwrap();
            assert_eq!(decoder.usage(), Some(expected), "{text}");
        }
    }
    let silent = format!("data: {{\"choices\":[{stop}]}}\n\ndata: [DONE]\n\n");
    let mut decoder = StreamDecoder::new(WireFormat::OpenaiChat);
    decoder.push(silent.as_bytes(), &mut Vec::new()).unwrap();
    assert_eq!(decoder.usage(), None);
}

#[test]
fn f17_anthropics_later_counts_replace_the_earlier_ones() {
    let mut decoder = StreamDecoder::new(WireFormat::AnthropicMessages);
    decoder.push(&stream_of(WireFormat::AnthropicMessages, "text"), &mut Vec::new()).unwrap();
    // 25 input and 7 read from the cache at the start, 15 output at the end.
    let expected = Usage { input_tokens: 32, output_tokens: 15, cache_read_tokens: 7, ..Usage::default() };
    assert_eq!(decoder.usage(), Some(expected));
}

#[test]
fn errors_have_the_shape_of_the_format() {
    let written =
        WireFormat::ALL.map(|format| json(&encode_error(format, 429, "rate_limited", "Slow down.")).to_text());
    assert_eq!(
        written,
        [
            r#"{"error":{"message":"Slow down.","type":"rate_limited","param":null,"code":null}}"#,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}}"#,
            r#"{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}"#,
            r#"{"result":{},"success":false,"errors":[{"code":429,"message":"Slow down."}],"messages":[]}"#,
        ]
    );
}

#[test]
fn the_providers_words_are_found_in_every_shape() {
    let bodies = [
        r#"{"error":{"message":"no"}}"#,
        r#"{"error":"no"}"#,
        r#"[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]"#,
        r#"{"errors":[{"message":"no"}]}"#,
        r#"{"message":"no"}"#,
        r#"{"detail":"no"}"#,
        r#"{"success":false,"error":[{"code":2005,"message":"no"}]}"#,
    ];
    for format in WireFormat::ALL {
        for body in bodies {
            assert_eq!(error_message(format, body.as_bytes()).as_deref(), Some("no"), "{format:?}: {body}");
        }
        for body in ["<html>", "{}", "", "[]", r#"{"error":{"message":""}}"#] {
            assert_eq!(error_message(format, body.as_bytes()), None);
        }
    }
}

#[test]
fn a_request_of_the_wrong_shape_says_where() {
    let wrong = [
        (
            WireFormat::OpenaiChat,
            r#"{"messages":[{"role":"user","content":7}]}"#,
            "/messages/0/content: expected text or a list of parts",
        ),
        (
            WireFormat::OpenaiChat,
            r#"{"messages":[{"role":"robot"}]}"#,
            "/messages/0/role: expected system, developer, user, assistant or tool",
        ),
        (WireFormat::OpenaiChat, r#"{"max_tokens":-1}"#, "/max_tokens: may not be negative"),
        (
            WireFormat::AnthropicMessages,
            r#"{"messages":[{"role":"user","content":[{"type":"tool_use","id":"a"}]}]}"#,
            "/messages/0/content/0/name: is missing",
        ),
        (
            WireFormat::GeminiGenerateContent,
            r#"{"contents":[{"parts":{"a":1}},{"role":"x"}]}"#,
            "/contents/1/role: expected user or model",
        ),
        (WireFormat::WorkersAi, r#"{"messages":{}}"#, "/messages: expected an array"),
    ];
    for (format, body, message) in wrong {
        assert_eq!(decode_request(format, body.as_bytes()).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_reply_without_choices_is_still_an_answer_in_every_format() {
    let mut reply = Reply::new(WireFormat::OpenaiChat);
    for format in WireFormat::ALL {
        json(&encode_reply(format, &reply, &identity()).0);
    }
    reply.choices.push(Choice::new(0));
    for format in WireFormat::ALL {
        json(&encode_reply(format, &reply, &identity()).0);
    }
}
