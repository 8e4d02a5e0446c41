"""Modules of the browser that are written in several files."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_nb.widgets import _module
from seedance_nb.widgets._module import STATIC, module, style

FILES = {
    "parts/shape.js": """
const hidden = 1;
export const SHAPE = hidden + 1;
export function half(x) { return x / 2; }
""",
    "parts/box.js": """
import { SHAPE } from "./shape.js";
const hidden = 10;
export class Box { size = SHAPE + hidden; }
""",
    "page.js": """
import { Box } from "./parts/box.js";
import { half, SHAPE } from "./parts/shape.js";
const hidden = 100;
export default { size: half(new Box().size) + SHAPE + hidden };
""",
    "parts/tokens.css": ".a { --x: 1; }\n",
    "page.css": '@import "./parts/tokens.css";\n.a { color: red; }\n',
}


@pytest.fixture
def _written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parts").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(_module, "STATIC", tmp_path)


@pytest.mark.usefixtures("_written")
def test_parts_stand_in_the_module_once_and_keep_their_names() -> None:
    """What two files call the same does not collide, and a part that two need is there once."""
    whole = module("page.js")
    assert "import" not in whole
    assert whole.count("export") == 1
    assert whole.count("const hidden") == whole.count("(() => {") + 1 == 3
    assert "return { Box };" in whole
    assert "const { half, SHAPE } = __shape;" in whole
    assert whole.count("return x / 2") == 1
    assert whole.index("x / 2") < whole.index("class Box") < whole.index("export default")


@pytest.mark.usefixtures("_written")
def test_a_style_sheet_has_what_it_imports() -> None:
    """Tokens come first, rules after them."""
    assert style("page.css") == ".a { --x: 1; }\n\n.a { color: red; }\n"


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.stem)
def test_no_widget_imports_from_elsewhere(path: Path) -> None:
    """Whatever a widget needs is in its module: nothing is fetched when it runs."""
    whole = module(path.name)
    assert "import " not in whole.replace("import (", "")
    assert "import(" not in whole
    assert whole.count("export default") == 1
