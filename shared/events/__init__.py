"""The contracts, one module a publisher; importing the package makes all of them known to readers."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
