"""How logos are drawn on this terminal, and how that is described."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.terminal.image_modes import IMAGE_WORDS

if TYPE_CHECKING:
    from qconn_tui.terminal.image_modes import ImageMode
    from qconn_tui.terminal.profile import Profile


_OFF = "logos are off"
_NO_COLORS = "there are no colours (NO_COLOR, --color none); --color 256 brings both"


class Images(NamedTuple):
    """The mode in which logos are drawn, and the modes that `I` switches between."""

    mode: ImageMode = "blocks"
    """How a logo is drawn."""
    modes: tuple[ImageMode, ...] = ("blocks", "off")
    """The modes that `I` switches between, in their order."""
    reason: str = ""
    """Why this mode, as the end of a sentence; empty for the best mode or one that was chosen."""
    on_demand: bool = False
    """Whether a logo is only fetched for a connector that is opened, because the line is slow."""

    @property
    def refusal(self) -> LogoRefusal | None:
        """Why no logo is drawn at all; None when they are."""
        if self.mode != "off":
            return None
        has_choice = any(mode != "off" for mode in self.modes)
        return LogoRefusal((self.reason or _OFF) + (" · I draws them" if has_choice else ""))

    def following(self) -> Images:
        """What the next press of `I` brings: first the logos that wait on a slow line, then the next mode."""
        if self.on_demand:
            return self._replace(on_demand=False)
        place = self.modes.index(self.mode) + 1 if self.mode in self.modes else 0
        mode = self.modes[place % len(self.modes)]
        return self if mode == self.mode else self._replace(mode=mode, reason="")

    @property
    def words(self) -> str:
        """The mode with its reason."""
        name = IMAGE_WORDS[self.mode]
        return f"{name}: {self.reason}" if self.reason else name


def images_for(profile: Profile, wanted: str) -> Images:
    """How to draw logos on a terminal.

    Args:
        profile: What the terminal can do.
        wanted: The mode that the user asked for; only with `auto` do logos wait on a slow line.
    """
    on_demand = wanted == "auto" and profile.is_slow and profile.images != "off"
    is_colorless = profile.colors == "none" and profile.images == "off"
    reason = _NO_COLORS if is_colorless else profile.images_reason
    return Images(profile.images, profile.image_modes, reason, on_demand)
