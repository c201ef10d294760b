"""The commands of `warmcall`, a module for each; `warmcall.cli` finds them by name and loads only what is run."""
