"""The owner's extensions: found, loaded, and kept from costing a visitor the number."""

from warmcall.extensions.loading import Extension, ExtensionError, installed_extensions, named_extension

__all__ = ["Extension", "ExtensionError", "installed_extensions", "named_extension"]
