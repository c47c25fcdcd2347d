"""Draws in a hero's own measure: the head's centre is 0, 0 and its half width about 1."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from core.adapters.ai.art.canvas import Canvas, Color, Mask, Points

OUTLINE = 0.05


@dataclass(frozen=True, slots=True)
class Pen:
    """Puts shapes given in head measures on ``canvas``, around (cx, cy) in pixels, turned by ``tilt`` radians."""

    canvas: Canvas
    cx: float
    cy: float
    scale: float
    tilt: float
    ink: Color

    def shape(self, outline: Points, color: Color, *, edge: bool = True, shade: float = 0.0) -> None:
        """A filled shape with the hero's outline; ``shade`` is the depth of its light in head measures."""
        width = OUTLINE * self.scale if edge else 0.0
        self.canvas.shape(self.placed(outline), color, edge=self.ink, width=width, shade=shade * self.scale)

    def flat(self, outline: Points, color: Color, alpha: float = 1.0) -> None:
        """A filled shape without outline or light."""
        self.canvas.paint(Mask(self.placed(outline)), color, alpha)

    def line(self, path: Points, color: Color, width: float = OUTLINE * 1.1, alpha: float = 1.0) -> None:
        """A line with round ends."""
        self.canvas.line(self.placed(path), color, width * self.scale, alpha)

    def glow(self, x: float, y: float, radius: float, color: Color, alpha: float = 1.0) -> None:
        """A soft light."""
        (px, py), *_ = self.placed(np.array([[x, y]]))
        self.canvas.glow(float(px), float(py), radius * self.scale, color, alpha)

    def placed(self, outline: Points) -> Points:
        """``outline`` in the canvas's pixels."""
        x, y = outline[:, 0], outline[:, 1]
        c, s = cos(self.tilt), sin(self.tilt)
        return np.column_stack(
            (self.cx + self.scale * (x * c - y * s), self.cy + self.scale * (x * s + y * c))
        )


def mirrored(outline: Points, side: int) -> Points:
    """``outline`` on the right (1) or reflected to the left (-1)."""
    reflected: Points = outline * np.array([side, 1.0])
    return reflected
