"""What the recorder costs, measured beside the tools that people already use."""
