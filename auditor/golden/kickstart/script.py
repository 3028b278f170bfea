"""The commands of a shell script, each with its lines and with what it depends on. Nothing is run."""

from dataclasses import dataclass, field

from auditor.golden.kickstart.lexer import Token, tokens
from auditor.golden.kickstart.sections import KickstartError

_OPENING = {"if": "fi", "for": "done", "while": "done", "until": "done", "select": "done", "case": "esac", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_INNER = frozenset({"then", "else", "elif", "do"})
_BY_NAME = frozenset({"for", "case", "select"})  # a name and words follow, not a command
_JOINTS = frozenset({"&&", "||", "|", "|&"})


@dataclass(slots=True)
class Redirect:
    """`sign`: > >> << ...; `target` a word; `body` of a here-document."""

    sign: str
    target: str
    body: str = ""


@dataclass(slots=True)
class Command:
    """One simple command. `inside` names the block that decides whether it runs; `joint` is what stands before it."""

    line: int
    words: list[str] = field(default_factory=list)
    bare: list[bool] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    last: int = 0
    inside: str = ""
    joint: str = ""
    negated: bool = False


@dataclass(slots=True)
class Script:
    """Commands in order, and the lines that hold words and signs of the language (`then`, `fi`)."""

    commands: list[Command] = field(default_factory=list)
    structure: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Block:
    kind: str  # what opened it: if, for, {, (, function
    line: int
    about: str  # empty: its commands run like any others
    open: bool = True  # false: a function whose brace is still to come
    pattern: bool = False  # in a case: what stands here is a pattern, no command


def script(text: str, first: int) -> Script:
    """Reads a script whose first line has the number `first`. Raises KickstartError with a line."""
    return _Parser(first).run(tokens(text, first))


class _Parser:
    def __init__(self, first: int) -> None:
        self._script = Script()
        self._blocks: list[_Block] = []
        self._command = Command(first)
        self._joint = ""

    def run(self, found: list[Token]) -> Script:
        target: Redirect | None = None
        for n, token in enumerate(found):
            if token.kind == "word" and target is not None:
                target.target, target = token.text, None
                self._command.last = max(self._command.last, token.last)
            elif token.kind == "word":
                self._word(token, [one.text for one in found[n + 1 : n + 3]])
            elif token.kind == "redirect":
                target = self._redirect(token)
            else:
                target = None
                self._operator(token)
        self._end("")
        if self._blocks:
            block = self._blocks[-1]
            raise KickstartError(f"{block.kind!r} has no end in this section", block.line, "Close the block.")
        return self._script

    def _begin(self, token: Token) -> None:
        if not self._command.words and not self._command.redirects:
            self._command.line = token.line
        self._command.last = max(self._command.last, token.last)

    def _redirect(self, token: Token) -> Redirect:
        self._begin(token)
        found = Redirect(token.text.lstrip("0123456789"), "", token.body)
        if not token.text.startswith("2"):  # what it complains of is no setting
            self._command.redirects.append(found)
        return found

    def _word(self, token: Token, following: list[str]) -> None:
        if not self._command.words and token.bare and self._keyword(token):
            return
        self._begin(token)
        if not self._command.words and following == ["(", ")"]:
            self._open("function", token.line, f"the function {token.text[:40]}", opened=False)
        self._command.words.append(token.text)
        self._command.bare.append(token.bare)

    def _open(self, kind: str, line: int, about: str, *, opened: bool = True) -> None:
        self._blocks.append(_Block(kind, line, f"{about} of line {line}" if about else "", opened, kind == "case"))

    def _keyword(self, token: Token) -> bool:
        text, block = token.text, self._blocks[-1] if self._blocks else None
        if text == "!":
            self._command.negated = True
        elif text == "{" and block is not None and not block.open:
            block.open = True
        elif text in _OPENING:
            about = "" if text == "{" else f"{text!r}"
            self._open(text, token.line, about or (f"the group behind {self._joint}" if self._joint else ""))
            if text in _BY_NAME:
                return False  # the words up to the end of the line belong to it
        elif text in _CLOSING:
            self._close(text, token.line)
        elif text not in _INNER:
            return False
        self._script.structure.update(range(token.line, token.last + 1))
        return True

    def _close(self, text: str, line: int) -> None:
        block = self._blocks[-1] if self._blocks else None
        wanted = {"(": ")", "function": "}"}.get(block.kind) or _OPENING.get(block.kind) if block else ""
        if wanted != text or (block and not block.open):
            raise KickstartError(f"{text!r} without its beginning", line, "Open the block, or take the word out.")
        self._blocks.pop()

    def _operator(self, token: Token) -> None:
        text, block = token.text, self._blocks[-1] if self._blocks else None
        self._script.structure.update(range(token.line, token.last + 1))
        if block is not None and block.pattern and text in ("|", "(", ")"):
            self._pattern(block, text, token.line)
        elif block is not None and not block.open and text in ("(", ")"):
            self._command = Command(token.line)  # the name of a function is no command
        elif text == "(":
            self._end("")
            self._open("(", token.line, "the subshell")
        elif text == ")":
            self._end("")
            self._close(")", token.line)
        else:
            self._end(text)
            if block is not None and block.kind == "case":
                block.pattern = block.pattern or text == ";;"

    def _pattern(self, block: _Block, text: str, line: int) -> None:
        """A pattern ends at its bracket; the words in front of the first one are those of `case` itself."""
        if text == ")":
            if self._command.words[:1] == ["case"]:
                self._end("")
            self._command, block.pattern = Command(line), False

    def _end(self, operator: str) -> None:
        """The command before an operator is complete."""
        command = self._command
        if command.words or command.redirects:
            command.joint, command.inside = self._joint, self._inside()
            self._script.commands.append(command)
            self._joint = operator if operator in _JOINTS else ""
        elif operator in _JOINTS:  # behind a block
            self._joint = operator
        elif operator != "\n":  # after && a line may end
            self._joint = ""
        self._command = Command(command.line)

    def _inside(self) -> str:
        """The innermost block that makes its commands run sometimes, often, or later."""
        return next((block.about for block in reversed(self._blocks) if block.about), "")
