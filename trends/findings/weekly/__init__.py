"""Findings of the weekly report: one module a section, words apart from numbers."""

from trends.findings.weekly.report import WeeklyFindings, find

__all__ = ["WeeklyFindings", "find"]
