#!/usr/bin/python3
"""tests/lan/run.py [-k NAME]: runs real nodes on networks of namespaces."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import cases  # noqa: E402

sys.exit(cases.main(HERE))
