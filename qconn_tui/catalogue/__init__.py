"""What is known about the connectors: pure values and functions, standard library only."""
