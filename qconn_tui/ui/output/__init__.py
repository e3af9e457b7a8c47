"""From Textual's frames to the terminal: the only place that touches Textual's private parts."""
