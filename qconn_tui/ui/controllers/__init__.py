"""Plain parts that a screen owns: each gets what it needs in its constructor and knows no widget."""
