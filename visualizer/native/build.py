"""Compiles the hot path for the running Python: `python -m visualizer.native.build`.

With what that Python itself was compiled with, as it says in `sysconfig`. Where that is not to be had the program does
without: it then records the same, more slowly.
"""

import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parent / "hot_path.c"


def target() -> Path:
    """The file that the running Python imports as `visualizer.native.hot_path`."""
    return SOURCE.with_name("hot_path" + (sysconfig.get_config_var("EXT_SUFFIX") or ".so"))


def is_built() -> bool:
    """Whether what was compiled last is not older than any of its sources."""
    if not target().exists():
        return False
    newest = max(file.stat().st_mtime for file in (SOURCE, *SOURCE.parent.glob("*.h")))
    return target().stat().st_mtime >= newest


def build() -> None:
    """Compile the source beside itself; an interrupted run leaves nothing half made.

    Raises OSError or subprocess.CalledProcessError, whose `stderr` says what the compiler said.
    """
    with tempfile.TemporaryDirectory(dir=SOURCE.parent) as folder:
        made = Path(folder) / target().name
        # The command is the running Python's own.
        subprocess.run([*_compiler(), str(SOURCE), "-o", str(made)], check=True, capture_output=True, text=True)  # noqa: S603
        made.replace(target())


def _compiler() -> list[str]:
    link, flags = sysconfig.get_config_var("LDSHARED"), sysconfig.get_config_var("CCSHARED")
    if not link or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise OSError("this Python does not say how to compile for it")
    include = sysconfig.get_paths()["include"]
    # Without a table of jumps to Python's functions, whose lines a request would find in no cache.
    return [*shlex.split(link), *shlex.split(flags or ""), "-O2", "-fno-plt", "-DNDEBUG", f"-I{include}"]


def main() -> None:
    if is_built():
        return
    try:
        build()
    except OSError as error:
        print(f"Recording goes without its compiled part: {error}.", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        first = next((line for line in error.stderr.splitlines() if "error" in line), error.stderr)
        print(f"Recording goes without its compiled part. The compiler says: {first.strip()}", file=sys.stderr)


if __name__ == "__main__":
    main()
