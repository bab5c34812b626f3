"""What is begun with the project."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal's own views and templates."""

    name = "portal"
