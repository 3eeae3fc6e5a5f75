"""Instruments: what an option can do, one module each, and what it is worth where trade does not say."""
