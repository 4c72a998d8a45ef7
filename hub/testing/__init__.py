"""Conformance suites of the contracts, shipped with the hub so that a partner's contract test is ten lines.

A suite is a tuple ``CHECKS`` of functions that take a bench, which the partner's test provides, and fail with an
``AssertionError``. They need no test framework, and nothing else of the hub imports them.
"""
