"""What the tests of this lane share: processes, the test provider, vendors' types, route documents."""
