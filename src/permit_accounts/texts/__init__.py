"""Words for people, in English, Spanish and Russian: one catalog for each language, read when first needed."""

from permit_accounts.texts.catalog import TomlCatalog

__all__ = ["TomlCatalog"]
