"""Which folders a broker works on, and that it works there alone."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from postbroker.store.folder import (
    LOCK_FILE,
    DataDirInUseError,
    DataDirUnfitError,
    network_file_system,
    sole_use,
)

MOUNTS = r"""27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /srv rw,relatime shared:1 - nfs4 nas:/srv rw,vers=4.2
41 40 0:41 / /srv/local rw,relatime - xfs /dev/vdb rw
42 27 0:42 / /mnt/my\040share rw,relatime - cifs //nas/share rw
43 27 0:43 / /home/ada/remote rw,nosuid - fuse.sshfs ada@nas: rw
44 27 0:44 / /home/ada/secret rw,nosuid - fuse.gocryptfs /home/ada/.secret rw
45 27 0:45 / /over rw,relatime - ext4 /dev/vdc rw
46 45 0:46 / /over rw,relatime - nfs nas:/over rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/postbroker", None),
        ("/srv/postbroker", "nfs4"),
        ("/srv", "nfs4"),
        ("/srvother", None),
        ("/srv/local/postbroker", None),
        ("/mnt/my share/postbroker", "cifs"),
        ("/home/ada/remote/postbroker", "fuse.sshfs"),
        ("/home/ada/secret/postbroker", None),
        ("/over/postbroker", "nfs"),
    ],
)
def test_network_file_systems_are_told_from_local_ones(folder: str, kind: str | None) -> None:
    assert network_file_system(Path(folder), MOUNTS) == kind


def test_nothing_is_known_where_there_is_no_table_of_mounts() -> None:
    assert network_file_system(Path("/srv"), "") is None


def test_one_works_there_at_a_time(tmp_path: Path) -> None:
    with sole_use(tmp_path):
        with pytest.raises(DataDirInUseError), sole_use(tmp_path):
            pass
        with pytest.raises(DataDirInUseError), sole_use(tmp_path):  # the refused one let go of none
            pass
    with sole_use(tmp_path):
        pass


def test_next_one_learns_how_the_last_one_ended(tmp_path: Path) -> None:
    with sole_use(tmp_path) as was_clean:
        assert was_clean
    with suppress(ZeroDivisionError), sole_use(tmp_path):
        raise ZeroDivisionError
    with sole_use(tmp_path) as was_clean:
        assert not was_clean
    with sole_use(tmp_path) as was_clean:
        assert was_clean


def test_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with sole_use(tmp_path / "new" / "folder"):
        assert (tmp_path / "new" / "folder" / LOCK_FILE).exists()
    assert (tmp_path / "new" / "folder").stat().st_mode & 0o077 == 0


def test_folder_that_cannot_be_written_is_unfit(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirUnfitError, match="cannot be written"), sole_use(tmp_path / "file"):
        pass
    (tmp_path / "locked").mkdir(mode=0o500)
    if os.geteuid() == 0:
        pytest.skip("this user may write everywhere")
    with pytest.raises(DataDirUnfitError, match="Permission"), sole_use(tmp_path / "locked"):
        pass
