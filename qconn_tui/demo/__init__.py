"""An embedded tenant: real HTTP on loopback with a fictional catalogue."""
