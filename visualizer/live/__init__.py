"""Brings the events of running requests to the open pages."""
