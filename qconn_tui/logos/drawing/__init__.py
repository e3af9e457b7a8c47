"""Turning decoded logos into what a terminal shows: blocks, kitty graphics, sixel."""
