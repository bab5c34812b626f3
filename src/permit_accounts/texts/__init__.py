"""Words for people, in English, Spanish and Russian, each language in a file of its own."""

from permit_accounts.texts.catalog import TomlCatalog

__all__ = ["TomlCatalog"]
