"""Probes: one file a part of the cycle. Each sees, and hands what it saw to the recorder."""
