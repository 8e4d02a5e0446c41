"""How Sphinx builds the site; `make docs` does it strictly: every warning fails, every name must lead somewhere."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "seedance_nb"
copyright = "the seedance_nb contributors"
release = version = version_of("seedance-nb")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "docs.extension",
]
exclude_patterns = ["pages", "extension"]

# -- Markdown, read as GitHub reads it, so that the same pages can be read there --
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
suppress_warnings = [
    # A notebook's cells are Python; what a magic's cell holds is a prompt.
    "misc.highlighting_failure",
]

# -- notebooks: `docs.extension.notebooks` has run them already --
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_merge_streams = True

# -- docstrings --
default_role = "py:name"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_use_rtype = False
napoleon_use_ivar = True

# -- looks --
# A value in quotes is shown as it is written.
smartquotes = False
html_theme = "furo"
html_title = "seedance_nb"
pygments_dark_style = "github-dark"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
# Opened as files, pages cannot read one another.
html_show_search_summary = False
# Prompts and outputs are not to be copied with the code.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
