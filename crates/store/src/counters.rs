//! Counters behind limits and budgets.
