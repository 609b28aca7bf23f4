"""Turns the texts in `samples/sources/` into the corpus, the manifest and the expected findings in `samples/`.

    python tools/make_samples.py [--samples samples]

Every text is written by hand; only copies, script conversions, damage and file formats are made here. The same
sources give the same bytes on every run.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import html
import io
import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from damage_samples import GLOSSED_LONG, GLOSSED_SHORT, convert, gloss, misread, misread_lines, shift, sprinkle, widen
from sample_copies import COPIES, Copy

GLOSSES = {"long": GLOSSED_LONG, "short": GLOSSED_SHORT}
CHROME = {"clean": "chrome_news.html", "farm": "chrome_farm.html"}
MANIFEST_COLUMNS = ("document", "path", "topic", "kind", "family", "relation", "of", "damage", "host")
ROW_KEYS = ("url", "title", "date")
HEADER = re.compile(r"^([a-z]+): (.*)$")


@dataclass(frozen=True, slots=True)
class Sample:
    """One document of the corpus; `path` is relative to the corpus, `row` its id where the file holds rows."""

    stem: str
    path: str
    row: str | None
    fields: dict[str, str]
    text: str
    relation: str = ""
    of: str = ""
    damage: str = ""

    @property
    def id(self) -> str:
        return self.row or self.path

    def field(self, name: str) -> str:
        return self.fields.get(name, "")


def read_source(path: Path) -> Sample:
    """Read one source: header lines `key: value`, a line `---`, the text."""
    header, _, text = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = {}
    for line in header.split("\n"):
        found = HEADER.match(line)
        if not found:
            raise ValueError(f"{path.name}: expected `key: value`, got {line!r}")
        fields[found[1]] = found[2]
    target, _, row = fields["to"].partition("#")
    return Sample(path.stem, target, row or None, fields, text.strip("\n"))


def finish(sample: Sample, bodies: dict[str, str]) -> Sample:
    """Put in the included texts, then convert and damage as the header says."""
    text = re.sub(r"@@(\w+)@@", lambda found: bodies[found[1]], sample.text)
    damage = []
    if config := sample.field("script"):
        text = convert(text, config)
    if listed := sample.field("gloss"):
        text = gloss(text, GLOSSES[listed])
        damage.append("gloss")
    if seed := sample.field("shift"):
        text = shift(text, int(seed))
        damage.append("shift")
    if spam := sample.field("spam"):
        text = f"{spam}\n{text}"
        damage.append("injected")
    return replace(sample, text=text, damage="+".join(damage))


def edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for before, after in edits:
        if text.count(before) != 1:
            raise ValueError(f"{before!r} stands {text.count(before)} times in the text to edit, expected once")
        text = text.replace(before, after)
    return text


def damaged(text: str, damage: str, seed: int) -> str:
    """Apply the damage that a copy names."""
    match damage:
        case "":
            return text
        case "gloss":
            return gloss(text)
        case "shift":
            return shift(text, seed, runs=3)
        case "utf8-as-gbk":
            return misread_lines(text, seed, 0.5, "utf-8", "gb18030")
        case "gbk-as-latin1":
            return misread(text, "gbk", "latin-1")
        case "utf8-as-latin1":
            return misread(text, "utf-8", "latin-1")
        case "zero-width":
            return sprinkle(text, seed)
        case "full-width":
            return widen(text)
        case _:
            raise ValueError(f"unknown damage {damage!r}")


def copy_of(source: Sample, copy: Copy) -> Sample:
    """Make the copy that `copy` describes."""
    text = edited(source.text, copy.edits)
    if copy.prefix:
        text = f"{copy.prefix}\n{text}"
    if copy.script:
        text = convert(text, copy.script)
    text = damaged(text, copy.damage, copy.seed)
    target, _, row = copy.to.partition("#")
    title = convert(source.field("title"), copy.script) if copy.script else source.field("title")
    fields = {key: source.field(key) for key in ("topic", "kind", "family", "date")}
    fields |= {"title": title, "url": copy.url, "kind": copy.kind or source.field("kind")}
    damage = copy.damage or ("injected" if copy.kind == "injected" else "")
    return Sample(source.stem, target, row or None, fields, text, copy.relation, source.id, damage)


def page(sample: Sample, sources: Path) -> bytes:
    """Dress a text as a page: Traditional pages, farms and newspapers each with a chrome of their own."""
    name = "chrome_hant.html" if sample.field("lang") == "zh-Hant" else CHROME[sample.field("kind")]
    charset = sample.field("charset") or "utf-8"
    body = "\n".join(f"<p>{html.escape(line)}</p>" for line in sample.text.split("\n") if line.strip())
    values = {key: sample.field(key) for key in ("title", "date", "author", "site")}
    chrome = (sources / name).read_text(encoding="utf-8")
    return chrome.format(charset=charset, body=body, **values).encode(charset)


def row_of(sample: Sample) -> dict[str, str]:
    return {"id": sample.id, **{key: sample.field(key) for key in ROW_KEYS}, "text": sample.text}


def table(path: str, samples: list[Sample]) -> bytes:
    """Write the rows of one JSONL or CSV file."""
    rows = [row_of(sample) for sample in samples]
    if ".jsonl" in path:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def write_corpus(corpus: Path, sources: Path, samples: list[Sample]) -> None:
    shutil.rmtree(corpus, ignore_errors=True)
    files: dict[str, list[Sample]] = {}
    for sample in samples:
        files.setdefault(sample.path, []).append(sample)
    for path, held in sorted(files.items()):
        first = held[0]
        if first.row:
            data = table(path, held)
        else:
            data = page(first, sources) if path.endswith(".html") else f"{first.text}\n".encode()
        if path.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        target = corpus / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def write_broken(folder: Path) -> None:
    """One gzip that stops in the middle, outside the corpus."""
    folder.mkdir(exist_ok=True)
    whole = gzip.compress("这一份压缩文件只写了一半，读到这里就该报错。\n".encode() * 40, mtime=0)
    (folder / "truncated.txt.gz").write_bytes(whole[: len(whole) // 2])


def host_of(sample: Sample) -> str:
    return sample.field("url").partition("://")[2].partition("/")[0]


def manifest(samples: list[Sample]) -> str:
    lines = ["\t".join(MANIFEST_COLUMNS)]
    for s in samples:
        values = (s.field("topic"), s.field("kind"), s.field("family"), s.relation, s.of, s.damage, host_of(s))
        lines.append("\t".join((s.id, s.path, *values)))
    return "\n".join(lines) + "\n"


def groups(samples: list[Sample], relations: set[str]) -> list[list[str]]:
    """The originals with their copies of the given relations, each group sorted."""
    found: dict[str, set[str]] = {}
    for sample in samples:
        if sample.relation in relations:
            found.setdefault(sample.of, {sample.of}).add(sample.id)
    return sorted(sorted(group) for group in found.values())


def families(samples: list[Sample]) -> list[dict[str, object]]:
    names = sorted({s.field("family") for s in samples if s.field("family")})
    found: list[dict[str, object]] = []
    for name in names:
        held = [s for s in samples if s.field("family") == name]
        members = sorted(s.id for s in held if not s.of)
        copies = sorted(s.id for s in held if s.of)
        hosts = sorted({host_of(s) for s in held} - {""})
        farm = held[0].field("kind") == "farm"
        found.append({"name": name, "farm": farm, "members": members, "copies": copies, "hosts": hosts})
    return found


def expected(samples: list[Sample]) -> dict[str, object]:
    """What a scan of the corpus must find; see samples/README.md for the keys."""
    harmless = {"", "full-width", "utf8-as-gbk", "gbk-as-latin1", "utf8-as-latin1"}
    clean = [s for s in samples if s.field("kind") == "clean"]
    farm = sorted(s.id for s in samples if s.field("kind") == "farm")
    not_farm = sorted(s.id for s in clean if s.damage in harmless)
    decided = {*farm, *not_farm}
    inner = {s.stem: s.id for s in samples if not s.of}
    contained = [{"inner": inner[stem], "outer": s.id} for s in samples for stem in s.field("includes").split() if not s.of]
    return {
        "documents": len(samples),
        "families": families(samples),
        "exact": groups(samples, {"exact-of"}),
        "near": groups(samples, {"near-of"}),
        "copies": groups(samples, {"exact-of", "near-of", "copy-of"}),
        "contained": contained,
        "farm": farm,
        "not_farm": not_farm,
        "undecided": sorted(s.id for s in samples if s.id not in decided),
    }


def collect(sources: Path) -> list[Sample]:
    """All documents of the corpus, sorted by id."""
    raw = [read_source(path) for path in sorted(sources.glob("*.txt"))]
    bodies = {sample.stem: sample.text for sample in raw}
    samples = []
    for sample in raw:
        includes = " ".join(re.findall(r"@@(\w+)@@", sample.text))
        samples.append(finish(replace(sample, fields=sample.fields | {"includes": includes}), bodies))
    originals = {sample.stem: sample for sample in samples}
    samples += [copy_of(originals[copy.stem], copy) for copy in COPIES]
    ids = [sample.id for sample in samples]
    if len(set(ids)) != len(ids):
        raise ValueError(f"ids used twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    return sorted(samples, key=lambda sample: sample.id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, default=Path("samples"))
    folder = parser.parse_args().samples
    samples = collect(folder / "sources")
    write_corpus(folder / "corpus", folder / "sources", samples)
    write_broken(folder / "broken")
    (folder / "MANIFEST.tsv").write_text(manifest(samples), encoding="utf-8")
    findings = json.dumps(expected(samples), ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(findings + "\n", encoding="utf-8")
    print(f"{len(samples)} documents")


if __name__ == "__main__":
    main()
