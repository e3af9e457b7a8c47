"""Connector logos: fetched without credentials, decoded within limits, drawn as cells."""
