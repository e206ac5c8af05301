"""SOQL, as much of it as readers of data use: text -> syntax tree -> SQL over the sandbox's own records."""
