#!/usr/bin/python3
"""tests/cli/run.py [-k NAME]: the program as a user or a script meets it, without other machines."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import cases  # noqa: E402

sys.exit(cases.main(HERE))
