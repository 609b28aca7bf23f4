"""The files of a finished run to one self-contained page."""

from detector.report.draw import render

__all__ = ["render"]
