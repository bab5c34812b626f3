"""E-mails as files."""

from __future__ import annotations

import os
import stat

import pytest

from permit_accounts.email_backends.file import FileBackend
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.testing.email_contract import EmailBackendContract, Received, letter


@pytest.mark.attack("MAIL-04", "MAIL-05", "MAIL-07", "UNI-07", "UNI-08")
class TestFileBackend(EmailBackendContract):
    @pytest.fixture
    def backend(self, tmp_path):
        return FileBackend(tmp_path)

    @pytest.fixture
    def received(self, tmp_path):
        return lambda: [Received.from_bytes(path.read_bytes()) for path in sorted(tmp_path.iterdir())]


def test_named_after_the_message_id(tmp_path):
    """The file's name is the message id, which anybody can find in a log."""
    FileBackend(tmp_path).send(letter())

    assert ["00062b1c@permits.example.gov.eml"] == os.listdir(tmp_path)


def test_same_message_twice_is_one_file(tmp_path):
    """An e-mail that is sent again takes the place of itself."""
    backend = FileBackend(tmp_path)
    backend.send(letter(text="first\n"))

    backend.send(letter(text="second\n"))

    (path,) = tmp_path.iterdir()
    assert "second\n" == Received.from_bytes(path.read_bytes()).text


def test_readable_by_its_owner_only(tmp_path):
    """A file with a live link in it has mode 0600, whatever the umask."""
    before = os.umask(0)
    try:
        FileBackend(tmp_path).send(letter())
    finally:
        os.umask(before)

    (path,) = tmp_path.iterdir()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_no_way_out_of_the_folder(tmp_path):
    """A message id that looks like a path is a name like any other."""
    folder = tmp_path / "mail"
    folder.mkdir()

    FileBackend(folder).send(letter(message_id="<../../evil@permits.example.gov>"))

    assert ["..%2F..%2Fevil@permits.example.gov.eml"] == os.listdir(folder)
    assert ["mail"] == os.listdir(tmp_path)


def test_no_such_folder(tmp_path):
    """A folder that is not there is found out at the start."""
    with pytest.raises(ConfigurationError, match="no such folder"):
        FileBackend(tmp_path / "missing")


def test_folder_gone(tmp_path):
    """A folder that went away is out of reach; the driver's error is the cause."""
    folder = tmp_path / "mail"
    folder.mkdir()
    backend = FileBackend(folder)
    folder.rmdir()

    with pytest.raises(Unavailable) as told:
        backend.send(letter())

    assert isinstance(told.value.__cause__, FileNotFoundError)


def test_no_draft_stays_behind(tmp_path):
    """Where the file cannot take its name, nothing is left."""
    (tmp_path / "00062b1c@permits.example.gov.eml").mkdir()

    with pytest.raises(Unavailable):
        FileBackend(tmp_path).send(letter())

    assert ["00062b1c@permits.example.gov.eml"] == os.listdir(tmp_path)


def test_repr(tmp_path):
    """Its representation names the folder."""
    assert f"FileBackend({str(tmp_path)!r})" == repr(FileBackend(tmp_path))
