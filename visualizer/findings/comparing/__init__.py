"""Two requests laid beside each other, stage by stage: what only one of them did, and what they did differently."""
