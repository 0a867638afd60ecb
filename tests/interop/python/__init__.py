"""The providers' Python SDKs, as verifiers and signers: a module for each field of work."""

from . import commerce, developers, email, media, messaging, payments, standard  # noqa: F401: they register themselves
