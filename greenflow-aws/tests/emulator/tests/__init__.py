"""Tests of the emulator by the SDK that everybody uses: `python -m unittest` in the folder above."""
