"""A URLconf that cannot be imported."""

raise RuntimeError("this URLconf is broken")
