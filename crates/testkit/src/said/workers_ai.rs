//! Workers AI text generation.

use serde_json::{Value, json};

use super::{Piece, Reported, Said};
use crate::{script::Script, script::UsageScript, sse};

pub(super) fn whole(said: &Said) -> Value {
    let mut result = json!({"response": said.text()});
    if let Some((name, arguments)) = &said.tool {
        result["response"] = Value::Null;
        result["tool_calls"] = json!([{"name": name, "arguments": arguments}]);
    }
    if let Some(usage) = said.usage {
        result["usage"] = self::usage(usage);
    }
    json!({"result": result, "success": true, "errors": [], "messages": []})
}

pub(super) fn pieces(said: &Said, script: &Script) -> Vec<Piece> {
    let word = |word: &String| Piece::token(sse::data(&json!({"response": word, "p": "abdefgh"})));
    let usage_event =
        || said.usage.map(|usage| Piece::other(sse::data(&json!({"response": "", "usage": self::usage(usage)}))));
    let mut pieces = Vec::new();
    if script.usage == UsageScript::Early {
        pieces.extend(usage_event());
    }
    if let Some((name, arguments)) = &said.tool {
        pieces.push(Piece::other(sse::data(
            &json!({"response": "", "tool_calls": [{"name": name, "arguments": arguments}]}),
        )));
    }
    pieces.extend(said.words.iter().map(word));
    if script.usage != UsageScript::Early && !script.without_finish {
        pieces.extend(usage_event());
        pieces.extend(usage_event().filter(|_| script.usage == UsageScript::Twice));
    }
    if !script.without_terminal {
        pieces.push(Piece::other(sse::DONE.to_owned()));
    }
    pieces
}

pub(super) fn error(status: u16, message: &str) -> Value {
    let code = match status {
        401 | 403 => 10_000,
        404 => 7_000,
        429 => 3_040,
        _ => 3_043,
    };
    json!({"errors": [{"message": message, "code": code}], "success": false, "result": {}, "messages": []})
}

fn usage(usage: Reported) -> Value {
    json!({
        "prompt_tokens": usage.input, "completion_tokens": usage.output,
        "total_tokens": usage.input.saturating_add(usage.output),
    })
}
