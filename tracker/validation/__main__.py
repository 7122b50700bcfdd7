"""`python -m tracker.validation FILE`: check a catalogue without the site."""

import sys

from tracker.validation.catalogue import CatalogueRefused, load


def main(arguments: list[str]) -> int:
    """Say every mistake in the file; 0 when there is none, 1 when there are some, 2 for wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m tracker.validation FILE\n")
        return 2
    try:
        catalogue = load(arguments[0])
    except CatalogueRefused as refused:
        sys.stderr.write("".join(f"{reason}\n" for reason in refused.reasons))
        return 1
    kinds = sorted(entry.kind.value for entry in catalogue.entries.values())
    sys.stdout.write(f"{len(kinds)} entries can be used: {', '.join(kinds) or 'none'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
