"""The page: served by a small handler of its own, so that it works when the project does not."""
