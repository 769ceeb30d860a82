"""Pictures and videos that tests upload: small, real, and made on the spot."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from io import BytesIO

import av
from PIL import Image

PLACE = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
"""GPS tags of a square in Berlin."""
GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112


def picture(
    kind: str = "PNG",
    size: tuple[int, int] = (64, 48),
    *,
    orientation: int = 1,
    is_tagged: bool = False,
) -> bytes:
    """A picture in two colours; a tagged one says where and with what it was taken."""
    image = Image.new("RGB", size, "teal")
    image.paste("gold", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if is_tagged:
        exif[MAKE] = "Camera of Ada"
        exif.get_ifd(GPS).update(PLACE)
    if orientation != 1:
        exif[ORIENTATION] = orientation
    file = BytesIO()
    image.save(file, kind, exif=exif.tobytes() if exif or is_tagged else b"")
    return file.getvalue()


def animation(frames: int = 3, size: tuple[int, int] = (32, 32)) -> bytes:
    """A GIF of so many frames, each 100 ms."""
    shades: Sequence[Image.Image] = [
        Image.new("RGB", size, (number % 256, number // 256 * 40, 90)) for number in range(frames)
    ]
    file = BytesIO()
    shades[0].save(file, "GIF", save_all=True, append_images=shades[1:], duration=100)
    return file.getvalue()


@cache
def video(
    kind: str = "mp4", size: tuple[int, int] = (64, 48), seconds: float = 1, rate: int = 10
) -> bytes:
    """A video without sound: H.264 in `mp4` and `mov`, VP8 in `webm`."""
    file = BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream("libvpx" if kind == "webm" else "libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(round(seconds * rate)):
            shade = Image.new("RGB", size, (number * 9 % 256, 80, 160))
            frame = av.VideoFrame.from_image(shade)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()
