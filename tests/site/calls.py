"""What the site's parts write down as they are called, so that two runs can be compared."""

calls: list[str] = []
