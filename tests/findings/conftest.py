"""Requests whose queries are looked at."""

import pytest
from django.db import connection

from tests.findings.running import Ran


@pytest.fixture
def ran(traces):
    """Return a function that calls something as a view and gives what its queries were."""
    connection.ensure_connection()
    return lambda view: Ran(traces, view)
