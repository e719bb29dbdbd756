{#- Rows of a model that its answers lack, and the reverse, in the columns of the answers. With a key,
    only the rows of the model whose key has an answer. -#}
{% macro differences(model, answers, key=none) %}
{%- if execute -%}
  {%- set types = {} -%}
  {%- for column in adapter.get_columns_in_relation(model) -%}
    {%- set is_ratio = column.is_float() or column.is_numeric() -%}
    {%- do types.update({column.name: 'numeric(28, 6)' if is_ratio else column.data_type}) -%}
  {%- endfor -%}
  {%- set columns = [] -%}
  {%- for column in adapter.get_columns_in_relation(answers) -%}
    {%- do columns.append('cast(' ~ column.name ~ ' as ' ~ types[column.name] ~ ') as ' ~ column.name) -%}
  {%- endfor -%}
  {%- set compared = 'where ' ~ key ~ ' in (select ' ~ key ~ ' from ' ~ answers ~ ')' if key else '' -%}
  {%- set selected = columns | join(', ') -%}

(select 'only in the model' as problem, {{ selected }} from {{ model }} {{ compared }}
except
select 'only in the model' as problem, {{ selected }} from {{ answers }})
union all
(select 'only in the answers' as problem, {{ selected }} from {{ answers }}
except
select 'only in the answers' as problem, {{ selected }} from {{ model }} {{ compared }})
{%- endif -%}
{% endmacro %}
