"""History, analysis, alerts and diagnosis. Empty until they are built."""
