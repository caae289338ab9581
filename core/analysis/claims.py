"""The lab's networks, and what the documents' authors printed against what comes out here."""

from dataclasses import dataclass
from typing import Any

from core.analysis.inspect import of_config
from core.analysis.rules.check import check
from core.analysis.summary.inspection import Inspection, flat
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
            "broken_rules": [r.rule for r in check(self.inspection) if r.passed is False],
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
        used = self.claims.augmentations
        claims = vars(self.claims) | {"augmentations": None if used is None else list(used)}
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
