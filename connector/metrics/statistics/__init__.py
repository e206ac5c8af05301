"""Statistics on plain numbers: each file one method. They know no measure, no store and no SQL."""
