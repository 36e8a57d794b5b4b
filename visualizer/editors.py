"""Editors that open a file at a line by a URL, and the URL that each of them understands."""

from urllib.parse import quote

EDITORS = {
    "cursor": "cursor://file/{path}:{line}",
    "emacs": "emacs://open?url=file://{file}&line={line}",
    "idea": "idea://open?file={file}&line={line}",
    "macvim": "mvim://open?url=file://{file}&line={line}",
    "nova": "nova://open?path={file}&line={line}",
    "pycharm": "pycharm://open?file={file}&line={line}",
    "sublime": "subl://open?url=file://{file}&line={line}",
    "textmate": "txmt://open?url=file://{file}&line={line}",
    "vscode": "vscode://file/{path}:{line}",
    "vscode-insiders": "vscode-insiders://file/{path}:{line}",
    "vscodium": "vscodium://file/{path}:{line}",
    "windsurf": "windsurf://file/{path}:{line}",
    "zed": "zed://file/{path}:{line}",
}
"""`{file}` stands for the absolute path, `{path}` for the same without the slash at its beginning."""

# A link of these would run in the page itself.
_NEVER = ("javascript", "data", "vbscript", "blob", "about")


def is_template(text: str) -> bool:
    """Whether a text is a URL of an editor, with a place for the file."""
    scheme, colon, rest = text.partition(":")
    named = scheme.replace("-", "").replace("+", "").replace(".", "").isalnum()
    return bool(colon) and named and scheme.lower() not in _NEVER and ("{file}" in rest or "{path}" in rest)


def editor_url(editor: str, file: str, line: int) -> str:
    """The URL that opens this line; `editor` is one of EDITORS or a URL with `{file}` or `{path}`, and `{line}`."""
    path = quote(file.replace("\\", "/"), safe="/:")
    template = EDITORS.get(editor, editor)
    return template.replace("{file}", path).replace("{path}", path.lstrip("/")).replace("{line}", str(line))
