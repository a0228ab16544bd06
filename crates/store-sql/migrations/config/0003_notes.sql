-- What people leave behind beside the configuration: dismissed warnings, the state of the first steps, counters that were
-- reset. `subject` is a route's id, or empty for the gateway.

CREATE TABLE notes (
    account TEXT NOT NULL,
    gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, gateway, kind, subject)
);
