{#- The columns of a table that a loader wrote: their names by lower case. Loaders differ in the
    casing (CallID, callid, CALLID), and a stream's selection or a stream map can remove fields. -#}
{% macro source_columns(relation) %}
  {%- set names = {} -%}
  {%- if execute -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do names.update({column.name | lower: column.name}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(names) }}
{% endmacro %}

{#- A column that every table has. Without it, the run fails. -#}
{% macro key_column(names, name) %}
  {%- if names and name | lower not in names -%}
    {{ exceptions.raise_compiler_error('The table of the loader has no column ' ~ name ~ '. Select this field, and load the stream again.') }}
  {%- endif -%}
  {{ return(adapter.quote(names.get(name | lower, name))) }}
{% endmacro %}

{#- A column as a string, with null for an empty one: the API sends both for a missing value. Null if
    the table lacks the column. -#}
{% macro string_column(names, name) %}
  {%- if name | lower in names -%}
    {{ return("nullif(cast(" ~ adapter.quote(names[name | lower]) ~ " as " ~ dbt.type_string() ~ "), '')") }}
  {%- endif -%}
  {{ return("cast(null as " ~ dbt.type_string() ~ ")") }}
{% endmacro %}

{#- Numbers the rows of a key from the newest: loaders that append have a row for each time that a
    record was read. A row without a time of extraction is the oldest. -#}
{% macro newest(names, keys) %}
  {%- set extracted_at = adapter.quote(names['_sdc_extracted_at']) -%}
  row_number() over (
            partition by {{ keys | join(', ') }}
            order by case when {{ extracted_at }} is null then 1 else 0 end, {{ extracted_at }} desc
        ) as newest
{%- endmacro %}
