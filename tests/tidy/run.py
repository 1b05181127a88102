#!/usr/bin/python3
"""tests/tidy/run.py [-k NAME]: runs the checks of the source tree."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import cases  # noqa: E402

sys.exit(cases.main(HERE))
