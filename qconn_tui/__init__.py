"""qconn-tui: a terminal browser for the automation connectors of a Qlik Cloud tenant."""

__version__ = "0.1.0"
