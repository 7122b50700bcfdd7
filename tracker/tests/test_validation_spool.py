import os
from hashlib import sha256
from pathlib import Path

import pytest

from tracker.validation import spool
from tracker.validation.outcomes import HIDDEN, LAST_BYTES, Tail
from tracker.validation.spool import Spool

LINE = b"a line of an output that does not end, number %08d\n"


def size_on_disk(written):
    return os.fstat(written._file.fileno()).st_size


def test_of_an_output_of_many_megabytes_the_file_keeps_its_bound_and_the_evidence_is_the_same():
    data = b"".join(LINE % number for number in range(100_000))
    held = Tail()
    with Spool() as written:
        for start in range(0, len(data), 50_000):
            written.feed(data[start : start + 50_000])
            held.feed(data[start : start + 50_000])
            assert size_on_disk(written) <= spool.MOST_BYTES

        assert written.output() == held.output()
        assert written.output().sha256 == sha256(data).hexdigest()
        assert written.output().text == data[-LAST_BYTES:].decode()
        assert written.last_lines(1) == data.splitlines()[-1].decode()


def test_what_is_written_after_somebody_looked_follows_what_was_there():
    with Spool() as written:
        for part in (b"one\n", b"two\n", b"three\n"):
            written.feed(part)
            assert written.last_lines(1) == part.decode().strip()

        assert written.output().text == "one\ntwo\nthree\n"


def test_a_secret_that_lies_across_the_cut_is_hidden_in_a_file_too():
    secret = "correct-horse-battery-staple"
    with Spool([secret]) as written:
        written.feed(secret.encode() + b"x" * (LAST_BYTES - 10))

        assert "staple" not in written.output().text
        assert HIDDEN in written.output().text


def test_the_file_is_private_and_has_no_name_that_could_be_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool() as written:
        written.feed(b"secret")

        assert size_on_disk(written) == 6
        assert list(tmp_path.iterdir()) == []
        assert os.fstat(written._file.fileno()).st_nlink == 0


def test_a_disk_that_is_full_is_an_error_of_the_one_who_writes():
    with Spool() as written, Path("/dev/full").open("w+b", buffering=0) as full:
        written._file.close()
        written._file = full
        with pytest.raises(OSError, match="No space left"):
            written.feed(b"x" * 100)
