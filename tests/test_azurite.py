"""Azurite for tests and for ``serve``: it starts by itself and never outlives its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import ROOT, Azurite, running_azurite

STARTS = """
import sys, time
from pathlib import Path
from local.azurite import running_azurite
with running_azurite(Path(sys.argv[1])) as azurite:
    print(azurite.account(0), flush=True)
    time.sleep(600)
"""


def test_each_account_is_a_store_of_its_own(azurite: Azurite) -> None:
    """What one test writes, the next does not see."""
    one, other = (QueueServiceClient.from_connection_string(azurite.account()) for _ in range(2))
    with one, other:
        one.create_queue("work")
        assert [queue.name for queue in one.list_queues()] == ["work"]
        assert list(other.list_queues()) == []


def test_a_killed_parent_takes_azurite_along_and_its_folder_keeps_the_data(azurite: Azurite, tmp_path: Path) -> None:
    """After kill -9 of its parent Azurite ends, which the next start waits for, and nothing written is lost."""
    with subprocess.Popen([sys.executable, "-c", STARTS, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        connection = parent.stdout.readline().decode().strip()
        with TableServiceClient.from_connection_string(connection) as tables:
            tables.create_table("cases").create_entity({"PartitionKey": "a", "RowKey": "b"})
        os.kill(parent.pid, signal.SIGKILL)
    with running_azurite(tmp_path) as again, TableServiceClient.from_connection_string(again.account(0)) as tables:
        assert tables.get_table_client("cases").get_entity("a", "b")["RowKey"] == "b"
        with pytest.raises(ResourceNotFoundError):
            tables.get_table_client("cases").get_entity("a", "c")
