"""The law: what duty an entry pays on a day, and why; what a whole schedule of duties comes to."""
