"""The terminal around the program: what it is and how to reach its clipboard."""
