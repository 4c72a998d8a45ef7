"""The browser of the console's tests."""

from tests.console.conftest import chromium as chromium
