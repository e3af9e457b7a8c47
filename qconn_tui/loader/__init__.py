"""Loads the list: the saved copy first, then the tenant's pages, as one stream of events."""
