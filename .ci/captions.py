"""Writes captions of two images and their references in COCO's formats into a folder.

    python3 .ci/captions.py FOLDER
"""

import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
hypotheses = [
    {"image_id": 1, "caption": "A dog runs on the grass."},
    {"image_id": 2, "caption": "two cats"},
]
references = {
    "images": [{"id": 1}, {"id": 2}],
    "annotations": [
        {"id": 1, "image_id": 1, "caption": "a dog runs over the grass"},
        {"id": 2, "image_id": 2, "caption": "Two cats are asleep."},
    ],
}
for name, content in [("hypotheses.json", hypotheses), ("references.json", references)]:
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
