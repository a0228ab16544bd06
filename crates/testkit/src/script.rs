//! What the provider plays for a request (faults of `docs/reference/ids.md`). Every field has a default, which is the well-behaved
//! answer; the JSON form is what the control port takes.

use serde::{Deserialize, Serialize};

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Status of the answer; an error in the format's own shape unless it is 2xx.
    pub status: u16,
    /// Headers besides the usual ones; the same name replaces.
    pub headers: Vec<(String, String)>,
    /// 1xx statuses sent before the answer (F19).
    pub informational: Vec<u16>,
    /// The body instead of the format's answer, as it is.
    pub body: Option<String>,
    /// What the assistant says instead of the echo.
    pub text: Option<String>,
    /// What an error answer or error event says.
    pub error_message: Option<String>,
    /// Exactly so many output tokens (one per word) instead of the echo's.
    pub output_tokens: Option<u64>,
    /// Reported input tokens instead of the fixed rule.
    pub input_tokens: Option<u64>,
    /// Reported as read from a prompt cache (part of the input).
    pub cached_tokens: u64,
    /// Thinking before the answer, with a signature where the format has one.
    pub reasoning: Option<String>,
    /// A call of the first tool offered, with these arguments, instead of text.
    pub tool_arguments: Option<serde_json::Value>,
    /// How usage is reported (F17, A55).
    pub usage: UsageScript,
    /// Leave the finish reason out (F11).
    pub without_finish: bool,
    /// Leave `[DONE]` or `message_stop` out (F11).
    pub without_terminal: bool,
    /// An error event after so many pieces of text (F13).
    pub error_event_after: Option<usize>,
    /// Comment events between the others.
    pub comments: bool,
    /// How lines of a stream end.
    pub line_ending: LineEnding,
    /// Pauses.
    pub delay_ms: Delays,
    /// Body bytes at which to write separately (F15).
    pub split_at: Vec<usize>,
    /// Write so many body bytes at a time, and wait between.
    pub drip: Option<Drip>,
    /// Break off (F10, F12).
    pub cut: Option<Cut>,
    /// Take the request and never answer (F05).
    pub never_answer: bool,
    /// Answer before the request's body was read (F07).
    pub early: Option<Early>,
    /// How the body is framed (F18).
    pub framing: Framing,
    /// How the body is encoded.
    pub encoding: Encoding,
    /// Close the connection after the answer without having said so (F06).
    pub close_after: bool,
    /// Bytes sent after the end of the answer, in the same write.
    pub trailing: Option<String>,
    /// Everything as it is, from the status line on; the connection closes after it.
    pub raw: Option<String>,
}

/// Pauses in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// Before the status line.
    pub head: u64,
    /// Between the head and the first event or the body.
    pub first_event: u64,
    /// Between events.
    pub between: u64,
}

/// Write so many bytes, wait, again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drip {
    /// Bytes at a time.
    pub bytes: usize,
    /// Milliseconds between.
    pub every_ms: u64,
}

/// Where and how to break off. With neither bound: before the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cut {
    /// After so many bytes of the body.
    pub after_bytes: Option<usize>,
    /// After so many pieces of text of a stream.
    pub after_pieces: Option<usize>,
    /// With RST instead of FIN.
    pub reset: bool,
}

/// An answer before the request's body was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// Then read the body and go on.
    Drain,
    /// Then close.
    Close,
}

/// How the body is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Chunked for streams, else a length.
    #[default]
    Usual,
    /// Content-Length that announces so many bytes more (or fewer) than there are.
    WrongLength(i64),
    /// No framing: the body ends with the connection.
    UntilClose,
    /// A chunk size that is no number in the place of the second chunk.
    BrokenChunk,
}

/// How the body is encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// gzip.
    Gzip,
    /// zlib, under the name `deflate`.
    Deflate,
    /// gzip that ends in its middle.
    BrokenGzip,
    /// So many MiB of zeros, as gzip.
    Bomb(usize),
    /// Names this encoding; the bytes are plain.
    Named(String),
}

/// How usage is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageScript {
    /// As the vendor does: at the end of a stream where it was asked for.
    #[default]
    Usual,
    /// Not at all.
    Missing,
    /// Zeros.
    Zero,
    /// In two events, the same numbers.
    Twice,
    /// Before any text.
    Early,
    /// 10¹² tokens.
    Huge,
    /// Negative numbers.
    Negative,
}

/// How lines of a stream end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnding {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            informational: Vec::new(),
            body: None,
            text: None,
            error_message: None,
            output_tokens: None,
            input_tokens: None,
            cached_tokens: 0,
            reasoning: None,
            tool_arguments: None,
            usage: UsageScript::Usual,
            without_finish: false,
            without_terminal: false,
            error_event_after: None,
            comments: false,
            line_ending: LineEnding::Lf,
            delay_ms: Delays::default(),
            split_at: Vec::new(),
            drip: None,
            cut: None,
            never_answer: false,
            early: None,
            framing: Framing::Usual,
            encoding: Encoding::Identity,
            close_after: false,
            trailing: None,
            raw: None,
        }
    }
}

impl Script {
    /// The well-behaved answer.
    pub fn ok() -> Self {
        Self::default()
    }

    /// An answer that says this.
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// Exactly so many output tokens.
    pub fn tokens(output: u64) -> Self {
        Self { output_tokens: Some(output), ..Self::default() }
    }

    /// An error with this status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A body of any kind.
    pub fn body(content_type: &str, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..Self::default() }.header("content-type", content_type)
    }

    /// Everything as it is, from the status line on.
    pub fn raw(bytes: &str) -> Self {
        Self { raw: Some(bytes.to_owned()), ..Self::default() }
    }

    /// One header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits before the status line.
    #[must_use]
    pub const fn head_after_ms(mut self, ms: u64) -> Self {
        self.delay_ms.head = ms;
        self
    }

    /// Waits before the first event.
    #[must_use]
    pub const fn first_event_after_ms(mut self, ms: u64) -> Self {
        self.delay_ms.first_event = ms;
        self
    }

    /// Waits between events.
    #[must_use]
    pub const fn between_ms(mut self, ms: u64) -> Self {
        self.delay_ms.between = ms;
        self
    }

    /// Breaks off.
    #[must_use]
    pub const fn cut(mut self, cut: Cut) -> Self {
        self.cut = Some(cut);
        self
    }

    /// Scripts that exist without being installed, by the name after `test/`: a status (`500`), or one of the names below.
    pub fn named(name: &str) -> Option<Self> {
        if let Some(status) = name.parse::<u16>().ok().filter(|status| (200..600).contains(status)) {
            return Some(Self::status(status));
        }
        if let Some(tokens) = name.strip_prefix("tokens-") {
            return Some(Self::tokens(tokens.parse().ok()?));
        }
        let reset = Cut { reset: true, ..Cut::default() };
        Some(match name {
            "ok" | "echo" => Self::ok(),
            "429-retry-after" => Self::status(429).header("retry-after", "1"),
            "slow" => Self::ok().head_after_ms(2_000),
            "slow-first-event" => Self::ok().first_event_after_ms(2_000),
            "slow-events" => Self::ok().between_ms(200),
            "hang" => Self { never_answer: true, ..Self::ok() },
            "hang-after-first" => Self::ok().between_ms(600_000),
            "reset" => Self::ok().cut(reset),
            "close" => Self::ok().cut(Cut::default()),
            "reset-mid-stream" => Self::tokens(10).cut(Cut { after_pieces: Some(3), ..reset }),
            "close-mid-stream" => Self::tokens(10).cut(Cut { after_pieces: Some(3), ..Cut::default() }),
            "no-done" => Self { without_terminal: true, ..Self::ok() },
            "no-finish" => Self { without_finish: true, without_terminal: true, ..Self::ok() },
            "error-event" => Self { error_event_after: Some(2), ..Self::ok() },
            "html" => Self::body("text/html", "<!DOCTYPE html><html><body>It works!</body></html>"),
            "garbage" => Self::body("application/json", "{\"choices\": [tru"),
            "no-usage" => Self { usage: UsageScript::Missing, ..Self::ok() },
            "usage-twice" => Self { usage: UsageScript::Twice, ..Self::ok() },
            "usage-early" => Self { usage: UsageScript::Early, ..Self::ok() },
            "usage-zero" => Self { usage: UsageScript::Zero, ..Self::ok() },
            "usage-huge" => Self { usage: UsageScript::Huge, ..Self::ok() },
            "gzip" => Self { encoding: Encoding::Gzip, ..Self::ok() },
            "bomb" => Self { encoding: Encoding::Bomb(256), ..Self::ok() },
            "redirect" => Self::status(302).header("location", "http://169.254.169.254/latest/meta-data/"),
            "drip" => Self { drip: Some(Drip { bytes: 1, every_ms: 0 }), ..Self::ok() },
            "tool-call" => Self { tool_arguments: Some(serde_json::json!({"city": "Paris"})), ..Self::ok() },
            "reasoning" => Self { reasoning: Some("Let me think.".to_owned()), ..Self::ok() },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_read_from_json() {
        let script: Script = serde_json::from_str(
            r#"{"status":503,"delay_ms":{"head":5},"framing":{"wrong_length":-3},"encoding":"broken_gzip","cut":{"after_bytes":7}}"#,
        )
        .unwrap();
        assert_eq!(script.framing, Framing::WrongLength(-3));
        assert_eq!(script.cut, Some(Cut { after_bytes: Some(7), ..Cut::default() }));
        assert!(serde_json::from_str::<Script>(r#"{"stauts":503}"#).is_err());
        assert_eq!(Script::named("529").unwrap().status, 529);
        assert_eq!(Script::named("tokens-12").unwrap().output_tokens, Some(12));
        assert_eq!(Script::named("made-up"), None);
    }
}
