"""Files that cannot be read, and what a scalar means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import Finding, SpecError
from orchard.spec.reader import CODES, read, read_text


def refused(text: str) -> list[Finding]:
    with pytest.raises(SpecError) as caught:
        read_text(text, "lab.yaml")
    return caught.value.findings


def test_scalars_follow_the_core_schema_of_yaml_1_2() -> None:
    text = """
    integers: [0, -7, +3, 010, 0o17, 0x1f]
    floats: [.5, 1., -2e3, 6.02e23]
    words: [true, FALSE, null, ~, ]
    texts: [yes, no, on, off, y, 1_000, 1:30, 2025-01-01, '5', "true", !!str 5, 1e, 0b1]
    """
    data = read_text(text).data
    assert data["integers"] == [0, -7, 3, 10, 15, 31]
    assert data["floats"] == [0.5, 1.0, -2000.0, 6.02e23]
    assert data["words"] == [True, False, None, None]
    assert " ".join(data["texts"]) == "yes no on off y 1_000 1:30 2025-01-01 5 true 5 1e 0b1"


def test_every_value_knows_its_line() -> None:
    document = read_text("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\ntext: >\n  folded\n", "lab.yaml")
    lines = document.lines
    assert lines[("a",)] == 1
    assert lines[("a", "b")] == 2
    assert lines[("a", "c")] == 3
    assert lines[("a", "c", 0)] == 4
    assert lines[("a", "c", 1, "d")] == 5
    assert document.place(("a", "c", 1, "no", "such")) == "lab.yaml:5"
    assert document.place(("absent",)) == "lab.yaml:1"


def test_anchors_and_merge_keys_are_understood() -> None:
    document = read_text(
        "base: &base {x: 1, y: 2}\none: {<<: *base, y: 3}\ntwo: {<<: [*base, {z: 4, x: 9}]}\nsame: *base"
    )
    assert document.data["one"] == {"x": 1, "y": 3}
    assert document.data["two"] == {"x": 1, "y": 2, "z": 4}
    assert document.data["same"] == {"x": 1, "y": 2}


def test_digest_is_that_of_the_text() -> None:
    assert read_text("a: 1").digest == read_text("a: 1", "other").digest != read_text("a: 2").digest


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", "O106", 3, "line 1"),
        ("2026: 1", "O107", 1, "2026"),
        ("a: 1\ntrue: 1", "O107", 2, "true"),
        ("? [a, b]\n: 1", "O107", 1, "list"),
        ("~: 1", "O107", 1, "~"),
        ("a: .inf", "O108", 1, ".inf"),
        ("a: 1\nb: .nan", "O108", 2, ".nan"),
        ("a: 1e999", "O108", 1, "1e999"),
        ("a: " + "9" * 5000, "O108", 1, "999"),
        ("a: !!python/object:os.system x", "O109", 1, "os.system"),
        ("a: !ours {b: 1}", "O109", 1, "!ours"),
        ("a: *b", "O110", 1, "*b"),
        ("a: &b [*b]", "O110", 1, "inside"),
        ("a: 1\n---\nb: 2", "O110", 2, "second document"),
        ("a: {<<: 5}", "O110", 1, "<<"),
        ("a:\n\t- b", "O105", 2, "token"),
        ("a: b: c", "O105", 1, "mapping values"),
        ("a: 'b\nc: d", "O105", 2, "from line 1"),
        ("a: [1, 2", "O105", 1, "expected"),
        ("- a", "O105", 1, "list"),
        ("just a text", "O105", 1, "scalar"),
        ("", "O103", 0, "empty"),
        ("# a comment\n", "O103", 0, "empty"),
        ("\ufeffa: 1", "O104", 1, "byte 0, line 1"),
        ("a: 1\nb: é\x00", "O104", 2, "byte 10, line 2"),
    ],
)
def test_what_is_refused(text: str, code: str, line: int, words: str) -> None:
    finding = refused(text)[0]
    assert finding.code == code
    assert finding.place == (f"lab.yaml:{line}" if line else "lab.yaml")
    assert words in finding.found


def test_everything_is_told_at_once() -> None:
    findings = refused("a: 1\na: 2\n7: x\nb: .inf\nc: {d: !x 1, d: 2}")
    assert [finding.code for finding in findings] == ["O106", "O107", "O108", "O109", "O106"]
    assert [finding.place[-1] for finding in findings] == ["2", "3", "4", "5", "5"]


def test_tabs_get_a_hint() -> None:
    assert "quotes" in refused("a: @b")[0].hint
    assert "close the quote" in refused("a: 'b")[0].hint


def test_bombs_are_refused() -> None:
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]" for level in range(1, 9)]
    assert "200000 values" in refused("\n".join(rows))[0].found
    merges = ["m0: &m0 {a: 1}"] + [
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 9)
    ]
    assert refused("\n".join(merges))[0].code == "O110"
    for deep in ("[" * 100_000, "{a: " * 100_000, "a: " + "- " * 100_000, "? " * 100_000):
        assert refused(deep)[0].code in ("O105", "O110")
    wide = "a: [" + "1, " * 250_000 + "]"
    assert "more than 200000 values" in refused(wide)[0].found


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    (tmp_path / "laptop.yaml").write_text("a: 1")

    def first(path: Path) -> Finding:
        with pytest.raises(SpecError) as caught:
            read(path)
        return caught.value.findings[0]

    missing = first(tmp_path / "lapotp.yaml")
    assert (missing.code, missing.hint) == ("O100", "did you mean 'laptop.yaml'?")
    assert first(tmp_path / "laptop.yml").hint == "did you mean 'laptop.yaml'?"
    assert first(tmp_path / "no" / "where.yaml").code == "O100"
    folder = first(tmp_path)
    assert (folder.code, folder.found, folder.hint) == ("O101", "a folder", "there is laptop.yaml")
    assert first(Path("/dev/null")).code == "O101"
    assert first(Path("a\0b")).code == "O101"
    assert first(tmp_path / ("x" * 4000)).code == "O101"
    (tmp_path / "empty.yaml").write_bytes(b" \n")
    assert first(tmp_path / "empty.yaml").code == "O103"
    (tmp_path / "large.yaml").write_bytes(b"#" * 8_000_001)
    assert first(tmp_path / "large.yaml").code == "O102"
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    latin = first(tmp_path / "latin.yaml")
    assert (latin.code, latin.place[-2:]) == ("O104", ":2")
    assert "byte 0xe9 at byte 11, line 2" in latin.found
    (tmp_path / "wide.yaml").write_bytes("a: 1\n".encode("utf-16"))
    assert first(tmp_path / "wide.yaml").code == "O104"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    with pytest.raises(SpecError, match="permission denied"):
        read(path)


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: é\r\nb: 2\r\n".encode())
    document = read(path)
    assert (document.path, document.data, document.lines[("b",)]) == (str(path), {"a": "é", "b": 2}, 2)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        codes = {"data"} if isinstance(read_text(text).data, dict) else set()
    except SpecError as error:
        codes = {finding.code for finding in error.findings} & set(CODES)
    assert codes
