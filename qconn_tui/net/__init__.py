"""The one way out: HTTP for every room."""
