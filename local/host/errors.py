"""Errors of the embedded host; all stop it at start.

ConfigurationError
└── HostError                     the host cannot run this app, here, now
    ├── AppRefusedError           the worker library cannot index the app
    └── UnsupportedBindingError   the app declares something that this host does not do
"""

from shared.errors import ConfigurationError


class HostError(ConfigurationError):
    """The host cannot start."""

    hint = "See local/host for what the embedded host does, and host.json for its settings."


class AppRefusedError(HostError):
    """The worker library cannot import or index the app. Azure would show no functions at all.

    The library's stack trace is attached as a note.
    """

    hint = "Mend function_app.py or the blueprint that the message names; in Azure it would fail in the same way."


class UnsupportedBindingError(HostError):
    """The app declares a binding, or a form of one, that the embedded host does not do."""

    hint = "Use HTTP, queue, Event Hubs and timer triggers with an HTTP return value, or run the app in Azure."
