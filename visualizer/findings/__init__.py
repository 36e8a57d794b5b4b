"""What a finished trace shows that no single event of it says; all worked out after the response has gone."""
