"""The browser of the console's tests."""

from tests.console.conftest import chromium

__all__ = ["chromium"]
