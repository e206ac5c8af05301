"""Mapping files -> a validated model -> a pure function of (source row, frozen context) to tuples.

This room knows no HTTP and no SQL. ``load_mappings`` reads every file and tells every mistake at once;
``RowMapper`` compiles the rules of one object for what an org shows of it.
"""

from connector.mapping.context import Context
from connector.mapping.files import KINDS, load_mappings, own_files, packaged_folder, read_mappings
from connector.mapping.funnel import Funnel, Stage, fold_value
from connector.mapping.mapper import Mapped, Output, Rejected, RowMapper
from connector.mapping.model import KindMapping, Mappings, ObjectMapping, RowGroup
from connector.mapping.people import People, fold_email
from connector.mapping.pipelines import Funnels
from connector.mapping.quota_plans import Bonus, Plan, Review, Reward, Tier, plan_for
from connector.mapping.rates import RateRow
from connector.mapping.target import ColumnKind, Targets

__all__ = [
    "KINDS",
    "Bonus",
    "ColumnKind",
    "Context",
    "Funnel",
    "Funnels",
    "KindMapping",
    "Mapped",
    "Mappings",
    "ObjectMapping",
    "Output",
    "People",
    "Plan",
    "RateRow",
    "Rejected",
    "Review",
    "Reward",
    "RowGroup",
    "RowMapper",
    "Stage",
    "Targets",
    "Tier",
    "fold_email",
    "fold_value",
    "load_mappings",
    "own_files",
    "packaged_folder",
    "plan_for",
    "read_mappings",
]
