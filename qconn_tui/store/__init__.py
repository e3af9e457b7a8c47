"""The cache on disk: lists and logos in SQLite, and the first frame of the last start."""
