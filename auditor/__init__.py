"""Decide whether a tenant's users can connect an app without admin approval."""

__version__ = "0.1.0"
