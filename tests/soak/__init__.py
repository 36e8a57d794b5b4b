"""What the page must stand for longer than a test may take."""
