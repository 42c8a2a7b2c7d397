"""Checks the PDF that `cargo run --release -- print` makes.

    python3 .ci/paper.py multimodal-learning-in-rust.pdf

Every page of the book must stand in the outline, in its order, below the page that the table of contents has it below,
and lead to where it begins; no sheet may be empty or without its number, and letters must have the size that the print
style gives them. The last line is `N passed, N failed`.
"""

import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

from pypdf import PdfReader

# Most letters of the first sheets are text and listings, in points as theme/book.css has them.
SIZES = (7.2, 9.5)

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"


def headings():
    """The first heading of every page, in the order of the book, without marks of emphasis and code, and its level."""
    summary = (CHAPTERS / "SUMMARY.md").read_text(encoding="utf-8")
    for margin, path in re.findall(r"^( *).*\]\((.+?\.md)\)", summary, re.MULTILINE):
        heading = re.search(r"^# (.+)$", (CHAPTERS / path).read_text(encoding="utf-8"), re.MULTILINE)
        yield path, plain(re.sub(r"[*`]", "", heading[1])), 1 if margin else 0


def plain(text):
    """In one line, with ligatures as the letters that they are drawn for."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def commonest_sizes(sheets):
    """The two sizes that most letters have, in points, the smaller first."""
    letters = Counter()

    def count(text, matrix, line, _font, size):
        letters[round(size * abs(line[3] * matrix[3]), 1)] += len(text.strip())

    for sheet in sheets:
        sheet.extract_text(visitor_text=count)
    return sorted(size for size, _ in letters.most_common(2))


def flat(outline, level=0):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry, level + 1)
        else:
            yield entry, level


def main():
    reader = PdfReader(sys.argv[1])
    outline = [
        (plain(entry.title), reader.get_destination_page_number(entry), level) for entry, level in flat(reader.outline)
    ]
    sheets = [plain(sheet.extract_text()) for sheet in reader.pages]
    complaints, passed, place = [], 0, 0
    for path, heading, level in headings():
        found = next((i for i in range(place, len(outline)) if outline[i][0] == heading), None)
        if found is None:
            complaints.append(f"{path}: {heading!r} is not in the outline, or not in its order")
            continue
        place = found + 1
        if outline[found][2] != level:
            complaints.append(f"{path}: {heading!r} is on level {outline[found][2]} of the outline, expected {level}")
            continue
        # Spaces of a heading may be drawn as distances.
        sheet = sheets[outline[found][1]].replace(" ", "")
        if heading.replace(" ", "") in sheet:
            passed += 1
        else:
            complaints.append(f"{path}: the outline leads to sheet {outline[found][1] + 1}, which has no {heading!r}")
    for number, (sheet, text) in enumerate(zip(reader.pages, sheets), 1):
        # The browser draws the margins first.
        if not re.match(rf"{number}\b", text):
            complaints.append(f"sheet {number} does not begin with its number")
        elif text == str(number) and not list(sheet.images):
            complaints.append(f"sheet {number} is empty")
        else:
            passed += 1
    # A browser draws the whole book smaller if anything on any page is too wide for the paper.
    sizes = commonest_sizes(reader.pages[:40])
    if all(abs(size - asked) < 0.2 for size, asked in zip(sizes, SIZES, strict=True)):
        passed += 1
    else:
        complaints.append(f"letters have {sizes} points, and the print style asks for {SIZES}: what is too wide?")
    for complaint in complaints:
        print(f"FAILED {complaint}")
    print(f"{len(sheets)} sheets, {len(outline)} entries in the outline")
    print(f"{passed} passed, {len(complaints)} failed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
