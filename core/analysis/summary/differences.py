"""Claimed against computed, and two networks side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from core.analysis.summary.inspection import (
    Inspection,
    Layer,
    flat,
    inspect,
)
from core.config.run_config import NetworkConfig
from core.networks.catalogue import NETWORKS, Claims, NetworkRecord


@dataclass(frozen=True)
class NetworkRow:
    """A registered network and what comes out here."""

    record: NetworkRecord
    inspection: Inspection

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.record.name,
            "label": self.record.label,
            "document": self.record.document,
            "source": self.record.source,
            "reconstruction": self.record.reconstruction,
            "notes": list(self.record.notes),
            "parameters": self.inspection.parameters,
            "receptive_field": flat(self.inspection.receptive_field),
            "claims": None,
            "broken_rules": [rule.rule for rule in self.inspection.rules if rule.passed is False],
        }

    def line(self) -> str:
        field = flat(self.inspection.receptive_field)
        return (
            f"{self.record.name:<16} ours {self.inspection.parameters:>9,} parameters; "
            f"receptive field {field}"
        )


@dataclass(frozen=True)
class ClaimRow(NetworkRow):
    """A network of the documents, and what its author printed."""

    claims: Claims

    @property
    def parameters_hold(self) -> bool:
        return self.claims.parameters == self.inspection.parameters

    @property
    def field_holds(self) -> bool | None:
        """None where the document prints no receptive field."""
        claimed = self.claims.receptive_field
        return None if claimed is None else claimed == flat(self.inspection.receptive_field)

    def to_dict(self) -> dict[str, Any]:
        said = self.claims.augmentations
        claims = vars(self.claims) | {"augmentations": None if said is None else list(said)}
        return super().to_dict() | {"claims": claims}

    def line(self) -> str:
        claims, found = self.claims, self.inspection
        field = flat(found.receptive_field)
        claimed_field = "not printed" if claims.receptive_field is None else claims.receptive_field
        parts = [
            f"{self.record.name:<16} {self.record.document}  "
            f"{found.parameters:>9,} parameters (claimed {claims.parameters:,})",
            f"receptive field {field} (claimed {claimed_field})",
        ]
        if claims.accuracy is not None:
            parts.append(f"claimed accuracy {claims.accuracy:g}%")
        if self.record.reconstruction:
            parts.append("reconstructed")
        return "; ".join(parts)


def network_rows() -> tuple[NetworkRow, ...]:
    """All registered networks, the documents' first."""
    return tuple(
        ClaimRow(record, of_config(NetworkConfig(name)), record.claims)
        if record.claims
        else NetworkRow(record, of_config(NetworkConfig(name)))
        for name, record in NETWORKS.items()
    )


def claims_table() -> tuple[ClaimRow, ...]:
    """All the documents' networks."""
    return tuple(row for row in network_rows() if isinstance(row, ClaimRow))


def of_config(network: NetworkConfig, classes: int = 10) -> Inspection:
    """The inspection of a registered or saved network; the last 64 are kept."""
    layers = json.dumps([dict(layer) for layer in network.layers], sort_keys=True)
    return _of_config(network.name, layers, classes)


def of_rows(rows: Sequence[Mapping[str, Any]], name: str = "edited") -> Inspection:
    """The inspection of a table of layers; RowError for a row that does not work."""
    return of_config(NetworkConfig(name, tuple(dict(row) for row in rows)))


@lru_cache(maxsize=64)
def _of_config(name: str, layers: str, classes: int) -> Inspection:
    return inspect(NetworkConfig(name, tuple(json.loads(layers))), classes=classes)


@dataclass(frozen=True)
class Pairing:
    """A row of two networks side by side; None where one of them has no such layer."""

    left: Layer | None
    right: Layer | None
    differs: tuple[str, ...]  # names of the fields that differ


_COMPARED = (
    "type",
    "kernel",
    "stride",
    "padding",
    "dilation",
    "groups",
    "out_shape",
    "parameters",
    "receptive_field",
)


def side_by_side(left: Inspection, right: Inspection) -> tuple[Pairing, ...]:
    """The two layer tables aligned by type and shape, as a text comparison aligns lines."""
    rows = (left.rows, right.rows)
    keys = [[(row.type, row.kernel, row.groups == 1) for row in side] for side in rows]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    result: list[Pairing] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        first, second = list(rows[0][a:b]), list(rows[1][c:d])
        if tag == "equal":
            result += [_paired(x, y) for x, y in zip(first, second, strict=True)]
            continue
        while first and second and first[0].type == second[0].type:
            result.append(_paired(first.pop(0), second.pop(0)))
        result += [Pairing(x, None, _COMPARED) for x in first]
        result += [Pairing(None, y, _COMPARED) for y in second]
    return tuple(result)


def _paired(left: Layer, right: Layer) -> Pairing:
    differs = tuple(name for name in _COMPARED if getattr(left, name) != getattr(right, name))
    return Pairing(left, right, differs)
