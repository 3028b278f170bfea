"""What a report says of the part that it is of: never as if it were everything."""

from collections.abc import Mapping
from typing import Any

from auditor.reporting.words import count, platform_word, plural


def limits(audit: Mapping[str, Any]) -> list[str]:
    """Sentences on what the report is limited to; [] where it is of a whole run."""
    chosen = audit.get("selection")
    if not chosen:
        return []
    out = []
    how = _how(chosen)
    if how or chosen["scope"]:
        words = f"{count(chosen['targets'])} of {plural(chosen['population'], 'target')}"
        out.append(f"{words}, chosen by {how}." if how else f"{plural(chosen['targets'], 'target')}, all in the scope.")
    if chosen["scope"]:
        scopes = " or ".join(_labels(one) for one in chosen["scope"])
        out.append(f"Only what lies within the scope of who asked for it ({scopes}) is counted or shown.")
    if chosen["excluded"]:
        many = plural(chosen["excluded"], "excluded target")
        out.append(f"Whether {many} would belong here is not known: what is excluded has no labels.")
    if framework := chosen["framework"]:
        out += _framework(framework)
    return out


def _how(chosen: Mapping[str, Any]) -> str:
    ways = [_labels(chosen["labels"])] if chosen["labels"] else []
    if chosen["platforms"]:
        ways.append(f"platform {', '.join(map(platform_word, chosen['platforms']))}")
    if chosen["sources"]:
        ways.append(f"source {', '.join(chosen['sources'])}")
    return "; ".join(ways)


def _labels(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())


def _framework(framework: Mapping[str, Any]) -> list[str]:
    out = [
        f"{framework['title']} alone: {count(framework['rules'])} of {plural(framework['of_rules'], 'judged rule')} "
        f"{'serves' if framework['rules'] == 1 else 'serve'} a control of it."
    ]
    if framework["without_rule"] is None:
        out.append("Which other controls the framework has is not known here: they are not proven.")
    elif framework["without_rule"]:
        out.append(
            f"{plural(len(framework['without_rule']), 'control')} that no rule serves: not proven by this report."
        )
    if idle := sum(one["lower"] is None and not one["notchecked"] for one in framework["controls"]):
        out.append(f"{plural(idle, 'control')} of whose rules none applied to a target: not proven either.")
    if framework["drift_left_out"]:
        out.append("Drift from golden profiles has no controls, and is left out.")
    return out
