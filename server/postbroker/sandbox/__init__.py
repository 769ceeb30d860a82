"""Simulated platforms with a ledger: to try things without an account, and the judge in tests."""
