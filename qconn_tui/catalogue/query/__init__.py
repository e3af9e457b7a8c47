"""The filter's language: parsing, terms, and regular expressions that are safe to run."""
