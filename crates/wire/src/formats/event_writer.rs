//! Writing server-sent events; [`crate::sse`] reads them.

use super::tree::Json;

/// Writes one event. The data is one line: JSON escapes LF and CR, and the other line ends that some clients split at
/// (U+0085, U+2028, U+2029) are escaped here.
pub(crate) fn write_event(out: &mut Vec<u8>, name: Option<&str>, data: &Json) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    let text = data.to_text();
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        let text = text.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(b"\n\n");
}
