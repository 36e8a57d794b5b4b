"""The latest frames of this process, which all watchers read at their own pace."""

from collections import deque
from dataclasses import dataclass
from itertools import islice

from visualizer.live import protocol

MAX_FRAMES = 512
MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One numbered frame with the unnumbered row messages that follow it."""

    n: int
    text: str
    rows: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Length in characters, which are bytes unless the text is not ASCII."""
        return len(self.text) + sum(map(len, self.rows))


class FrameLog:
    """A bounded run of frames with consecutive numbers. Not thread-safe: its owner holds a lock."""

    def __init__(self, max_frames: int = MAX_FRAMES, max_bytes: int = MAX_BYTES) -> None:
        self.last = 0
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._max_frames, self._max_bytes = max_frames, max_bytes

    def append(self, body: bytes, rows: tuple[str, ...] = ()) -> None:
        """Number a frame and keep it; the oldest ones go."""
        self.last += 1
        frame = Frame(self.last, protocol.frame(self.last, body), rows)
        self._frames.append(frame)
        self._bytes += frame.size
        while len(self._frames) > self._max_frames or (self._bytes > self._max_bytes and len(self._frames) > 1):
            self._bytes -= self._frames.popleft().size

    def break_off(self) -> None:
        """Leave a gap that nothing fills: who reads on finds a number that is not kept."""
        self.last += 1
        self._frames.clear()
        self._bytes = 0

    def between(self, first: int, last: int) -> list[Frame] | None:
        """The frames `first` to `last`; None unless all of them are kept."""
        oldest = self.last - len(self._frames) + 1
        if not oldest <= first <= last <= self.last:
            return None
        return list(islice(self._frames, first - oldest, last - oldest + 1))
