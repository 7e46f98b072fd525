"""Fuzzing: whatever stands in a file, the compiler ends soon, and with nothing but a `CompileError`.

`targets.py` is what is tried, `mutate.py` changes specs into others; `python -m tests.fuzz` runs both under atheris, which
keeps what reaches new code. `tests/test_fuzz.py` does a little of it in every run, and all that was ever found (`found/`).
"""
