"""Facts become a score with reasons: points (``score``), the tier (``tier``), and doubts (``fraud``)."""
