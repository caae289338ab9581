"""`python -m core policy`: list the named policies, print one, read pasted code."""

import argparse
import json
import sys
from pathlib import Path

from core.augment.code.render import FORMATS, write
from core.augment.policies import POLICIES, name_of, named
from core.augment.policy import Policy
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.words import color, span
from core.errors import LabError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `policy` with its four parts."""
    policy = commands.add_parser(
        "policy",
        help="augmentation policies: list, print as code, read pasted code",
        description="Augmentation policies as names, albumentations code, JSON or YAML.",
    )
    parts = policy.add_subparsers(title="parts", metavar="PART", required=True)

    listing = parts.add_parser("list", help="the named policies", description="Named policies.")
    listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
    listing.set_defaults(run=_list)

    transforms = parts.add_parser(
        "transforms",
        help="what a policy may hold, and what can be set",
        description="Each transform with its parameters, their defaults and what they may be.",
    )
    transforms.set_defaults(run=_transforms)

    showing = parts.add_parser(
        "show", help="print a policy as code", description="Print a named policy, to be copied."
    )
    showing.add_argument("policy", metavar="POLICY", help="a name from `policy list`")
    _output(showing)
    showing.add_argument(
        "--data", help="put this data set's mean and standard deviation into the code"
    )
    showing.set_defaults(run=_show)

    reading = parts.add_parser(
        "read",
        help="read albumentations 1.x or 2 code, JSON or YAML; it is never executed",
        description=(
            "Read a policy from a file and print it. What the installed albumentations would "
            "ignore goes to standard error."
        ),
    )
    reading.add_argument("file", metavar="FILE", help="a file to read, or - for standard input")
    _output(reading)
    reading.set_defaults(run=_read)


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="what to print (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")


def _list(args: argparse.Namespace) -> int:
    if args.json:
        rows = [
            {"name": name, "label": x.label, "help": x.help, "policy": x.policy.to_dict()}
            for name, x in POLICIES.items()
        ]
        print(json.dumps(rows, indent=2))
        return 0
    for name, entry in POLICIES.items():
        print(f"{name:20} {entry.help}")
        for transform in entry.policy.transforms:
            print(f"{'':20}   {transform.name}: {transform.settings()}")
    return 0


def _transforms(args: argparse.Namespace) -> int:
    for record in (TRANSFORMS[name] for name in TRANSFORMS):
        print(f"{record.name}: {record.help}")
        for entry in record.parameters:
            default = color(entry.default) if entry.kind == "fill" else span(entry.default)
            print(f"    {entry.name:20} {entry.help} {entry.allowed()}; {default} by default.")
    return 0


def _show(args: argparse.Namespace) -> int:
    policy = named(args.policy)
    mean = std = None
    if args.data:
        from core.data.sources import catalogue

        images = catalogue.load(args.data)
        mean, std = images.mean, images.std
    if args.json:
        print(json.dumps({"name": args.policy, "policy": policy.to_dict()}, indent=2))
    else:
        print(write(policy, args.format, mean, std), end="")
    return 0


def _read(args: argparse.Namespace) -> int:
    from core.augment.code.parse import read

    reading = read(_text(args.file))
    if args.json:
        print(
            json.dumps(
                {
                    "name": name_of(reading.policy),
                    "version": reading.version,
                    "policy": reading.policy.to_dict(),
                    "happens": _plain(reading.happens),
                    "findings": [
                        {"transform": x.transform, "argument": x.argument, "words": x.words}
                        for x in reading.findings
                    ],
                },
                indent=2,
            )
        )
        return 0
    for finding in reading.findings:
        print(finding.words, file=sys.stderr)
    known = name_of(reading.policy)
    if known:
        print(f"This is the policy {known!r}.", file=sys.stderr)
    print(write(reading.policy, args.format), end="")
    return 0


def _plain(policy: Policy | None) -> object:
    return policy.to_dict() if policy else None


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise LabError(f"{file} cannot be read ({error.strerror}); give a text file.") from None
    except UnicodeDecodeError:
        raise LabError(f"{file} is no text; give a file of Python, JSON or YAML.") from None
