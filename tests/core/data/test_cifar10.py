"""CIFAR-10's archive, played by a small one in the same format behind a server of our own."""

import hashlib
import io
import pickle
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest
import torch
from torchvision.datasets import CIFAR10

from core.data import archive
from core.data.sources import catalogue, cifar10
from core.data.sources.cifar10 import ARCHIVE
from core.errors import LabError

NAMES = [f"class {number}" for number in range(10)]


def _batch(seed: int) -> bytes:
    generator = np.random.default_rng(seed)
    data = generator.integers(0, 256, (20, 3072), dtype=np.uint8)
    return pickle.dumps({"data": data, "labels": [(seed + i) % 10 for i in range(20)]})


@dataclass
class Small:
    """An archive of 120 images, the torchvision class that knows it, and its true pixels."""

    content: bytes
    dataset: type[CIFAR10]
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def small() -> Small:
    files = {f"data_batch_{number}": _batch(number) for number in range(1, 6)}
    files["test_batch"] = _batch(6)
    files["batches.meta"] = pickle.dumps({"label_names": NAMES})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {**files, "readme.html": b"<p>"}.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}

    class Dataset(CIFAR10):
        tgz_md5 = hashlib.md5(buffer.getvalue()).hexdigest()
        train_list = [[name, md5[name]] for name in files if name.startswith("data")]  # noqa: RUF012
        test_list = [["test_batch", md5["test_batch"]]]  # noqa: RUF012
        meta = {"filename": "batches.meta", "key": "label_names", "md5": md5["batches.meta"]}  # noqa: RUF012

    return Small(buffer.getvalue(), Dataset, files)


@dataclass
class Server:
    """Answers each request with the next of `answers`, the last one again and again."""

    url: str
    answers: list[bytes] = field(default_factory=list)
    cut_at: int | None = None  # break the connection off after so many bytes
    status: int = 200
    asked: int = 0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = state.answers[min(state.asked, len(state.answers) - 1)]
            state.asked += 1
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[: state.cut_at])

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    state = Server(f"http://127.0.0.1:{httpd.server_port}/cifar-10-python.tar.gz")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv(ARCHIVE.mirror, state.url)
    yield state
    httpd.shutdown()
    httpd.server_close()
    thread.join(5)


def _contents(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_downloads_checks_unpacks_and_reads(lab_home: Path, small: Small, server: Server) -> None:
    server.answers = [small.content]
    told: list[tuple[float, str]] = []
    loaded = cifar10.load(lambda *said: told.append(said), download=True, dataset=small.dataset)
    assert (loaded.source, loaded.title, loaded.notes) == ("cifar10", "CIFAR-10", ())
    assert loaded.class_names == tuple(NAMES)
    assert loaded.train_images.shape == (100, 3, 32, 32)
    assert loaded.test_images.shape == (20, 3, 32, 32)
    for number in range(5):
        stored = pickle.loads(small.files[f"data_batch_{number + 1}"])
        rows = slice(20 * number, 20 * number + 20)
        assert torch.equal(
            loaded.train_images[rows].flatten(1), torch.from_numpy(stored["data"])
        )  # the format is channel by channel, row by row
        assert loaded.train_labels[rows].tolist() == stored["labels"]
    scaled = loaded.train_images.double() / 255
    assert loaded.mean == pytest.approx(scaled.mean(dim=(0, 2, 3)).tolist())
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert any(message.startswith("downloading") for _, message in told)

    cifar10.load(dataset=small.dataset)  # the second time without the network
    assert server.asked == 1
    assert _contents(lab_home / "data" / "cifar10") == [ARCHIVE.unpacked, ARCHIVE.filename]
    assert [choice.ready for choice in catalogue.choices()] == [True, True]


def test_without_permission_nothing_is_fetched(
    lab_home: Path, small: Small, server: Server
) -> None:
    server.answers = [small.content]
    with pytest.raises(LabError, match=r"not here yet; download it .* or put cifar-10"):
        cifar10.load(dataset=small.dataset)
    assert server.asked == 0


def test_a_damaged_download_is_fetched_again_and_that_is_said(
    lab_home: Path, small: Small, server: Server
) -> None:
    damaged = bytearray(small.content)
    damaged[len(damaged) // 2] ^= 1  # one bit
    server.answers = [bytes(damaged), small.content]
    loaded = cifar10.load(download=True, dataset=small.dataset)
    assert server.asked == 2
    assert loaded.notes == ("The download of CIFAR-10 arrived damaged; it was fetched again.",)
    assert len(loaded.train_labels) == 100


def test_a_wrong_archive_is_never_used(lab_home: Path, small: Small, server: Server) -> None:
    server.answers = [b"<html>Please sign in to the campus network</html>"]
    with pytest.raises(LabError, match=r"is not CIFAR-10's archive .* by hand\.$"):
        cifar10.load(download=True, dataset=small.dataset)
    assert _contents(lab_home / "data" / "cifar10") == []


def test_a_connection_that_breaks_off_leaves_nothing(
    lab_home: Path, small: Small, server: Server
) -> None:
    server.answers, server.cut_at = [small.content], len(small.content) // 3
    with pytest.raises(LabError, match=r"could not be fetched .* try again"):
        cifar10.load(download=True, dataset=small.dataset)
    assert _contents(lab_home / "data" / "cifar10") == []
    server.cut_at = None
    assert len(cifar10.load(download=True, dataset=small.dataset).test_labels) == 20


def test_an_error_page_is_told(lab_home: Path, small: Small, server: Server) -> None:
    server.answers, server.status = [b"gone"], 404
    with pytest.raises(LabError, match="could not be fetched"):
        cifar10.load(download=True, dataset=small.dataset)


def test_no_network(lab_home: Path, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ARCHIVE.mirror, "http://127.0.0.1:9/nobody-listens.tar.gz")
    with pytest.raises(LabError) as error:
        cifar10.load(download=True, dataset=small.dataset)
    message = str(error.value)
    assert "check the connection" in message
    assert str(lab_home / "data" / "cifar10") in message
    assert ". " not in message


def test_only_web_addresses(
    lab_home: Path, small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "local.tar.gz").write_bytes(small.content)
    monkeypatch.setenv(ARCHIVE.mirror, (tmp_path / "local.tar.gz").as_uri())
    with pytest.raises(LabError, match="is no web address"):
        cifar10.load(download=True, dataset=small.dataset)


def test_an_archive_put_there_by_hand_is_enough(
    lab_home: Path, small: Small, server: Server
) -> None:
    place = ARCHIVE.folder
    place.mkdir(parents=True)
    (place / ARCHIVE.filename).write_bytes(small.content)
    assert [choice.ready for choice in catalogue.choices()] == [True, True]
    assert len(cifar10.load(dataset=small.dataset).train_labels) == 100
    assert server.asked == 0


def test_a_damaged_archive_put_there_by_hand(lab_home: Path, small: Small, server: Server) -> None:
    place = ARCHIVE.folder
    place.mkdir(parents=True)
    (place / ARCHIVE.filename).write_bytes(small.content[:-50])
    with pytest.raises(LabError, match="is damaged"):
        cifar10.load(dataset=small.dataset)
    server.answers = [small.content]
    loaded = cifar10.load(download=True, dataset=small.dataset)
    assert loaded.notes == ("The CIFAR-10 archive was damaged; it was fetched again.",)


@pytest.mark.parametrize("spoil", ["missing", "cut", "changed"])
def test_a_half_unpacked_folder_is_unpacked_again(
    lab_home: Path, small: Small, server: Server, spoil: str
) -> None:
    server.answers = [small.content]
    first = cifar10.load(download=True, dataset=small.dataset)
    file = ARCHIVE.folder / ARCHIVE.unpacked / "data_batch_3"
    if spoil == "missing":
        file.unlink()
    else:
        content = small.files["data_batch_3"]
        file.write_bytes(content[:500] if spoil == "cut" else b"\x80" + content[1:-1] + b"!")
    again = cifar10.load(dataset=small.dataset)
    assert torch.equal(first.train_images, again.train_images)
    assert again.notes == ("The unpacked CIFAR-10 files were incomplete and were unpacked again.",)
    assert server.asked == 1


def test_leftovers_of_a_kill_are_noticed_and_removed(
    lab_home: Path, small: Small, server: Server
) -> None:
    place = ARCHIVE.folder
    (place / "unpacking-abc").mkdir(parents=True)
    (place / "unpacking-abc" / "data_batch_1").write_bytes(b"half")
    (place / (ARCHIVE.filename + ".part")).write_bytes(small.content[:1000])
    server.answers = [small.content]
    loaded = cifar10.load(download=True, dataset=small.dataset)
    assert loaded.notes == ("An earlier download had been interrupted; it was thrown away.",)
    assert _contents(place) == [ARCHIVE.unpacked, ARCHIVE.filename]


def test_a_full_disk_is_not_taken_for_a_lost_connection(
    lab_home: Path, small: Small, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [small.content]

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pooch.core.shutil, "move", full)
    with pytest.raises(LabError, match=r"could not be stored .* \(No space left on device\)"):
        cifar10.load(download=True, dataset=small.dataset)
    assert _contents(ARCHIVE.folder) == []


def test_an_entry_that_leads_out_of_the_folder_is_not_written(lab_home: Path, small: Small) -> None:
    """Even an archive with the right checksum can only give the files that are asked for."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {
            **{f"cifar-10-batches-py/{name}": data for name, data in small.files.items()},
            "../../outside": b"out",
            "cifar-10-batches-py/../../../outside": b"out",
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    place = ARCHIVE.folder
    place.mkdir(parents=True)
    (place / ARCHIVE.filename).write_bytes(buffer.getvalue())

    class Dataset(small.dataset):
        tgz_md5 = hashlib.md5(buffer.getvalue()).hexdigest()

    ARCHIVE.provide(Dataset, lambda *_: None, download=False)
    assert (place / ARCHIVE.unpacked / "test_batch").is_file()
    assert not list(lab_home.parent.rglob("outside"))


def test_torchvision_still_knows_the_files_that_a_page_looks_for() -> None:
    assert set(archive._checksums(CIFAR10)) == {
        *(f"data_batch_{number}" for number in range(1, 6)),
        "test_batch",
        "batches.meta",
    }
    assert CIFAR10.tgz_md5 == "c58f30108f718f92721af3b95e74349a"  # as on the data set's page
    assert CIFAR10.url.startswith("https://")
    assert CIFAR10.url.endswith(ARCHIVE.filename)
    assert CIFAR10.filename == ARCHIVE.filename
    assert CIFAR10.base_folder == ARCHIVE.unpacked
