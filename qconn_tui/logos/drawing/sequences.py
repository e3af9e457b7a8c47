"""What the graphics protocols look like in a terminal's output. Loaded before the first frame, it imports nothing."""

PLACEHOLDER = "\U0010eeee"
"""The character of a cell that shows a part of an image, in the kitty graphics protocol."""

GRAPHICS = (
    r"\x1b_G.*?\x1b\\"  # kitty
    r"|\x1bPtmux;\x1b\x1b_G(?:\x1b\x1b|[^\x1b])*\x1b\\"  # kitty, wrapped for tmux
    r"|\x1bP[\d;]*q[^\x1b]*\x1b\\"  # sixel
)
"""A regular expression for a command that draws, stores or deletes an image, and moves the cursor at most."""
