"""The Qlik Cloud tenant: its HTTP interface, credentials and pages."""
