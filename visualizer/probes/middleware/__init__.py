"""The probe of the middleware: the chain in both directions, and the hooks."""

from visualizer.probes.middleware.chain import PROBE

__all__ = ["PROBE"]
