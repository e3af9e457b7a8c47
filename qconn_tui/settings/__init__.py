"""Flags, environment, configuration file and qlik-cli contexts become one set of settings."""
