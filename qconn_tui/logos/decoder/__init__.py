"""Decoding pictures in a child process with limits."""
