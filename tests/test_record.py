"""What is stored appears whole, reads back as written, and says so when it does not."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_results import CODES, CRIMES, PERIODS, manifest, part, stored

from sim import record
from sim.comparison import Comparison
from sim.metrics import METRICS
from sim.record import NoResults, StoredDataDamaged

# ---- whole or not at all ----------------------------------------


@pytest.mark.laws
def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    record.write_text(path, "old")

    def fail_half_way():
        with record.written_whole(path) as unfinished:
            unfinished.write_text("half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.laws
def test_a_file_is_replaced_and_never_written_over(tmp_path):
    path, reader = tmp_path / "table.csv", tmp_path / "as-opened-by-somebody"
    record.write_text(path, "old")
    reader.hardlink_to(path)
    record.write_text(path, "new")
    assert (path.read_text(), reader.read_text()) == ("new", "old")


KILLED_WHILE_WRITING = """
import sys, time
from pathlib import Path
from sim import record
with record.written_whole(Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.laws
def test_a_process_killed_while_writing_leaves_no_file_in_its_place(tmp_path):
    path = tmp_path / "part.npz"
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    writer.kill()
    writer.communicate()
    assert not path.exists()
    record.sweep_up(tmp_path)
    assert not list(tmp_path.iterdir())


# ---- parts ------------------------------------------------------


def equal_arrays(first, second):
    return first.keys() == second.keys() and all(
        values.dtype == second[name].dtype and np.array_equal(values, second[name]) for name, values in first.items()
    )


@pytest.mark.laws
def test_a_part_reads_back_as_it_was_saved(tmp_path):
    written = part("alone", 3, noise=1.0, key="abc")
    written.save(tmp_path / "a.npz")
    found = record.load_part(tmp_path / "a.npz")
    assert (found.key, found.codes, found.crimes, found.period_weeks) == ("abc", CODES, CRIMES, 13)
    for group in ("measures", "moves", "mechanics"):
        assert equal_arrays(getattr(found, group), getattr(written, group))
    assert list(found.measures) == list(METRICS)


@pytest.mark.laws
def test_a_part_that_is_missing_cut_or_changed_is_no_part(tmp_path):
    path = tmp_path / "a.npz"
    assert record.load_part(path) is None
    part("alone", 0).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert record.load_part(path) is None
    for place in range(0, len(content), len(content) // 23):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        assert record.load_part(path) is None
    path.write_bytes(b"")
    assert record.load_part(path) is None


# ---- tables -----------------------------------------------------


@pytest.mark.hand
def test_the_series_has_a_row_for_each_period_country_and_crime_and_their_sum():
    run = part("alone", 1)
    table = record.series_table("alone", 1, run)
    assert table.schema.names == ["arm", "replicate", "period", "country", "crime", *METRICS]
    assert len(table) == PERIODS * 3 * 3
    frame = table.to_pandas().set_index(["period", "country", "crime"])
    harm = frame["harm_usd"]
    assert harm[4, "BBB", "drugs"] == run.measures["harm_usd"][4, 1, 1]
    assert harm[4, "BBB", "all"] == run.measures["harm_usd"][4, 1].sum()
    assert harm[4, "BBB", "all"] == pytest.approx(harm[4, "BBB", "fraud"] + harm[4, "BBB", "drugs"])
    assert table["crime"].to_pylist()[:3] == ["all", "fraud", "drugs"]


@pytest.mark.hand
def test_totals_sum_flows_and_average_stocks_over_the_window():
    run = part("no change", 0)
    table = record.totals_table("no change", 0, run, slice(2, 8), frozenset({"operations"})).to_pandas()
    assert list(table.columns[:4]) == ["arm", "replicate", "country", "crime"]
    row = table[(table["country"] == "CCC") & (table["crime"] == "fraud")].iloc[0]
    assert row["harm_usd"] == pytest.approx(run.measures["harm_usd"][2:, 2, 0].sum())
    assert row["operations"] == pytest.approx(run.measures["operations"][2:, 2, 0].mean())


@pytest.mark.hand
def test_moves_name_countries_and_crimes():
    table = record.moves_table("alone", 2, part("alone", 2)).to_pylist()
    assert table[2] == {"arm": "alone", "replicate": 2, "period": 3, "origin": "BBB", "destination": "BBB",
                        "crime_before": "fraud", "crime_after": "drugs", "operations": 5.0}  # fmt: skip


@pytest.mark.hand
def test_differences_name_the_place_and_both_values():
    table = record.series_table("alone", 0, part("alone", 0))
    place = table.schema.get_field_index("victims")
    values = table["victims"].to_numpy().copy()
    values[3] = np.nextafter(values[3], np.inf)
    other = table.set_column(place, "victims", pa.array(values))
    assert record.differences("series", table, table, 10) == []
    (said,) = record.differences("series", table, other, 10)
    assert said.startswith("series: period 0, country BBB, crime all, victims: stored ")
    shorter = table.slice(1)
    assert "rows" in record.differences("series", shorter, table, 10)[0]
    assert len(record.differences("series", table, record.series_table("alone", 9, part("alone", 9)), 4)) == 4


# ---- folders ----------------------------------------------------


@pytest.mark.laws
def test_equal_inputs_give_the_same_bytes(tmp_path):
    folders = [stored(tmp_path / name, noise=1.0).folder for name in ("first", "second")]
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted([*record.TABLES, *Comparison.TABLES, "manifest.json"])
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


@pytest.mark.laws
def test_the_manifest_reads_back_as_it_was_written(tmp_path):
    written = manifest(design={"parameters.choice.review": [0.1, 1 / 3, 1e-300, 5e17]}, git="abc")
    written.write(tmp_path)
    assert record.load_manifest(tmp_path) == written
    assert json.loads((tmp_path / "manifest.json").read_text())["seeds"] == [0, 1, 2, 3]


@pytest.mark.laws
@pytest.mark.parametrize("name", [*record.TABLES, *Comparison.TABLES, "manifest.json"])
def test_a_flipped_bit_anywhere_is_found(tmp_path, name):
    folder = stored(tmp_path).folder
    record.verify(folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) * 2 // 3] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(StoredDataDamaged, match=name):
        record.verify(folder)


@pytest.mark.laws
def test_pages_carry_checksums_that_are_read(tmp_path):
    """Without them a changed number would be read in silence, even before any digest is compared."""
    folder = stored(tmp_path).folder
    path = folder / "totals.parquet"
    table = pq.ParquetFile(path)
    column = table.schema_arrow.get_field_index("harm_usd")
    chunk = table.metadata.row_group(0).column(column)
    content = bytearray(path.read_bytes())
    content[chunk.data_page_offset + chunk.total_compressed_size - 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoredDataDamaged, match="totals"):
        record.read_table(path, ["harm_usd"])


@pytest.mark.laws
def test_a_missing_file_and_a_missing_result_are_told_apart(tmp_path):
    folder = stored(tmp_path / "whole").folder
    (folder / "moves.parquet").unlink()
    with pytest.raises(StoredDataDamaged, match=r"moves\.parquet: it is missing"):
        record.verify(folder)
    with pytest.raises(NoResults, match="no finished results"):
        record.load_manifest(tmp_path)


@pytest.mark.laws
def test_a_report_written_later_joins_the_manifest(tmp_path):
    folder = stored(tmp_path).folder
    (folder / "figures").mkdir()
    for name in ("report.html", "figures/a.svg"):
        (folder / name).write_text("one")
    record.register(folder, ["report.html", "figures/a.svg"])
    record.verify(folder)
    (folder / "figures/a.svg").write_text("two")
    with pytest.raises(StoredDataDamaged, match=r"a\.svg"):
        record.verify(folder)
    record.register(folder, ["figures/a.svg"])
    assert "report.html" in record.verify(folder).files


@pytest.mark.laws
def test_a_lost_report_does_not_keep_the_tables_from_being_read(tmp_path):
    folder = stored(tmp_path).folder
    (folder / "report.html").write_text("one")
    record.register(folder, ["report.html"])
    (folder / "report.html").unlink()
    assert "report.html" in record.verify(folder, drawn=False).files
    with pytest.raises(StoredDataDamaged, match="report"):
        record.verify(folder)


@pytest.mark.laws
def test_registering_a_report_never_covers_up_damaged_data(tmp_path):
    folder = stored(tmp_path).folder
    (folder / "summary.csv").write_text("nothing")
    (folder / "report.html").write_text("one")
    record.register(folder, ["report.html"])
    with pytest.raises(StoredDataDamaged, match="summary"):
        record.verify(folder)


@pytest.mark.laws
def test_files_about_to_be_written_anew_leave_the_manifest_and_join_it_again(tmp_path):
    record.disown(tmp_path / "nothing", ["report.html"])
    folder = stored(tmp_path).folder
    listed = set(record.load_manifest(folder).files)
    (folder / "report.html").write_text("one")
    record.register(folder, ["report.html"])
    record.disown(folder, ["report.html", "never.csv"])
    (folder / "report.html").write_text("two")
    assert set(record.verify(folder).files) == listed
    record.register(folder, ["report.html"])
    assert set(record.verify(folder).files) == listed | {"report.html"}


@pytest.mark.laws
def test_clearing_removes_what_the_manifest_lists_and_nothing_else(tmp_path):
    folder = stored(tmp_path).folder
    (folder / "notes.txt").write_text("mine")
    record.clear(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    record.clear(folder)


@pytest.mark.laws
@pytest.mark.parametrize("name", ["/tmp/precious", "../precious", "figures/../../precious"])
def test_a_manifest_that_lists_files_elsewhere_is_refused_and_nothing_is_removed(tmp_path, name):
    folder = stored(tmp_path / "result").folder
    (folder.parent / "precious").write_text("mine")
    content = json.loads((folder / "manifest.json").read_text())
    content["files"][name] = "x"
    content["sha256"] = record._content_digest(content)
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(StoredDataDamaged, match="outside its folder"):
        record.load_manifest(folder)
    record.clear(folder)
    assert (folder.parent / "precious").read_text() == "mine"


@pytest.mark.laws
def test_only_one_comparison_at_a_time_writes_to_a_folder(tmp_path):
    with record.held(tmp_path / "parts"):
        with pytest.raises(record.FolderInUse, match="another comparison"), record.held(tmp_path / "parts"):
            pass
        with record.held(tmp_path / "other"):
            pass
    with record.held(tmp_path / "parts"):
        pass


@pytest.mark.laws
def test_a_result_of_another_format_is_refused_in_words(tmp_path):
    replace(manifest(), format=99).write(tmp_path)
    with pytest.raises(StoredDataDamaged, match="format 99"):
        record.load_manifest(tmp_path)


@pytest.mark.laws
def test_an_arm_with_other_countries_than_the_baseline_is_refused(tmp_path):
    def other(arm, replicate, noise):
        return part(arm, replicate, noise, crimes=("fraud",) if arm == "alone" else CRIMES)

    with pytest.raises(ValueError, match="other countries or crimes"):
        stored(tmp_path, parts=other)


# ---- origin -----------------------------------------------------


@pytest.mark.hand
def test_versions_and_data_digests_are_there():
    assert record.versions()["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record.versions()["numpy"] == np.__version__
    digests = record.data_digests()
    assert "crimes.yaml" in digests
    assert all(len(digest) == 64 for digest in digests.values())


@pytest.mark.hand
def test_the_commit_is_ours_or_none(tmp_path, monkeypatch):
    commit = record.git_commit()
    assert commit is None or len(commit.removesuffix(" with changes")) == 40
    elsewhere = tmp_path / "sim"
    elsewhere.mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(record, "__file__", str(elsewhere / "record.py"))
    assert record.git_commit() is None  # a repository around an installed package is not its own
