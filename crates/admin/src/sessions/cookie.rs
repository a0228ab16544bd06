//! The cookie of a session. `Strict`, so that no other site's page can send it; unreadable for scripts (S14).

use http::{HeaderMap, header};

use crate::limits::SESSION_LIFE_MAX;

const NAME: &str = "waypost_session";

/// What the cookie of a request holds.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value).filter(|value| !value.is_empty())
}

pub(super) fn set(headers: &HeaderMap, token: &str) -> String {
    format!("{NAME}={token}; Max-Age={}; {}", SESSION_LIFE_MAX.as_secs(), attributes(headers))
}

pub(super) fn clear(headers: &HeaderMap) -> String {
    format!("{NAME}=; Max-Age=0; {}", attributes(headers))
}

/// The gateway itself speaks no TLS: whoever does it in front says so. A caller who makes it up only loses the cookie.
fn attributes(headers: &HeaderMap) -> &'static str {
    let is_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    if is_tls { "Path=/; HttpOnly; SameSite=Strict; Secure" } else { "Path=/; HttpOnly; SameSite=Strict" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(token_of(&with("cookie", "a=b; waypost_session=abc; c=d")), Some("abc"));
        for none in ["", "waypost_session=", "xwaypost_session=abc", "waypost_session"] {
            assert_eq!(token_of(&with("cookie", none)), None, "{none}");
        }
    }

    #[test]
    fn s14_the_cookie_is_strict_and_secure_on_tls() {
        let plain = set(&HeaderMap::new(), "abc");
        assert_eq!(plain, "waypost_session=abc; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict");
        assert!(set(&with("x-forwarded-proto", "https"), "abc").ends_with("; Secure"));
        assert!(clear(&HeaderMap::new()).starts_with("waypost_session=; Max-Age=0; "));
    }
}
