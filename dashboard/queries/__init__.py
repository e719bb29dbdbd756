"""The queries of the pages, in the SQL that DuckDB and Postgres share. Both aggregate."""
