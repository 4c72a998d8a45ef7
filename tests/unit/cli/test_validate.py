"""``hub validate`` judges files, tells why, and ends with a code that scripts can use."""

from __future__ import annotations

import json

import pytest

from hub.cli import main
from hub.cli.exits import ExitCode
from tests.support import official

BSN = "999999047"
FO03 = (
    '<Fo03Bericht xmlns="http://www.egem.nl/StUF/StUF0301"><stuurgegevens><berichtcode>Fo03</berichtcode>'
    "<zender><applicatie>raad</applicatie></zender><ontvanger><applicatie>hub</applicatie></ontvanger>"
    "<referentienummer>r-1</referentienummer><tijdstipBericht>20261123</tijdstipBericht><crossRefnummer>c</crossRefnummer>"
    "</stuurgegevens><body><code>StUF055</code><plek>client</plek><omschrijving>x</omschrijving></body></Fo03Bericht>"
)


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "a.xml"):
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    return write


def judged(capsys, *arguments: str):
    code = main(["validate", "--json", *arguments])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_valid_file(file, capsys):
    path = file(FO03)
    assert judged(capsys, path) == (ExitCode.OK, [{"file": path, "type": "Fo03Bericht", "valid": True, "findings": []}])


def test_an_invalid_file_with_its_findings(file, capsys):
    code, (line,) = judged(capsys, file(FO03.replace("client", BSN)))
    assert (code, line["type"], line["valid"]) == (ExitCode.NEGATIVE, "Fo03Bericht", False)
    (finding,) = line["findings"]
    assert list(finding) == ["line", "path", "rule", "message"]
    assert (finding["line"], finding["path"]) == (1, "/StUF:Fo03Bericht/StUF:body/StUF:plek")
    assert BSN not in json.dumps(line)


@pytest.mark.parametrize("text", ["<a/>", "<a>", "", "<!DOCTYPE a><a/>", "geen xml"])
def test_a_file_that_cannot_be_judged(text, file, capsys):
    code, (line,) = judged(capsys, file(text))
    assert (code, line["type"], line["valid"]) == (ExitCode.CANNOT, None, None)
    assert line["findings"][0]["rule"]


def test_an_absent_file_cannot_be_judged_and_does_not_stop_the_others(file, capsys, tmp_path):
    code, lines = judged(
        capsys, str(tmp_path / "weg.xml"), file(FO03), file(FO03.replace("client", "x"), "b.xml"), str(tmp_path)
    )
    assert code == ExitCode.CANNOT
    assert [line["valid"] for line in lines] == [None, True, False, None]


def test_judged_as_another_type(file, capsys):
    code, (line,) = judged(capsys, "--type", "Bv03Bericht", file(FO03))
    assert (code, line["type"], line["valid"]) == (ExitCode.NEGATIVE, "Bv03Bericht", False)


def test_an_unknown_type_is_wrong_usage(file, capsys):
    assert main(["validate", "--type", "vtoDi1", file(FO03)]) == ExitCode.CANNOT
    assert "vtoDi01" in capsys.readouterr().err


def test_results_go_to_standard_output_and_the_sum_to_standard_error(file, capsys):
    assert main(["validate", file(FO03), file(FO03.replace("client", "x"), "b.xml")]) == ExitCode.NEGATIVE
    shown = capsys.readouterr()
    assert "a.xml: valid (Fo03Bericht)" in shown.out
    assert "line 1 /StUF:Fo03Bericht/StUF:body/StUF:plek: " in shown.out
    assert shown.err == "1 valid, 1 invalid, 0 could not be judged\n"


@pytest.mark.official
def test_a_vto_with_an_empty_element_breaks_the_rule_beside_the_schema(file, capsys):
    text = official.sample("vtoDi01").decode().replace(">Synthetische casus<", "><")
    code, (line,) = judged(capsys, file(text))
    assert (code, [finding["rule"] for finding in line["findings"]]) == (ExitCode.NEGATIVE, ["EMPTY_ELEMENT"])
    assert judged(capsys, "--schema-only", file(text))[0] == ExitCode.OK
