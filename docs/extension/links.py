"""What names in annotations and docstrings lead to.

A name in single backticks becomes a link where it names something of the reference, and stays code where it does not.
In a signature what is not ours stays text. A name of ours that leads nowhere is a warning, and so fails the build.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.metadata import packages_distributions

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole

from docs.extension.face import PACKAGE, face
from seedance_nb.words import Said

MAY_DANGLE = "seedance-may-dangle"
HANDLES = {
    "sd": "seedance_nb",
    "seedance_nb": "seedance_nb",
    "batch": "seedance_nb.Batch",
    "chain": "seedance_nb.Chain",
    "comparison": "seedance_nb.Comparison",
    "ledger": "seedance_nb.reports.ledger_view.LedgerView",
    "studio": "seedance_nb.Studio",
    "studio.ledger": "seedance_nb.reports.ledger_view.LedgerView",
    "sweep": "seedance_nb.Sweep",
    "task": "seedance_nb.Task",
}
"""What a variable in an example stands for."""

_TYPE_VARIABLE = re.compile("[A-Z]")
_WRITTEN = re.compile(r"(?:(?P<of>[\w.]+)\.)?(?P<name>[A-Za-z_]\w*)(?:\(.*\))?")


class Name(XRefRole):
    """A name in a docstring: a link where it surely means something of the reference, else code.

    A small word alone is more often a parameter than a function of that name: it is looked for in its own class only.
    """

    def process_link(
        self, env: BuildEnvironment, refnode: nodes.Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        """Say what is meant in full."""
        refnode[MAY_DANGLE] = True
        here = (env.ref_context.get("py:module"), env.ref_context.get("py:class"))
        return title, _meant(target, ".".join(filter(None, here))) or f"{PACKAGE}.nothing"


def _meant(text: str, here: str) -> str | None:
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return None
    of, name = written["of"], written["name"]
    if of is None and name[0].islower():
        return f"{here}.{name}" if hasattr(face().get(here), name) else None
    if of is None:
        return next(iter(_full_names(name)), None)
    return f"{HANDLES.get(of) or next(iter(_full_names(of)), of)}.{name}"


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Element | None:
    """Where a name leads that Sphinx does not know as it is written."""
    if node.get("refdomain") != "py":
        return None
    if node.get(MAY_DANGLE):
        return contnode
    target = node["reftarget"]
    short = target.rpartition(".")[2]
    for full in _full_names(short) if target == short or target.startswith(PACKAGE) else ():
        found = env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, contnode)
        if found is not None:
            return found
    if target == f"{Said.__module__}.{Said.__name__}":
        return nodes.Text("str")  # which it is to everybody outside
    is_others = target.partition(".")[0] in _others() or _TYPE_VARIABLE.fullmatch(short)
    return contnode if "." not in target or is_others else None


def _full_names(short: str) -> list[str]:
    return [name for name in face() if name.rpartition(".")[2] == short]


@cache
def _others() -> set[str]:
    return {*sys.stdlib_module_names, *packages_distributions()} - {PACKAGE}


def _look_exactly(app: Sphinx, doctree: nodes.document) -> None:
    """A name in a signature is whole: `bytes` is the type, and not whatever ends in `.bytes`."""
    for node in doctree.findall(pending_xref):
        if node.get("refdomain") == "py" and not node.get("refspecific"):
            node.attributes.pop("refspecific", None)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_role_to_domain("py", "name", Name())
    app.connect("doctree-read", _look_exactly)
    app.connect("missing-reference", resolve)
