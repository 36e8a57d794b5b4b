"""What a step teaches: a lesson for each stage and middleware, and a sentence true for this one request."""
