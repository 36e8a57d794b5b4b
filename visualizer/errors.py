"""The few errors that this program raises itself."""


class VisualizerError(Exception):
    """The base of them all."""


class SettingsError(VisualizerError):
    """The dict `VISUALIZER` in the project's settings is wrong; `key` names the entry."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
