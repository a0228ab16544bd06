//! Every fixture in every format, beside the fixture.

use std::{env, fmt::Write, fs};

use crate::support::{Case, events, identity, pretty, stream};
use waypost_types::WireFormat;
use waypost_wire::formats::{decode_reply, decode_request, encode_error, encode_reply, encode_request, error_message};

/// A model that each format's provider might have.
fn model_of(format: WireFormat) -> &'static str {
    match format {
        WireFormat::OpenaiChat => "gpt-4o-mini",
        WireFormat::AnthropicMessages => "claude-sonnet-4-5",
        WireFormat::GeminiGenerateContent => "gemini-3-pro-preview",
        WireFormat::WorkersAi => "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    }
}

fn section(text: &mut String, title: &str, body: &str, losses: &[String]) {
    writeln!(text, "=== {title} ===").unwrap();
    losses.iter().for_each(|loss| writeln!(text, "! {loss}").unwrap());
    writeln!(text, "{}\n", body.trim_end()).unwrap();
}

fn expected(format: WireFormat, case: &Case) -> String {
    let mut text = String::new();
    let others = || WireFormat::ALL.into_iter().filter(move |other| *other != format);
    if let Some(body) = case.read("request.json") {
        let prompt = decode_request(format, &body).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for target in others() {
            let (bytes, losses) = encode_request(target, &prompt, model_of(target), prompt.stream);
            section(&mut text, &format!("request → {}", target.as_str()), &pretty(&bytes), &losses.0);
        }
    }
    if let Some(body) = case.read("reply.json") {
        let reply = decode_reply(format, &body).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for target in others() {
            let (bytes, losses) = encode_reply(target, &reply, &identity());
            section(&mut text, &format!("reply → {}", target.as_str()), &pretty(&bytes), &losses.0);
        }
    }
    if let Some(body) = case.read("stream.sse") {
        let events = events(format, &body).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let list: String = events.iter().map(|event| format!("{event:?}\n")).collect();
        section(&mut text, "stream, as events", &list, &[]);
        for target in others() {
            let (body, losses) = stream(target, &events);
            section(&mut text, &format!("stream → {}", target.as_str()), &body, &losses);
        }
    }
    if let Some(body) = case.read("error.json") {
        let message = error_message(format, &body).unwrap();
        for target in others() {
            let bytes = encode_error(target, 400, "provider_error", &message);
            section(&mut text, &format!("error → {}", target.as_str()), &pretty(&bytes), &[]);
        }
    }
    text
}

fn check(format: WireFormat) {
    let mut wrong = Vec::new();
    for case in Case::all(format) {
        let new = expected(format, &case);
        let path = case.folder.join("expected.txt");
        let old = fs::read_to_string(&path).unwrap_or_default();
        if new == old {
            continue;
        }
        if env::var_os("WAYPOST_UPDATE_GOLDEN").is_some() {
            fs::write(&path, new).unwrap();
            continue;
        }
        let line = old.lines().zip(new.lines()).position(|(old, new)| old != new).unwrap_or(0);
        wrong.push(format!(
            "{}, line {}:\n- {}\n+ {}",
            path.display(),
            line + 1,
            old.lines().nth(line).unwrap_or_default(),
            new.lines().nth(line).unwrap_or_default()
        ));
    }
    assert!(wrong.is_empty(), "not as expected; WAYPOST_UPDATE_GOLDEN=1 rewrites\n{}", wrong.join("\n"));
}

#[test]
fn openai_chat_in_every_format() {
    check(WireFormat::OpenaiChat);
}

#[test]
fn anthropic_messages_in_every_format() {
    check(WireFormat::AnthropicMessages);
}

#[test]
fn gemini_in_every_format() {
    check(WireFormat::GeminiGenerateContent);
}

#[test]
fn workers_ai_in_every_format() {
    check(WireFormat::WorkersAi);
}
