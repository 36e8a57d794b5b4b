"""Plays the cycle of a real Django request, from pressing Enter to seeing the page."""

__version__ = "0.1.0"
