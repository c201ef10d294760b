"""The bus: plugins, commands, events. It knows no HTTP and no SQL."""
