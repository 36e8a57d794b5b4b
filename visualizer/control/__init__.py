"""What a person at the page can ask the project to do."""
