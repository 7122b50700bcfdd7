"""Which files a path means, and what their bytes say."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.reading import UnreadableAnalysis, decode, find, read, source_of

TEXT = "# Login fails\n\n- Renew the certificate\n"
LIMIT = 1000


def read_as_text(data: bytes, limit: int = LIMIT) -> str:
    return decode(data, name="a.md", limit=limit)


# -- bytes to text ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with a byte-order mark"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16 in this machine's order"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), id="UTF-16, high byte first"),
        pytest.param(TEXT.encode("utf-32"), id="UTF-32"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(TEXT.replace("\n", "\r").encode(), id="old Macintosh line ends"),
        pytest.param(TEXT.replace("\n", "\r\n").encode("utf-16"), id="UTF-16 with Windows line ends"),
    ],
)
def test_the_same_words_are_the_same_text_however_they_were_saved(data):
    assert read_as_text(data) == TEXT


def test_mixed_line_ends_give_each_line_its_own_number():
    assert read_as_text(b"one\r\ntwo\rthree\n\rfive").split("\n") == ["one", "two", "three", "", "five"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(
            "Überlast geprüft, Grenze erhöhen".encode("latin-1"), "Überlast geprüft, Grenze erhöhen", id="Latin-1"
        ),
        pytest.param("Cost: 5 € – “a lot”".encode("cp1252"), "Cost: 5 € – “a lot”", id="Windows-1252"),
    ],
)
def test_western_text_that_is_no_utf_8_is_read(data, text):
    assert read_as_text(data) == text


def test_right_to_left_text_and_emoji_arrive_unchanged():
    text = "# שלום 🚀\n\n- בדוק את השרת 👩‍💻\n"

    assert read_as_text(text.encode()) == text


def test_colours_of_a_pasted_log_are_kept_as_text():
    text = "# Log\n\n\x1b[31merror\x1b[0m\n"

    assert read_as_text(text.encode()) == text


def test_a_text_at_the_limit_is_read_and_one_byte_more_is_refused():
    assert len(read_as_text(b"x" * LIMIT)) == LIMIT
    with pytest.raises(UnreadableAnalysis, match=r"^a\.md: larger than the limit of 1,000 bytes: split it"):
        read_as_text(b"x" * (LIMIT + 1))


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xff\xfe", "\ufeff\u200b\u00a0\n".encode()],
    ids=["no bytes", "white space", "only a mark", "only a UTF-16 mark", "only invisible characters"],
)
def test_a_file_without_a_word_is_refused_as_empty(data):
    with pytest.raises(UnreadableAnalysis, match=r"^a\.md: it is empty"):
        read_as_text(data)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b"one\ntwo\r\nthr\0ee", r"a\.md:3", id="in UTF-8"),
        pytest.param("one\rtw\0o".encode("utf-16"), r"a\.md:2", id="in UTF-16"),
        pytest.param(TEXT.encode("utf-16-le"), r"a\.md:1", id="UTF-16 without its mark"),
    ],
)
def test_a_nul_character_is_refused_with_its_line(data, place):
    with pytest.raises(UnreadableAnalysis, match=f"^{place}: a NUL character"):
        read_as_text(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), id="a picture"),
        pytest.param(b"\x1f\x8b\x08\x08abcdefghij\x81\x8d", id="a compressed file"),
        pytest.param(bytes(range(1, 32)) * 3, id="control characters alone"),
    ],
)
def test_binary_data_is_refused(data):
    with pytest.raises(UnreadableAnalysis, match=r"^a\.md: this is binary data"):
        read_as_text(data)


def test_a_broken_character_in_utf_8_is_refused_with_its_line_and_not_read_as_something_else():
    data = "größer\nérgonomie\n".encode() + b"na\xefve\n" + "größer".encode()

    with pytest.raises(UnreadableAnalysis, match=r"^a\.md:3: a damaged character"):
        read_as_text(data)


def test_an_encoding_that_nothing_tells_is_refused_rather_than_guessed():
    with pytest.raises(UnreadableAnalysis, match="its encoding is unknown: save it as UTF-8"):
        read_as_text("Проверить сертификат и обновить его".encode("koi8-r"))


def test_half_a_utf_16_character_at_the_end_is_refused():
    with pytest.raises(UnreadableAnalysis, match="begins like UTF-16 and is not"):
        read_as_text(TEXT.encode("utf-16") + b"x")


# -- paths to files ---------------------------------------------------------------------------------------------------
def write(path: Path, text: str = TEXT) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_a_file_means_itself_whatever_its_name(tmp_path):
    path = write(tmp_path / "notes.txt")

    assert find(path).paths == (path,)


def test_a_folder_means_all_markdown_files_below_it_in_order(tmp_path):
    expected = [write(tmp_path / name) for name in ("a.md", "b/1.md", "b/c/2.MD", "d.md")]
    write(tmp_path / "b/readme.txt")

    assert find(str(tmp_path)).paths == tuple(expected)


def test_a_folder_without_markdown_is_a_problem(tmp_path):
    found = find(str(tmp_path))

    assert not found.paths
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}: there is no Markdown file (*.md) in this folder or below it."
    ]


@pytest.mark.parametrize("name", ["missing.md", "missing/a.md", "a\0b"])
def test_a_path_that_leads_nowhere_is_a_problem(tmp_path, name):
    found = find(str(tmp_path / name))

    assert not found.paths
    assert len(found.problems) == 1


def test_a_loop_of_links_ends(tmp_path):
    path = write(tmp_path / "deep/a.md")
    (tmp_path / "deep/again").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")

    assert find(str(tmp_path)).paths == (path,)
    assert "cannot be read" in str(find(str(tmp_path / "itself")).problems[0])


def test_a_link_to_a_file_is_read_and_a_broken_one_is_a_problem(tmp_path):
    write(tmp_path / "elsewhere/real.txt")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/good.md").symlink_to(tmp_path / "elsewhere/real.txt")
    (tmp_path / "docs/broken.md").symlink_to(tmp_path / "nowhere")

    found = find(str(tmp_path / "docs"))

    assert found.paths == (str(tmp_path / "docs/good.md"),)
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}/docs/broken.md: this is no file that can be read."
    ]


def test_a_pipe_in_a_folder_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    path = write(tmp_path / "a.md")

    found = find(str(tmp_path))

    assert found.paths == (path,)
    assert len(found.problems) == 1


def test_what_cannot_be_opened_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(UnreadableAnalysis, match="is a directory"):
        read(str(tmp_path), limit=LIMIT)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody without rights")
def test_a_file_without_permission_is_refused_in_one_sentence(tmp_path):
    path = write(tmp_path / "secret.md")
    Path(path).chmod(0)
    program = (
        "import os; from tracker.reading import read; os.setuid(65534)\n"
        f"try: read({path!r}, limit=10)\n"
        "except ValueError as refused: print(refused)"
    )
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout == f"{path}: no permission to read it.\n"


def test_never_more_is_read_than_the_limit_and_one_byte():
    assert len(read("/dev/zero", limit=LIMIT)) == LIMIT + 1


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))

    assert find("-").paths == ("-",)
    assert read("-", limit=LIMIT) == TEXT.encode()


def test_closed_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(UnreadableAnalysis, match="standard input is closed"):
        read("-", limit=LIMIT)


# -- the name that an analysis keeps ----------------------------------------------------------------------------------
def test_a_file_has_the_same_name_from_whatever_folder_it_is_given(tmp_path, monkeypatch):
    base = tmp_path / "project"
    write(base / "docs/a.md")
    names = set()
    for folder, given in (
        (base, "docs/a.md"),
        (base / "docs", "a.md"),
        (base / "docs", "./../docs/a.md"),
        (tmp_path, str(base / "docs/a.md")),
    ):
        monkeypatch.chdir(folder)
        names.add(source_of(given, b"", base=base))

    assert names == {"docs/a.md"}


def test_a_file_outside_of_the_base_is_named_by_its_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert source_of("a.md", b"", base=tmp_path / "project") == f"{tmp_path}/a.md"


def test_standard_input_is_named_by_what_it_says():
    names = {source_of("-", data, base=Path("/srv")) for data in (b"one", b"one", b"two")}

    assert len(names) == 2
    assert all(name.startswith("stdin:") and len(name) == len("stdin:") + 12 for name in names)


def test_a_name_with_bytes_that_are_no_utf_8_or_with_control_characters_is_printable():
    assert source_of("/srv/caf\udce9\x1b[31m\n.md", b"", base=Path("/srv")) == "caf\\xe9\\x1b[31m\\n.md"


def test_names_too_long_for_their_column_stay_apart():
    long = "/srv/" + "x" * 250 + "/" + "y" * 250
    names = {source_of(f"{folder}{long}/a.md", b"", base=Path("/none")) for folder in ("/one", "/two")}

    assert len(names) == 2
    assert {len(name) for name in names} == {500}
