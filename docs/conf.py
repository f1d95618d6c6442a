"""Configuration of the documentation."""

from __future__ import annotations

import importlib
import socket

import custbase

project = "custbase"
author = "the custbase developers"
copyright = "2026, the custbase developers"
version = release = custbase.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
# Single backticks name parameters and columns in docstrings.
default_role = "literal"
html_theme = "pydata_sphinx_theme"
html_title = "custbase"
html_static_path = ["_static"]
html_css_files = ["custbase.css"]
html_theme_options = {
    "show_toc_level": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"api/**": [], "generated/**": []}

# Quotes in types and texts are code: default="auto".
smartquotes = False
add_function_parentheses = False
toc_object_entries_show_parents = "hide"

autosummary_generate = True
autodoc_typehints = "none"
# docs/_templates/autosummary/class.rst lists the members.
numpydoc_show_class_members = False


def members_of(module: str, name: str) -> tuple[list[str], list[str]]:
    """Public methods and properties of a class: those of custbase, and those of scikit-learn."""
    kind = getattr(importlib.import_module(module), name)
    own, foreign = [], []
    for member in dir(kind):
        if member.startswith("_") or member.endswith("_request"):
            continue
        definer = next(base for base in kind.__mro__ if member in vars(base))
        if not hasattr(vars(definer)[member], "__get__"):  # a mere value, such as a default
            continue
        room = definer.__module__.partition(".")[0]
        if room == "custbase":
            own.append(member)
        elif room == "sklearn" and member != "get_metadata_routing":
            foreign.append(member)
    return own, foreign


autosummary_context = {"members_of": members_of}
suppress_warnings = ["config.cache"]  # Sphinx reads the pages again where a context has functions
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def _online(host: str) -> bool:
    """Tell whether the inventories of other projects can be fetched at all."""
    try:
        socket.create_connection((host, 443), timeout=3).close()
    except OSError:
        return False
    return True


# Links to other projects are left out of a build without a network, and the build says so.
intersphinx_mapping = {}
if _online("docs.python.org"):
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
    }
else:
    print("intersphinx: no network, links to other projects are left out")

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"customer_base\.py",
    "doc_module": ("custbase",),
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "capture_repr": (),
    "download_all_examples": False,
    "min_reported_time": 5,
    "abort_on_example_error": True,
}
