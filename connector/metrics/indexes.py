"""The secondary indexes of the store that the measures' plans rest on; the store builds them."""

#: table -> columns of each index
WANTED: dict[str, tuple[tuple[str, ...], ...]] = {
    "opportunity": (("created_on",), ("close_on",)),
    "lead": (("created_on",),),
    # what happened after the as-of day: with it, the present day costs nothing
    "stage_event": (("opportunity_id",), ("occurred_on",)),
    "opportunity_version": (("id",),),
    "quota_version": (("id",),),
}
