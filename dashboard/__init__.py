"""A page over the models of the dbt package: `poe dashboard`."""
