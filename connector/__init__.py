"""crossfunnel: sales data of several CRMs in one SQLite store, with funnel and quota across all of them."""

__version__ = "0.1.0"
