"""The talks: what is at issue, what could be offered, what it is worth to whom, and what both could sign."""
