"""A tenant and a network that do what a test says, in the place of the loader."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import batched
from typing import TYPE_CHECKING
