"""Workarounds for faults of Textual: each file says the fault, the versions, and the test that says when it may go."""
