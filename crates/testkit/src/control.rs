//! The control port: the same server under `/__control/`, for lanes that are not written in Rust.
//!
//! | Call | Does |
//! | --- | --- |
//! | `GET health` | `{"ok":true}` |
//! | `PUT scripts/{name}` | installs a script or a list of scripts for models `test/{name}` |
//! | `POST next` | a script for the next request, whatever its model |
//! | `GET received` | everything that arrived, with the judge's problems |
//! | `GET ledger` | tokens by key |
//! | `POST reset` | forgets scripts, requests and counts |

use serde_json::{Value, json};

use crate::{provider::Shared, script::Script};

/// What every control path begins with.
pub const PREFIX: &str = "/__control/";

/// Answers a control call with status and body.
pub(crate) fn answer(shared: &Shared, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let (received, ledger) = shared.snapshot();
    let done = || (200, json!({"ok": true}));
    match (method, path) {
        ("GET", "health") => done(),
        ("GET", "received") => (200, json!(received)),
        ("GET", "ledger") => (200, json!(ledger)),
        ("POST", "reset") => {
            shared.forget();
            done()
        }
        ("POST", "next") => match serde_json::from_slice::<Script>(body) {
            Ok(script) => {
                shared.push_next(script);
                done()
            }
            Err(error) => (400, json!({"error": error.to_string()})),
        },
        ("PUT" | "POST", path) if path.starts_with("scripts/") => match scripts(body) {
            Ok(scripts) => {
                shared.install(path.trim_start_matches("scripts/"), scripts);
                done()
            }
            Err(error) => (400, json!({"error": error.to_string()})),
        },
        _ => (404, json!({"error": "no such control"})),
    }
}

fn scripts(body: &[u8]) -> serde_json::Result<Vec<Script>> {
    match serde_json::from_slice::<Value>(body)? {
        list @ Value::Array(_) => serde_json::from_value(list),
        one => serde_json::from_value(one).map(|script| vec![script]),
    }
}
