"""Small figures with soft edges, each drawn large and reduced."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw, ImageFilter

from seedance_nb.sandbox.clip.matrix import Matrix
from seedance_nb.sandbox.clip.planes import Colour, Patch, mix, patch

OVER = 4
"""How many times larger a figure is drawn than shown."""

Point = tuple[float, float]


def bird(size: float, turn: float, colour: Colour, matrix: Matrix) -> Patch:
    """A gull seen from the front; `turn` from 0 to 1 is one beat of its wings."""
    side = _even(size)
    s = side * OVER
    picture = Image.new("L", (s, s))
    pen = ImageDraw.Draw(picture)
    lift = math.sin(turn * math.tau)
    middle = (s / 2, s * (0.52 + 0.04 * lift))
    for way in (-1, 1):
        wrist = (s / 2 + way * s * 0.20, middle[1] - s * (0.10 + 0.10 * lift))
        tip = (s / 2 + way * s * 0.47, middle[1] - s * (0.02 + 0.26 * lift))
        upper = _curve(middle, wrist, tip)
        lower = _curve((middle[0], middle[1] + s * 0.075), (wrist[0], wrist[1] + s * 0.065), tip)
        pen.polygon(upper + lower[::-1], fill=255)
    pen.ellipse((s * 0.46, middle[1] - s * 0.03, s * 0.54, middle[1] + s * 0.11), fill=255)
    return _filled(picture, side, side, colour, matrix)


def balloon(size: float, bright: Colour, other: Colour, fine: bool, matrix: Matrix) -> Patch:
    """A hot-air balloon with upright stripes."""
    width, height = _even(size * 0.72), _even(size)
    w, h = width * OVER, height * OVER
    shape = Image.new("L", (w, h))
    pen = ImageDraw.Draw(shape)
    radius = w * 0.48
    centre = (w / 2, h * 0.02 + radius)
    outline = []
    for step in range(97):
        angle = step / 96 * math.tau
        x, y = math.sin(angle), -math.cos(angle)
        narrow = 1.0 if y < 0 else 1 - 0.62 * y**2.4
        outline.append((centre[0] + radius * x * narrow, centre[1] + radius * y * (1.0 if y < 0 else 1.22)))
    pen.polygon(outline, fill=255)
    body = Image.new("RGB", (w, h), _whole(bright))
    paint = ImageDraw.Draw(body)
    stripes = 7 if fine else 3
    for index in range(1, stripes, 2):
        low, high = (math.sin((edge / stripes - 0.5) * math.pi) for edge in (index, index + 1))
        left, right = [], []
        for x, y in outline[:49]:
            reach = (x - centre[0]) * 1.0
            left.append((centre[0] + reach * low, y))
            right.append((centre[0] + reach * high, y))
        paint.polygon(left + right[::-1], fill=_whole(other))
    if fine:
        dark = Image.linear_gradient("L").rotate(90).resize((w, h)).point([level * 2 // 7 for level in range(256)])
        body.paste(_whole(mix(bright, (20.0, 10.0, 40.0), 0.8)), (0, 0), dark)
    basket = (w * 0.43, h * 0.90, w * 0.57, h * 0.985)
    rope = max(2, w // 90)
    for x in (0.43, 0.57):
        neck = w * (0.38 if x < 0.5 else 0.62)
        pen.line((neck, centre[1] + radius * 1.12, w * x, h * 0.91), fill=230, width=rope)
    pen.rounded_rectangle(basket, radius=w * 0.02, fill=255)
    paint.rectangle((0, h * 0.895, w, h), fill=_whole(mix(bright, (40.0, 24.0, 20.0), 0.8)))
    body.putalpha(shape)
    return patch(body.resize((width, height), Image.Resampling.LANCZOS), matrix)


def boat(size: float, tilt: float, hull: Colour, sail: Colour, flag: Colour, matrix: Matrix) -> Patch:
    """A sailing boat, leaning by `tilt` degrees, with a faint reflection."""
    width, height = _even(size), _even(size * 1.05)
    w, h = width * OVER, height * OVER
    picture = Image.new("RGBA", (w, h), (*_whole(hull), 0))
    pen = ImageDraw.Draw(picture)
    water = h * 0.90
    mast = w * 0.50
    pen.polygon(
        [(mast - w * 0.02, h * 0.08), (mast - w * 0.02, water - h * 0.15), (w * 0.14, water - h * 0.15)],
        fill=(*_whole(sail), 255),
    )
    pen.polygon(
        [(mast + w * 0.03, h * 0.17), (mast + w * 0.03, water - h * 0.15), (w * 0.80, water - h * 0.15)],
        fill=(*_whole(mix(sail, hull, 0.22)), 255),
    )
    pen.line((mast, h * 0.03, mast, water - h * 0.08), fill=(*_whole(hull), 255), width=max(2, w // 70))
    pen.polygon([(mast, h * 0.02), (mast + w * 0.11, h * 0.045), (mast, h * 0.075)], fill=(*_whole(flag), 255))
    pen.polygon(
        [(w * 0.08, water - h * 0.12), (w * 0.92, water - h * 0.12), (w * 0.78, water), (w * 0.20, water)],
        fill=(*_whole(hull), 255),
    )
    picture = picture.reduce(2).rotate(tilt, Image.Resampling.BILINEAR, center=(w / 4, water / 2))
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    upper = int(height * 0.89)
    mirrored = picture.crop((0, 0, width, upper)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.resize((width, _even(upper * 0.45))).filter(ImageFilter.GaussianBlur(width / 70))
    mirrored.putalpha(mirrored.getchannel("A").point([level // 3 for level in range(256)]))
    whole = Image.new("RGBA", (width, upper + mirrored.height), (*_whole(hull), 0))
    whole.paste(mirrored, (0, upper))
    whole.alpha_composite(picture.crop((0, 0, width, min(height, whole.height))))
    return patch(whole, matrix)


def cat(size: float, swing: float, colour: Colour, rim: Colour, matrix: Matrix) -> Patch:
    """A cat that sits with its back to us; `swing` from -1 to 1 moves the tip of its tail."""
    width, height = _even(size * 0.92), _even(size)
    w, h = width * OVER, height * OVER
    shape = Image.new("L", (w, h))
    pen = ImageDraw.Draw(shape)
    x = w * 0.40
    body = [
        (x + w * part * 0.30 * way, h * down) for way, parts in ((1, _BACK), (-1, _BACK[::-1])) for part, down in parts
    ]
    pen.polygon(body, fill=255)
    pen.ellipse((x - w * 0.165, h * 0.115, x + w * 0.165, h * 0.385), fill=255)
    for way in (-1, 1):
        pen.polygon(
            [(x + way * w * 0.158, h * 0.27), (x + way * w * 0.150, h * 0.02), (x + way * w * 0.03, h * 0.15)], fill=255
        )
    root, tip = (x + w * 0.16, h * 0.955), (w * (0.86 + 0.06 * swing), h * (0.64 - 0.05 * swing))
    for share in range(61):
        t = share / 60
        px, py = _bezier(root, (w * 0.74, h * 1.03), (w * (0.90 - 0.05 * swing), h * 0.86), tip, t)
        r = w * (0.040 - 0.013 * t)
        pen.ellipse((px - r, py - r, px + r, py + r), fill=255)
    small = shape.resize((width, height), Image.Resampling.LANCZOS)
    body_colour = Image.new("RGB", (width, height), _whole(colour))
    inner = small.filter(ImageFilter.GaussianBlur(max(1.0, size / 110)))
    edge = inner.transform(inner.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, size / 90))
    light = Image.eval(edge, lambda level: max(0, 150 - level))
    body_colour.paste(_whole(mix(colour, rim, 0.75)), (0, 0), light)
    body_colour.putalpha(small)
    return patch(body_colour, matrix)


_BACK: list[Point] = [
    (0.38, 0.34),
    (0.52, 0.40),
    (0.65, 0.48),
    (0.79, 0.59),
    (0.91, 0.73),
    (0.97, 0.86),
    (0.93, 0.95),
    (0.70, 0.99),
    (0.0, 1.0),
]


def _curve(a: Point, b: Point, c: Point) -> list[Point]:
    """Points on a curve from `a` to `c` that is drawn towards `b`."""
    return [_bezier(a, b, b, c, step / 14) for step in range(15)]


def _bezier(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    k = 1 - t
    x, y = (k**3 * a[i] + 3 * k * k * t * b[i] + 3 * k * t * t * c[i] + t**3 * d[i] for i in (0, 1))
    return (x, y)


def _filled(shape: Image.Image, width: int, height: int, colour: Colour, matrix: Matrix) -> Patch:
    body = Image.new("RGB", (width, height), _whole(colour))
    body.putalpha(shape.resize((width, height), Image.Resampling.LANCZOS))
    return patch(body, matrix)


def _whole(colour: Colour) -> tuple[int, int, int]:
    r, g, b = (max(0, min(255, round(part))) for part in colour)
    return (r, g, b)


def _even(size: float) -> int:
    return max(4, round(size) + round(size) % 2)
