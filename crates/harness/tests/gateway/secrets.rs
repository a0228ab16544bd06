//! Secrets stay where they belong (A80–A82, A84, F59).
