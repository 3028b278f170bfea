"""The commands of kickstart files that the importer understands, as tables: made from the forms themselves."""

import re
import shlex

from auditor.golden.kickstart.catalogue import FAMILIES
from auditor.golden.kickstart.draft import shown
from auditor.golden.kickstart.files import FILES
from auditor.golden.kickstart.forms import Form, Option
from auditor.golden.kickstart.interpret import Imported, follow
from docs.markdown import cell, table


def kickstart() -> str:
    """Every form by family, with its options and the facts that it sets; then the files that are read."""
    parts = []
    for family, forms in FAMILIES.items():
        rows = [(f"`{_synopsis(form)}`", _becomes(form, installer=family == "Installer")) for form in forms]
        parts.append(f"### {family}\n\n" + table(("command", "facts"), rows))
    files = [(f"`{path}`", cell(file.about or f"no fact: {file.why}")) for path, file in FILES.items()]
    parts.append("### Files written by `cat`, `echo` or `tee`\n\n" + table(("file", "facts"), files))
    return "\n\n".join(parts)


def _synopsis(form: Form) -> str:
    written = form.words if form.words.endswith("/") else f"{form.words} "
    return (written + " ".join(map(_option, form.declared))).strip().replace("|", "\\|")


def _option(option: Option) -> str:
    if not option.names:
        shape = option.key.upper()
    else:
        value = ("[=VALUE]" if option.optional else " VALUE") if option.kind else ""
        shape = "|".join(option.names) + value
    shape = shape if option.needed else f"[{shape}]"
    return f"{shape}..." if option.many else shape


def _becomes(form: Form, *, installer: bool) -> str:
    if form.nothing:
        return "nothing to set"
    if form.why:
        return cell(f"no fact: {form.why}")
    words = shlex.split(form.example.replace("\\", "\\\\"))
    found = Imported()
    found.draft.begun.add("vSwitch1")
    found.draft.put("vswitches[vSwitch1].pnics", ["vmnic2", "vmnic9"])
    found.draft.line = 1
    _, _, reason = follow(found, [*form.words.split(), *words], installer=installer)
    values = {one for word in words for one in (word, word.partition("=")[2], word.partition(":")[0])}
    set_now = [way for way, lines in found.draft.writers.items() if lines[-1] == 1 and way in found.draft.values]
    paths = {_general(shown(way), values) for way in set_now}
    paths |= {_general(path, values) for path in (*form.sets, *form.adds)}
    told = [f"`{path}`" for path in sorted(paths)]
    told += [f"absent: `{_general(shown(way), values)}`" for way in sorted(found.draft.absent)]
    told += [f"taken from `{_general(path, values)}`" for path in form.takes]
    return ", ".join(told) or cell(f"no fact: {reason}")


def _general(path: str, values: set[str]) -> str:
    """A path with an asterisk for every key that comes from the line."""
    path = re.sub(r"\{[\w-]+\}", "*", path).replace(".loggers.hostd.", ".loggers.*.")
    return re.sub(r"\[([^\]]*)\]", lambda key: "[*]" if key[1] in values else key[0], path)
