#!/bin/sh
# Makes the environment that the package is built in, with maturin. Where that cannot be, says why in one
# line that begins with `skipped: ` and fails.
#
#     sh crates/py/tests/possible.sh python3 target/python
python=$1
folder=$2

skip() {
    echo "skipped: the Python package is not tested: $1"
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    skip "no $python of 3.10 or newer"
rm -rf "$folder"
"$python" -m venv "$folder" >/dev/null 2>&1 || skip "$python has no venv"
"$folder/bin/pip" install --quiet "maturin>=1.9,<2" >/dev/null 2>&1 ||
    skip "pip reaches no package index"
