"""A stand-in for a Dynamics 365 organization: the Dataverse Web API over records held in SQLite."""
