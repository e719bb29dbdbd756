{#- The moment some seconds after the midnight of a day. -#}
{% macro moment(day, seconds) %}{{ return(adapter.dispatch('moment', 'ozonetel')(day, seconds)) }}{% endmacro %}
{% macro default__moment(day, seconds) %}cast({{ day }} as timestamp) + ({{ seconds }}) * interval '1 second'{% endmacro %}
{% macro snowflake__moment(day, seconds) %}dateadd(second, {{ seconds }}, cast({{ day }} as timestamp_ntz)){% endmacro %}

{#- The same, on the next day if the seconds are before the ones of the start. -#}
{% macro moment_after(day, seconds, start) -%}
{{ ozonetel.moment(day, seconds ~ ' + case when ' ~ seconds ~ ' < ' ~ start ~ ' then 86400 else 0 end') }}
{%- endmacro %}

{#- The seconds from one moment to a later one. -#}
{% macro seconds_between(start, end) %}{{ return(adapter.dispatch('seconds_between', 'ozonetel')(start, end)) }}{% endmacro %}
{% macro default__seconds_between(start, end) %}cast(extract(epoch from {{ end }} - {{ start }}) as integer){% endmacro %}
{% macro snowflake__seconds_between(start, end) %}datediff(second, {{ start }}, {{ end }}){% endmacro %}
