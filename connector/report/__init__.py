"""The faces beside the command line itself: tables, progress, and how a status reads."""
