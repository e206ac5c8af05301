"""A Salesforce org on the loopback address: OAuth, REST, SOQL and Bulk API 2.0, as strict as the real one."""
