"""`NETWORKS`: every network that the lab knows by name. Imports no torch.

To add one, put a file with a RECORD (or RECORDS) into core/networks/families; nothing else.
"""

from importlib import import_module
from pkgutil import iter_modules

from core.networks import families
from core.networks.record import Claims, NetworkRecord
from core.registry import Registry

__all__ = ["NETWORKS", "Claims", "NetworkRecord"]


def _filled() -> Registry[NetworkRecord]:
    registry: Registry[NetworkRecord] = Registry("network")
    found: list[NetworkRecord] = []
    for module_info in iter_modules(families.__path__):
        module = import_module(f"{families.__name__}.{module_info.name}")
        found += [module.RECORD] if hasattr(module, "RECORD") else module.RECORDS
    for record in sorted(found, key=_place):
        registry.add(record.name, record)
    return registry


def _place(record: NetworkRecord) -> tuple[bool, str, int]:
    """The documents' networks in the documents' order, the larger first; then ours."""
    size = record.claims.parameters if record.claims else 0
    return not record.document, record.document, -size


NETWORKS = _filled()
