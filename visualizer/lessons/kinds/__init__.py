"""One file for each kind of event: `sentence(reading, event)` says what happened, as far as the trace proves it."""
