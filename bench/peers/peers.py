"""Instance Number of all slices, by pydicom from the files and by the Python package from its own cube.

The first line of stdin is the files as JSON; the answer says what can be run. Each further line names one of these:
it is run once, and the answer is how many ms it took.
"""
import json
import os
import sys
import time
from contextlib import redirect_stdout

import pydicom

files = json.loads(sys.stdin.readline())
cube = os.path.join(sys.argv[1], "python.dcbs")


def by_pydicom():
    return [
        pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["InstanceNumber"]).get("InstanceNumber")
        for path in files
    ]


def by_dicube():
    return dicube.load_meta(cube).get_values(dicube.CommonTags.InstanceNumber)


runs = {"pydicom": by_pydicom}
skipped = []
try:
    import dicube

    with redirect_stdout(sys.stderr):
        dicube.save(dicube.load_from_dicom_folder(os.path.dirname(files[0])), cube)
        by_dicube()
    runs["Python dicube"] = by_dicube
except BaseException as error:
    skipped.append(f"the Python package cannot write this series: {error}"[:300])
print(json.dumps({"names": list(runs), "skipped": skipped}), flush=True)
for line in sys.stdin:
    run = runs[json.loads(line)]
    start = time.perf_counter()
    run()
    print(json.dumps((time.perf_counter() - start) * 1000), flush=True)
