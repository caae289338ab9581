"""`python -m core networks`, `inspect` and `check`."""

import argparse
import json
from typing import Any

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.names import is_file

NETWORK_HELP = "a name from `networks`, or path/to/model.py:ClassName"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands that look at networks."""
    listing = commands.add_parser(
        "networks",
        help="the networks the lab knows, with what their authors claimed",
        description="List the networks: the documents', claimed against computed, and ours.",
    )
    listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
    listing.set_defaults(run=_networks)

    inspecting = commands.add_parser(
        "inspect",
        help="layer table, receptive field, parameters and rules of a network",
        description="Show every layer of a network in the order in which it runs.",
    )
    inspecting.add_argument("network", metavar="NETWORK", help=NETWORK_HELP)
    _shared(inspecting)
    inspecting.add_argument(
        "--format",
        choices=("table", "csv", "latex", "markdown", "torchsummary"),
        default="table",
        help="how the layers are printed (default: table)",
    )
    inspecting.add_argument(
        "--probe", action="store_true", help="also measure the receptive field by gradient"
    )
    inspecting.set_defaults(run=_inspect)

    checking = commands.add_parser(
        "check",
        help="a network against the assignment's rules; exit code 1 where one is broken",
        description="Check a network, and a policy and an accuracy if given, against the rules.",
    )
    checking.add_argument("network", metavar="NETWORK", help=NETWORK_HELP)
    checking.add_argument("--policy", help="also check this augmentation policy")
    checking.add_argument(
        "--accuracy", type=float, help="also check this accuracy on the test images, in percent"
    )
    _shared(checking)
    checking.set_defaults(run=_check)


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--classes", type=int, default=10, help="number of classes (default: 10)")
    parser.add_argument("--image-size", type=int, default=32, help="pixels a side (default: 32)")


def inspected(options: argparse.Namespace) -> Any:
    """The inspection that the options ask for; a file is run in a process of its own."""
    from core.networks.building import resolve

    if not 1 <= options.image_size <= 512:
        raise LabError(f"The image size is {options.image_size}; choose from 1 to 512 pixels.")
    if not 2 <= options.classes <= 10_000:
        raise LabError(f"The number of classes is {options.classes}; choose from 2 to 10,000.")
    network: NetworkConfig = resolve(options.network)
    if is_file(network.name) and not network.layers:
        from core.analysis.sandbox.parent import inspect_file

        return inspect_file(network.name, options.classes, options.image_size)
    from core.analysis.inspect import inspect

    return inspect(network, classes=options.classes, image_size=options.image_size)


def _networks(options: argparse.Namespace) -> int:
    from core.analysis.claims import network_rows

    rows = network_rows()
    if options.json:
        print(json.dumps([row.to_dict() for row in rows], indent=1))
        return 0
    for row in rows:
        print(row.line())
    return 0


def _inspect(options: argparse.Namespace) -> int:
    from core.analysis.rules.check import check
    from core.analysis.summary import formats

    inspection = inspected(options)
    if options.json:
        plain = inspection.to_dict() | {"rules": [r.to_dict() for r in check(inspection)]}
        if options.probe:
            plain["probe"] = _probe(options).to_dict()
        print(json.dumps(plain, indent=1))
    else:
        print(formats.FORMATS[options.format].write(inspection))
        if options.format == "table":
            print()
            print(formats.totals(inspection))
        if options.probe:
            print(_probe(options).sentence())
    return 1 if inspection.failure else 0


def _probe(options: argparse.Namespace) -> Any:
    from core.analysis.receptive_field.cross_check import compare
    from core.networks.building import resolve

    if is_file(options.network):
        from core.analysis.sandbox.parent import probe_file

        return probe_file(options.network, options.classes)
    return compare(resolve(options.network), classes=options.classes)


def _check(options: argparse.Namespace) -> int:
    from core.analysis.rules.check import check
    from core.augment import policies

    if options.accuracy is not None and not 0 <= options.accuracy <= 100:
        raise LabError(f"The accuracy is {options.accuracy}; give percent, from 0 to 100.")
    policy = policies.named(options.policy) if options.policy else None
    inspection = inspected(options)
    results = check(inspection, policy, options.accuracy)
    if options.json:
        plain = {
            "name": inspection.name,
            "passed": all(result.passed is not False for result in results),
            "rules": [result.to_dict() for result in results],
        }
        if inspection.failure:
            plain["passed"] = False
            plain["failure"] = vars(inspection.failure)
        print(json.dumps(plain, indent=1))
    else:
        for result in results:
            mark = {True: "pass", False: "FAIL", None: "  - "}[result.passed]
            print(f"{mark}  {result.title}: {result.measured_text} ({result.required})")
            for extra in (result.why, result.change):
                if extra and result.passed is not True:
                    print(f"      {extra}")
        if inspection.failure:
            print(f"The pass fails at {inspection.failure.layer}: {inspection.failure.message}")
    broken = inspection.failure is not None or any(result.passed is False for result in results)
    return 1 if broken else 0
