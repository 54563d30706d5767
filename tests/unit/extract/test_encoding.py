"""Which encoding: detected, proven, or refused with the line."""

from pathlib import Path

import pytest

from pipelines.extract.delivery import SourceError
from pipelines.extract.encoding import encoding_of, open_text

TRADITIONAL = "客戶,城市,備註\n台灣機械股份有限公司,台北市,已經拜訪過了\n大同電子,高雄市,下週再談價錢\n"
SIMPLIFIED = "客户,城市,备注\n中国机械股份有限公司,北京市,已经拜访过了\n华东电子,上海市,下周再谈价钱\n"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "x.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (TRADITIONAL.encode(), "utf-8"),
        (b"a,b\n1,2\n", "utf-8"),
        (TRADITIONAL.encode("utf-8-sig"), "utf-8-sig"),
        (TRADITIONAL.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TRADITIONAL.encode("utf-16-be"), "utf-16"),
        ("a,b,c\n1,2,客\n".encode("utf-16-le"), "utf-16-le"),
        (TRADITIONAL.encode("cp950"), "cp950"),
        (SIMPLIFIED.encode("gb18030"), "gb18030"),
        ("上海贸易\n".encode("gb18030"), "gb18030"),  # four letters are enough
        ("公司".encode("cp950"), "cp950"),
        ("Café,été,naïve,garçon\n".encode("cp1252"), "cp1252"),
        ("Привет, как дела, встреча в понедельник\n".encode("cp1251"), "cp1251"),
        ("碁,恒,粧,裏\n台灣機械股份有限公司\n".encode("cp950"), "cp950"),  # letters that `big5` lacks
    ],
)
def test_detection(tmp_path: Path, content: bytes, expected: str) -> None:
    assert encoding_of(written(tmp_path, content)) == expected


def test_gb18030_would_read_big5_as_nonsense_and_is_not_chosen(tmp_path: Path) -> None:
    content = TRADITIONAL.encode("cp950")
    assert content.decode("gb18030") != TRADITIONAL  # no error: that is the trap
    assert content.decode(encoding_of(written(tmp_path, content))) == TRADITIONAL


def test_a_declared_encoding_is_proven(tmp_path: Path) -> None:
    path = written(tmp_path, TRADITIONAL.encode("cp950"))
    assert encoding_of(path, "cp950") == "cp950"
    with pytest.raises(SourceError) as refusal:
        encoding_of(path, "utf-8")
    assert refusal.value.message.code == "FNL-211"
    assert refusal.value.message.values["line"] == 1


def test_an_unknown_encoding_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        encoding_of(written(tmp_path, b"a"), "klingon")
    assert refusal.value.message.code == "FNL-213"


def test_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        encoding_of(written(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n3,\xff4\n"))
    assert (refusal.value.message.code, refusal.value.message.values["line"]) == ("FNL-211", 3)


def test_two_encodings_by_line(tmp_path: Path) -> None:
    content = "客戶名稱\n".encode("cp950") + b"plain\n" + "客戶名稱很長\n".encode()
    with pytest.raises(SourceError) as refusal:
        encoding_of(written(tmp_path, content))
    assert (refusal.value.message.code, refusal.value.message.values["line"]) == ("FNL-212", 3)


def test_binary_bytes_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        encoding_of(written(tmp_path, bytes(range(256)) * 4))
    assert refusal.value.message.code == "FNL-213"


def test_a_wrong_mark_is_dropped_where_the_mapping_declares_the_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + TRADITIONAL.encode("cp950"))
    with open_text(path, encoding_of(path, "cp950")) as file:
        assert file.read() == TRADITIONAL


def test_two_letters_that_are_everyday_words_in_both_encodings_are_refused_not_guessed(tmp_path: Path) -> None:
    content = "北京".encode("gb18030")
    assert content.decode("cp950") == "控儔"  # two common letters of Big5
    with pytest.raises(SourceError) as refusal:
        encoding_of(written(tmp_path, content))
    assert refusal.value.message.code == "FNL-213"
