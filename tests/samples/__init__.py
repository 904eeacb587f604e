"""Samples: at least one line for every row of the rule table, in a file for each family of rules."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
