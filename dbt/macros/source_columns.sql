{#- Loaders differ in the casing of column names (CallID, callid, CALLID), and a table may lack
    columns that a loader has never seen a value for. This macro returns the names of the columns
    of a relation by their lower case. -#}
{% macro source_columns(relation) %}
  {%- set names = {} -%}
  {%- if execute and flags.INTROSPECT and not relation.is_cte -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do names.update({column.name | lower: column.name}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(names) }}
{% endmacro %}

{#- A column of a source. If the table lacks it, null. If its columns are not known, as in a unit
    test, the name as loaders usually write it. -#}
{% macro source_column(names, name, type=none) %}
  {%- if not names -%}
    {{ return(adapter.dispatch('usual_column', 'ozonetel')(name)) }}
  {%- elif name | lower in names -%}
    {{ return(adapter.quote(names[name | lower])) }}
  {%- endif -%}
  {{ return('cast(null as ' ~ (type or dbt.type_string()) ~ ')') }}
{% endmacro %}

{% macro default__usual_column(name) %}{{ return(adapter.quote(name)) }}{% endmacro %}
{% macro snowflake__usual_column(name) %}{{ return(name | lower) }}{% endmacro %}
