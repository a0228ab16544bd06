use serde_json::json;

use super::*;

fn judged(path: &str, headers: &[(&str, &str)], body: &Value) -> Vec<String> {
    let mut all = vec![("host", "127.0.0.1:1"), ("content-type", "application/json")];
    all.extend_from_slice(headers);
    let headers = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let received = Received::new("POST", path, headers, body.to_string().into_bytes());
    judge(&received, &Bench { hosts: vec!["127.0.0.1:1".to_owned()] })
}

const BEARER: (&str, &str) = ("authorization", "Bearer sk-1");
const ANTHROPIC: [(&str, &str); 2] = [("x-api-key", "sk-1"), ("anthropic-version", "2023-06-01")];

#[test]
fn well_formed_requests_pass() {
    let openai = json!({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[
        {"role":"system","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"sunny"}]});
    assert_eq!(judged("/v1/chat/completions", &[BEARER], &openai), [""; 0]);
    let anthropic = json!({"model":"claude","max_tokens":10,"system":"Be brief.","messages":[
        {"role":"user","content":"Weather?"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"…","signature":"s"},{"type":"tool_use","id":"t1","name":"weather","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"sunny"}]}]});
    assert_eq!(judged("/v1/messages", &ANTHROPIC, &anthropic), [""; 0]);
    let gemini = json!({"systemInstruction":{"parts":[{"text":"Be brief."}]},"generationConfig":{"maxOutputTokens":5},"contents":[
        {"role":"user","parts":[{"text":"Weather?"}]},
        {"role":"model","parts":[{"functionCall":{"name":"weather","args":{}},"thoughtSignature":"s"}]},
        {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}}]}]});
    assert_eq!(judged("/v1beta/models/gemini:generateContent", &[("x-goog-api-key", "k")], &gemini), [""; 0]);
    let workers = json!({"messages":[{"role":"user","content":"Hi"}],"max_tokens":5});
    assert_eq!(judged("/ai/run/@cf/meta/llama", &[BEARER], &workers), [""; 0]);
}

#[test]
fn mistakes_are_named() {
    let user = json!([{"role":"user","content":"Hi"}]);
    for (path, headers, body, problem) in [
        ("/v1/chat/completions", vec![BEARER], json!({"messages":user}), "model is missing"),
        (
            "/v1/chat/completions",
            vec![],
            json!({"model":"m","messages":user}),
            "exactly one credential is expected, got []",
        ),
        (
            "/v1/chat/completions",
            vec![BEARER, ("x-api-key", "k")],
            json!({"model":"m","messages":user}),
            "exactly one credential is expected, got [\"authorization\", \"x-api-key\"]",
        ),
        (
            "/v1/chat/completions",
            vec![BEARER, ("cf-aig-metadata", "{}")],
            json!({"model":"m","messages":user}),
            "header cf-aig-metadata must not reach a provider",
        ),
        (
            "/v1/chat/completions",
            vec![BEARER],
            json!({"model":"m","messages":[{"role":"model","content":"x"}]}),
            "messages[0]: role \"model\"",
        ),
        (
            "/v1/chat/completions",
            vec![BEARER],
            json!({"model":"m","messages":user,"stream_options":{"include_usage":true}}),
            "stream_options without stream",
        ),
        ("/v1/messages", ANTHROPIC.to_vec(), json!({"model":"m","messages":user}), "max_tokens is missing"),
        (
            "/v1/messages",
            ANTHROPIC.to_vec(),
            json!({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}),
            "messages[1]: roles do not alternate",
        ),
        (
            "/v1/messages",
            vec![("x-api-key", "k")],
            json!({"model":"m","max_tokens":1,"messages":user}),
            "anthropic-version is not one that exists",
        ),
        (
            "/v1beta/models/m:generateContent",
            vec![("x-goog-api-key", "k")],
            json!({"contents":[{"role":"user","parts":[]}]}),
            "contents[0]: no parts",
        ),
        (
            "/v1beta/models/m:generateContent",
            vec![("x-goog-api-key", "k")],
            json!({"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}),
            "contents[0]: role Some(\"assistant\")",
        ),
    ] {
        assert_eq!(judged(path, &headers, &body), [problem]);
    }
}
