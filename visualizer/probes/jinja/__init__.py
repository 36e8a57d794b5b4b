"""The probe of Jinja2's templates; importing it imports Jinja2."""

from visualizer.probes.jinja.rendering import PROBE

__all__ = ["PROBE"]
