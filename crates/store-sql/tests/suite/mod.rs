//! One suite for every implementation: each function takes an empty store behind its trait.

pub(crate) mod config;
pub(crate) mod logs;

/// Texts that mean something in SQL, in patterns, or at the borders of encodings.
pub(crate) const INJECTIONS: [&str; 9] = [
    "'; DROP TABLE logs; --",
    "\" OR 1=1 --",
    "%",
    "_",
    "a%b_c\\d",
    "\\",
    "x' UNION SELECT value FROM state --",
    "$1 ?2 :name @p",
    "🦀 \u{202e}ünï\u{0}code",
];
