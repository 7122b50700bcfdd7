"""Time of combining 100,000 live issues and of sharing it out to them: python -m benchmarks.exposure_speed."""

import random
import time
from decimal import Decimal

from tracker import exposure
from tracker.choices import Priority
from tracker.exposure import Profile, Risk, Share, Stream

ISSUES, ANALYSES = 100_000, 20_000
MRR = Decimal(100_000)
LIKELY = dict(zip(Priority, (Decimal("0.15"), Decimal("0.08"), Decimal("0.03"), Decimal("0.01")), strict=True))
SHARES = {priority: Share(part / 2, part, part * 2) for priority, part in LIKELY.items()}
CASES = (("the revenue as a whole", 0, 0.0), ("10 streams, one issue in four names none", 10, 0.75))


def site(streams: int, named: float) -> tuple[Profile, list[Risk]]:
    """A profile and seeded issues, up to four weeks old, of which a part threatens one or two streams by name."""
    chance = random.Random(1)
    parts = tuple(Stream(key, f"Stream {key}", MRR / streams) for key in range(1, streams + 1))
    risks = []
    for key in range(1, ISSUES + 1):
        hit = chance.choices(range(1, streams + 1), k=chance.choice((1, 1, 2))) if chance.random() < named else ()
        priority = chance.choice(list(Priority))
        risks.append(Risk(key, chance.randrange(ANALYSES), priority, chance.randrange(672), frozenset(hit)))
    return Profile("USD", MRR, SHARES, parts), risks


def main() -> None:
    for words, streams, named in CASES:
        profile, risks = site(streams, named)
        for name, work in (("totals", exposure.totals), ("shared out to each issue", exposure.exposure)):
            start = time.process_time()
            work(profile, risks)
            print(f"{ISSUES:,} issues, {words}: {name} in {time.process_time() - start:.2f} s of processor time")


if __name__ == "__main__":
    main()
