"""Larkspur, a small shop: an ordinary Django app."""
