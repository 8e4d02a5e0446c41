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

_TYPE_VARIABLE = re.compile("[A-Z]")


class Name(XRefRole):
    """A name that is a link only where there is something to lead to."""

    def process_link(
        self, env: BuildEnvironment, refnode: nodes.Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        """Keep the module and class that the name is looked up from."""
        refnode[MAY_DANGLE] = True
        refnode["py:module"] = env.ref_context.get("py:module")
        refnode["py:class"] = env.ref_context.get("py:class")
        short = target.removesuffix("()").removeprefix("sd.").removeprefix("studio.ledger.")
        return title, short


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Element | None:
    """Where a name leads that Sphinx does not know as it is written."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    short = target.rpartition(".")[2]
    for full in _full_names(short):
        found = env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, contnode)
        if found is not None and (target == short or target.startswith(PACKAGE)):
            return found
    if target == f"{Said.__module__}.{Said.__name__}":
        return nodes.Text("str")  # which it is to everybody outside
    is_others = target.partition(".")[0] in _others() or _TYPE_VARIABLE.fullmatch(short)
    return contnode if node.get(MAY_DANGLE) or "." not in target or is_others else None


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
