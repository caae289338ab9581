"""A browser session without a browser: Streamlit's own messages over its websocket.

It does what the page's script in a browser does for the server (asks for pages, sends what
widgets hold, polls the fragments that ask for it) and draws nothing, so what it costs is what the
server pays for a session.
"""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import connect
from websockets.typing import Subprotocol


@dataclass
class Seen:
    """What one run of a page's script sent."""

    seconds: float = 0.0  # from asking to the script's end
    messages: int = 0
    size: int = 0  # bytes
    failed: bool = False
    texts: list[str] = field(default_factory=list)


class Session:
    """One open tab. `run` asks for a page (or for the same page with a widget changed)."""

    def __init__(self, url: str, query: str = "") -> None:
        self._address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.query = query
        self.pages: dict[str, str] = {}  # url path -> script hash
        self.page_hash = ""
        self.widgets: dict[str, Any] = {}  # id -> element as sent
        self.polls = 0  # answers to fragments that rerun by themselves
        self._fragments: dict[str, str] = {}  # widget -> the fragment it stands in, or ""
        self._states: dict[str, WidgetState] = {}
        self._timers: dict[str, tuple[float, float]] = {}  # fragment -> (interval, next time)

    def __enter__(self) -> Self:
        self._socket = connect(
            self._address, subprotocols=[Subprotocol("streamlit")], max_size=None, compression=None
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def run(self, page: str | None = None, timeout: float = 120.0) -> Seen:
        """Run a page's script and wait for its end; `page` is its url path, None the current."""
        message = BackMsg()
        if page is not None:
            if self.pages:
                self.page_hash = self.pages[page]
            else:  # the first question of a session: the server knows its pages, we do not yet
                message.rerun_script.page_name = page
            self._timers.clear()
            self.widgets.clear()
        return self._ask(message, timeout)

    def change(self, name: str, **value: Any) -> Seen:
        """Give the widget labeled `name` a value and rerun, as moving it would."""
        identity = self.identity(name)
        state = WidgetState(id=identity)
        for kind, given in value.items():
            if isinstance(given, list):
                getattr(state, kind).data.extend(given)
            else:
                setattr(state, kind, given)
        self._states[identity] = state
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragments.get(identity, "")
        seen = self._ask(message, 120.0)
        if "trigger_value" in value:
            del self._states[identity]
        return seen

    def identity(self, name: str) -> str:
        """The id of the widget with this label; KeyError lists the labels there are."""
        for identity, element in self.widgets.items():
            if element.label == name:
                return identity
        labels = sorted({element.label for element in self.widgets.values()})
        raise KeyError(f"no widget is labeled {name!r}; there are {labels}")

    def poll(self, seconds: float, stop: threading.Event | None = None) -> None:
        """For so long, rerun each fragment as often as it asked to be."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end and not (stop and stop.is_set()):
            due = [name for name, (_, at) in self._timers.items() if at <= now]
            if not due:
                time.sleep(0.01)
                continue
            for name in due:
                interval, _ = self._timers[name]
                message = BackMsg()
                message.rerun_script.fragment_id = name
                message.rerun_script.is_auto_rerun = True
                self._ask(message, 60.0)
                self.polls += 1
                if name in self._timers:
                    self._timers[name] = (interval, time.monotonic() + interval)

    def _ask(self, message: BackMsg, timeout: float) -> Seen:
        message.rerun_script.query_string = self.query
        if self.page_hash:
            message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.widget_states.CopyFrom(WidgetStates(widgets=self._states.values()))
        seen = Seen()
        started = time.perf_counter()
        self._socket.send(message.SerializeToString())
        while True:
            data = self._socket.recv(timeout=timeout)
            assert isinstance(data, bytes)
            answer = ForwardMsg.FromString(data)
            seen.messages += 1
            seen.size += len(data)
            self._take(answer, seen)
            if answer.WhichOneof("type") == "script_finished":
                ended = answer.script_finished
                if ended != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
        seen.seconds = time.perf_counter() - started
        return seen

    def _take(self, message: ForwardMsg, seen: Seen) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            for page in message.navigation.app_pages:
                self.pages[page.url_pathname] = page.page_script_hash
            self.page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            rerun = message.auto_rerun
            self._timers[rerun.fragment_id] = (rerun.interval, time.monotonic() + rerun.interval)
        elif kind == "stop_auto_rerun":
            self._timers.pop(message.stop_auto_rerun.fragment_id, None)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            type_ = element.WhichOneof("type")
            if type_ is None:
                return
            made = getattr(element, type_)
            if type_ == "exception":
                seen.failed = True
            if getattr(made, "id", "") and hasattr(made, "label"):
                self.widgets[made.id] = made
                self._fragments[made.id] = message.delta.fragment_id
            if type_ in ("markdown", "alert"):
                seen.texts.append(made.body)
