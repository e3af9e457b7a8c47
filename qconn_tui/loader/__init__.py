"""The saved list first, then the tenant: one stream of events for the screen and the headless commands."""
