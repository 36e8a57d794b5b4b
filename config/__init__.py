"""The demonstration site: an ordinary Django project around a small shop."""
