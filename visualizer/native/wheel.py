"""Puts the compiled hot path into the wheel: a build hook of hatchling."""

from pathlib import Path
from runpy import run_path
from subprocess import CalledProcessError
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledHotPath(BuildHookInterface[Any]):
    """A wheel for this Python and machine where the hot path can be compiled, else one for all."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say what the wheel is for."""
        # The package itself cannot be imported: what it needs is not installed where wheels are built.
        native = run_path(str(Path(__file__).with_name("build.py")))
        try:
            native["build"]()
        except (OSError, CalledProcessError) as error:
            self.app.display_warning(f"the wheel goes without its compiled part: {error}")
            return
        build_data["artifacts"].append(str(native["target"]().relative_to(Path(self.root))))
        build_data |= {"pure_python": False, "infer_tag": True}
