"""Django's own tests, run with the app installed and without: the results must be the same."""
