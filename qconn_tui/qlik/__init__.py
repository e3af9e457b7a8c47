"""The client of a Qlik Cloud tenant: its REST API, credentials and pages."""
