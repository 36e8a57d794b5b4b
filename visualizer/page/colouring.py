"""Source text in colours: read by Pygments, each piece with our own CSS class of what it is."""

from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString
from pygments.lexer import Lexer
from pygments.lexers import BashLexer, HtmlDjangoLexer, JsonLexer, PythonLexer
from pygments.token import Token, _TokenType

from visualizer.page.markup import Piece, markup_lines

# Reading a longer text takes longer than a person waits for a step.
MAX_CHARACTERS = 30_000
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Token.Comment, "src-comment"),
    (Token.Literal.String.Doc, "src-comment"),
    (Token.Literal.String, "src-string"),
    (Token.Literal.Number, "src-number"),
    (Token.Keyword, "src-keyword"),
    (Token.Operator.Word, "src-keyword"),
    (Token.Name.Decorator, "src-decorator"),
    (Token.Name.Function, "src-name"),
    (Token.Name.Class, "src-name"),
    (Token.Name.Tag, "src-tag"),
    (Token.Name.Attribute, "src-name"),
    (Token.Name.Builtin, "src-builtin"),
    (Token.Name.Exception, "src-builtin"),
    (Token.Name.Variable, "src-number"),
    (Token.Name.Entity, "src-number"),
)
# `{%` and `{{`, which Pygments takes for the preprocessor's comments.
_AS_TAGS = Token.Comment.Preproc
_LEXERS: dict[str, type[Lexer]] = {".py": PythonLexer, ".json": JsonLexer, ".sh": BashLexer}
_TEMPLATES = (".html", ".htm", ".txt", ".xml", ".jinja", ".jinja2", ".j2", ".djhtml", ".svg", ".css", ".js", ".md")

Line = tuple[Piece, ...]


@lru_cache(maxsize=128)
def coloured(text: str, suffix: str) -> tuple[Line, ...]:
    """Every line of a text in pieces, which together are just that line; of one piece where the kind is unknown."""
    lexer = _lexer(suffix)
    if lexer is None or len(text) > MAX_CHARACTERS:
        return tuple((("", line),) for line in text.split("\n"))
    lines: list[list[Piece]] = [[]]
    for kind, part in lexer.get_tokens(text):
        _add(lines, _class_of(kind), part)
    return tuple(map(tuple, lines))


@lru_cache(maxsize=512)
def as_html(text: str, suffix: str) -> SafeString:
    """A whole text in colours."""
    return markup_lines(coloured(text, suffix))


def _add(lines: list[list[Piece]], css: str, part: str) -> None:
    first, *others = part.split("\n")
    _append(lines[-1], css, first)
    for each in others:
        lines.append([])
        _append(lines[-1], css, each)


def _append(line: list[Piece], css: str, text: str) -> None:
    if line and text and line[-1][0] == css:
        text = line.pop()[1] + text
    if text:
        line.append((css, text))


def _class_of(kind: _TokenType) -> str:
    if kind in _AS_TAGS:
        return "src-decorator"
    return next((css for parent, css in _CLASSES if kind in parent), "")


@lru_cache(maxsize=8)
def _lexer(suffix: str) -> Lexer | None:
    """The reader of files with this ending. It leaves white space alone, or the lines would be others."""
    kind = _LEXERS.get(suffix) or (HtmlDjangoLexer if suffix in _TEMPLATES else None)
    return kind(stripnl=False, ensurenl=False) if kind else None


def suffix_of(file: str) -> str:
    """The ending that tells the kind of a file."""
    return Path(file).suffix.lower()
